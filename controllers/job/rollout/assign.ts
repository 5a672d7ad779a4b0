import type { Task } from '../../../src/api/kinds.gen.ts';
import { isLive } from '../../../src/api/task.ts';
import type { Rollout, RolloutWorld } from './rollout.ts';

/** Which version each wanted instance is to run, in order. */
export function assign(
  rollout: Rollout,
  world: Pick<RolloutWorld, 'slots' | 'knows'>,
): readonly string[] {
  const { revision, stable, target = 0 } = rollout;
  const base = stable !== undefined && world.knows(stable) ? stable : revision;
  switch (rollout.phase) {
    case 'Complete':
      return world.slots.map(() => revision);
    case 'RollingBack':
    case 'RolledBack':
    case 'RollbackFailed':
      return world.slots.map(() => base);
    case 'Progressing':
    case 'Analysing':
    case 'AwaitingPromotion':
    case 'KeepingOld':
      return world.slots.map((_, at) => (at < target ? revision : base));
    case 'Waiting':
    case 'Failed':
    case 'Paused':
      return world.slots.map(
        (tasks, at) => asItIs(tasks, world) ?? (at < target ? revision : base),
      );
  }
}

/** What the instance runs, or ran last, where that is still known. */
function asItIs(
  tasks: readonly Task[],
  { knows }: Pick<RolloutWorld, 'knows'>,
): string | undefined {
  const task = tasks.findLast(isLive) ?? tasks.at(-1);
  return task !== undefined && knows(task.spec.revision) ? task.spec.revision : undefined;
}
