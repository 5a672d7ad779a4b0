import type { Agent, Task } from '../api/kinds.gen.ts';
import type { Informer } from '../runtime/informer.ts';

export interface Drains {
  /** A task has changed: agents that are drained wait for their own, and for those that follow them elsewhere. */
  changed(task: Task): void;
  stop(): void;
}

export interface DrainsOptions {
  readonly agents: Informer<Agent>;
  /** With an index `agent`: live tasks by agent id. */
  readonly tasks: Informer<Task>;
  look(agent: string): void;
}

/** Knows which agents are being emptied, so that a task's change costs nothing while none is. */
export function watchDrains({ agents, tasks, look }: DrainsOptions): Drains {
  const draining = new Set<string>();

  function note({ metadata, spec, status }: Agent): void {
    const isWanted = spec?.drain !== undefined || status?.drain !== undefined;
    const isOn = isWanted && status?.drain?.phase !== 'Drained';
    if (isOn) draining.add(metadata.name);
    else draining.delete(metadata.name);
  }

  for (const agent of agents.values()) note(agent);
  const stop = agents.onChange(({ now, before }) => {
    if (now !== undefined) note(now);
    else if (before !== undefined) draining.delete(before.metadata.name);
  });

  return {
    stop,
    changed(task) {
      const owner = ownerOf(task);
      for (const name of draining) {
        const here = tasks.by('agent', agents.get(name)?.status?.agentId ?? '');
        if (here.length === 0 || here.some((other) => ownerOf(other) === owner)) look(name);
      }
    },
  };
}

function ownerOf({ metadata }: Task): string {
  return metadata.ownerReferences?.[0]?.uid ?? '';
}
