import type { Agent, Task, Volume } from '../../api/kinds.gen.ts';
import { type Millis, toTimestamp } from '../../api/object.ts';
import type { Backlog } from '../backlog/backlog.ts';
import type { FiledTask } from '../backlog/crews.ts';
import { Snapshot } from '../cluster/snapshot.ts';
import { asPlaced, type Claimed, claimedBy, claimLack, claimsApart } from '../objects/claims.ts';
import { givenOf, type Home, heldTaskOf, viewOf } from '../objects/view.ts';
import type { Catalog } from '../place/catalog.ts';
import { explaining } from './explain.ts';
import { surveyOf } from './survey.ts';
import { explanationText } from './text.ts';

export interface ForeseeWorld {
  readonly home: Home;
  readonly agents: readonly Agent[];
  readonly backlog: Pick<Backlog, 'all' | 'profile' | 'roleOf' | 'keepers' | 'schedulerOf'>;
  readonly catalog: Catalog;
  readonly now: Millis;
  /** The capacity group and the priority of what is to come. */
  readonly group: string;
  readonly priority: number;
  /** Uids of tasks that are away by then. */
  readonly leaving: ReadonlySet<string>;
  volume(key: string): Volume | undefined;
}

/** Objects that are read in one step. */
const PER_STEP = 500;

/**
 * What would keep a task from having an agent once others have left, as `a Volume: why`; `undefined` where there is
 * room, or where others may have to make room for it. It looks at all agents and tasks, in steps.
 */
export function* foresee(task: Task, world: ForeseeWorld): Generator<void, string | undefined> {
  const { backlog, catalog, leaving, now } = world;
  const claimed = claimedBy(task, world.volume).map((each) => unheld(each, leaving));
  const lack = claimed.flatMap((each) => claimLack(task, each) ?? [])[0];
  const apart = lack ?? claimsApart(task, claimed);
  if (apart !== undefined) return `a Volume: ${apart}`;
  if (backlog.schedulerOf(world.group) !== undefined) return undefined;
  const survey = yield* surveyOf(yield* snapshotOf(world));
  const profile = backlog.profile(asPlaced(task, claimed), now);
  const found = yield* explaining(profile, { survey, catalog });
  const mayGo = found.open > 0 || found.agents === 0 || found.failure !== undefined;
  return mayGo ? undefined : `an agent: ${explanationText(found, toTimestamp)}`;
}

/** The Volume as it is once the tasks that leave have let it go. */
function unheld(claimed: Claimed, leaving: ReadonlySet<string>): Claimed {
  const { volume } = claimed;
  if (volume === undefined || !leaving.has(volume.status?.attachedTo?.uid ?? '')) return claimed;
  const { attachedTo: _, ...status } = volume.status ?? {};
  return { ...claimed, volume: { ...volume, status } };
}

function* snapshotOf(world: ForeseeWorld): Generator<void, Snapshot> {
  const { home, backlog, agents, leaving } = world;
  const snapshot = new Snapshot();
  for (const [at, agent] of agents.entries()) {
    const view = viewOf(agent, { home, quality: 1, keepers: backlog.keepers });
    if (view !== undefined) snapshot.putAgent(view);
    if (at % PER_STEP === 0) yield;
  }
  const others = [...backlog.all()].filter((filed) => isFirm(filed, world));
  for (const [at, { task }] of others.entries()) {
    const { agent } = task.status ?? {};
    if (agent !== undefined && !leaving.has(task.metadata.uid)) {
      snapshot.hold(heldTaskOf(task, { role: backlog.roleOf(task) }), agent, givenOf(task));
    }
    if (at % PER_STEP === 0) yield;
  }
  return snapshot;
}

/** Whether the task stays whoever wants its place: what is of another group may have to yield. */
function isFirm({ group, job }: FiledTask, world: ForeseeWorld): boolean {
  return group === world.group && (job?.spec.priority ?? 0) >= world.priority;
}
