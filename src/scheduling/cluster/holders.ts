import type { AgentNode } from './agent.ts';

/** Which agents have an image or a volume. */
export interface Holders {
  of(thing: string): Iterable<AgentNode>;
  add(thing: string, node: AgentNode): void;
  delete(thing: string, node: AgentNode): void;
}

export function createHolders(): Holders {
  const holders = new Map<string, Set<AgentNode>>();
  return {
    of: (thing) => holders.get(thing) ?? [],
    add(thing, node) {
      const known = holders.get(thing) ?? new Set();
      holders.set(thing, known.add(node));
    },
    delete(thing, node) {
      const known = holders.get(thing);
      known?.delete(node);
      if (known?.size === 0) holders.delete(thing);
    },
  };
}
