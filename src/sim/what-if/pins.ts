import { TASK, type Task } from '../../api/kinds.gen.ts';
import { isLive } from '../../api/task.ts';
import type { PlantBug } from '../domain.ts';

/** Where tasks are to come to run first, so that the play begins as the record ends. */
export interface Pins {
  /** Sees to it that each recorded instance is made for the agent that it ran on. */
  readonly plant: PlantBug;
  /** The agent of the record; `undefined` where there is none. */
  agentOf(task: Task): string | undefined;
  /** From now on tasks go wherever there is room. */
  release(): void;
}

export function createPins(tasks: readonly Task[], agents: ReadonlySet<string>): Pins {
  const recorded = new Map<string, string>();
  for (const task of tasks) {
    const agent = task.status?.agent;
    if (isLive(task) && agent !== undefined && agents.has(agent)) recorded.set(slotOf(task), agent);
  }
  const waiting = new Map(recorded);

  return {
    agentOf: (task) => recorded.get(slotOf(task)),
    release: () => waiting.clear(),
    plant: () => ({
      client(open, options) {
        const client = open(options);
        return {
          ...client,
          create(kind, draft, premises) {
            if (kind.kind !== TASK.kind) return client.create(kind, draft, premises);
            const task = draft as unknown as Task;
            const agent = waiting.get(slotOf(task));
            const pinned = agent === undefined ? task : { ...task, spec: { ...task.spec, agent } };
            return client.create(kind, pinned as unknown as typeof draft, premises);
          },
        };
      },
    }),
  };
}

/** The instance that a task is of. */
function slotOf({ metadata: { namespace = 'default' }, spec }: Task): string {
  return `${namespace}/${spec.jobName}#${spec.slot}`;
}
