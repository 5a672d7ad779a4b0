import type { AgentNode } from './agent.ts';

const KEPT_MAX = 16_384;

/** Which agents have changed, in order, so that what was worked out earlier can catch up. */
export interface Changes {
  /** The number of the next change. */
  readonly next: number;
  note(node: AgentNode): void;
  /** Whether it is still known what has changed since. */
  knows(from: number): boolean;
  /** The agents that changed since, each once; `undefined` where that is no longer known. */
  since(from: number): readonly AgentNode[] | undefined;
}

const NONE: readonly AgentNode[] = [];

/** It remembers the last 8,192 changes at least, 16,384 at most. */
export function createChanges(): Changes {
  let kept: AgentNode[] = [];
  let first = 0;

  return {
    get next() {
      return first + kept.length;
    },
    note(node) {
      if (kept.length >= KEPT_MAX) {
        kept = kept.slice(KEPT_MAX / 2);
        first += KEPT_MAX / 2;
      }
      node.changedAt = first + kept.length;
      kept.push(node);
    },
    knows: (from) => from >= first,
    since(from) {
      if (from < first) return undefined;
      if (from === first + kept.length) return NONE;
      const found: AgentNode[] = [];
      for (let index = from - first; index < kept.length; index += 1) {
        const node = kept[index] as AgentNode;
        if (node.changedAt === first + index) found.push(node);
      }
      return found;
    },
  };
}
