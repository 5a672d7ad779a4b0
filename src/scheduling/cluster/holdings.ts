import type { HeldTask } from './task.ts';

/** The tasks that are on agents, by their key and by their agent. */
interface Holdings {
  readonly all: ReadonlyMap<string, HeldTask>;
  /** Those of one agent, whether that is known or not. */
  on(agent: string): readonly HeldTask[];
  /** Adds the task, or replaces what is known of it on the same agent. */
  put(held: HeldTask): void;
  delete(held: HeldTask): void;
}

export function createHoldings(): Holdings {
  const all = new Map<string, HeldTask>();
  const byAgent = new Map<string, Set<string>>();
  return {
    all,
    on: (agent) => [...(byAgent.get(agent) ?? [])].flatMap((key) => all.get(key) ?? []),
    put(held) {
      const { agent, task } = held;
      all.set(task.key, held);
      const keys = byAgent.get(agent);
      if (keys === undefined) byAgent.set(agent, new Set([task.key]));
      else keys.add(task.key);
    },
    delete({ agent, task }) {
      all.delete(task.key);
      const keys = byAgent.get(agent);
      keys?.delete(task.key);
      if (keys?.size === 0) byAgent.delete(agent);
    },
  };
}
