import type { Agent, Task } from '../../src/api/kinds.gen.ts';
import { isLive, isMoving } from '../../src/api/task.ts';
import type { Backlog } from '../../src/scheduling/backlog/backlog.ts';
import { Snapshot } from '../../src/scheduling/cluster/snapshot.ts';
import { NOTHING_GIVEN } from '../../src/scheduling/cluster/task.ts';
import { givenOf, type Home, heldTaskOf, viewOf } from '../../src/scheduling/objects/view.ts';
import { LEAVING } from '../../src/scheduling/rebalance/spread.ts';

interface SnapshotWorld {
  readonly home: Home;
  readonly agents: readonly Agent[];
  readonly tasks: readonly Task[];
  readonly backlog: Pick<Backlog, 'keepers' | 'roleOf'>;
}

/** Objects that are read in one step. */
const PER_STEP = 500;

/**
 * The cluster as it will be when all that moves has moved: what follows a task counts where it is to run,
 * what it follows has its room until it ends. It knows what agents have, not what they offer now.
 */
export function* readSnapshot({
  home,
  agents,
  tasks,
  backlog,
}: SnapshotWorld): Generator<void, Snapshot> {
  const snapshot = new Snapshot();
  for (const [at, agent] of agents.entries()) {
    const view = viewOf(agent, { home, quality: 1, keepers: backlog.keepers });
    if (view !== undefined) snapshot.putAgent(view);
    if (at % PER_STEP === 0) yield;
  }
  for (const [at, task] of tasks.entries()) {
    hold(task, { snapshot, backlog });
    if (at % PER_STEP === 0) yield;
  }
  return snapshot;
}

function hold(
  task: Task,
  { snapshot, backlog }: Pick<SnapshotWorld, 'backlog'> & { readonly snapshot: Snapshot },
): void {
  if (!isLive(task)) return;
  const { expectedSeconds } = task.spec.placement ?? {};
  const view = heldTaskOf(task, { expectedSeconds, role: backlog.roleOf(task) });
  const { agent } = task.status ?? {};
  if (agent !== undefined) {
    snapshot.hold(isMoving(task) ? { ...view, job: LEAVING } : view, agent, givenOf(task));
  } else if (task.spec.agent !== undefined) {
    snapshot.hold(view, task.spec.agent, NOTHING_GIVEN);
  }
}
