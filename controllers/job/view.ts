import { budgetOf } from '../../src/api/disruption.ts';
import type { Job, Task } from '../../src/api/kinds.gen.ts';
import { type Partition, partitionOf } from '../../src/api/partition.ts';
import { isLive } from '../../src/api/task.ts';
import { type Update, updateOf } from '../../src/api/update.ts';
import { countsAsRunning, isFit } from '../../src/scheduling/disruption/health.ts';
import type { DisruptionWorld } from './disruptions.ts';
import type { JobWorld } from './plan.ts';
import { type HistoryPlan, planHistory } from './revisions.ts';
import { assign } from './rollout/assign.ts';
import { gateOf } from './rollout/gate.ts';
import { withLastWords } from './rollout/last-words.ts';
import { type Advanced, advance, type Rollout, type RolloutWorld } from './rollout/rollout.ts';
import { keptVersion } from './rollout/stage.ts';
import type { Share } from './share.ts';
import { type Holders, holdersBySlot, type SlotState, stateOf, tasksBySlot } from './slots.ts';

interface ViewParts {
  readonly world: JobWorld;
  readonly share: Share;
  readonly startsOnce: readonly string[];
}

/** What a job is, before anything is decided. */
export interface View extends Advanced {
  readonly history: HistoryPlan;
  readonly partition: Partition;
  readonly health: DisruptionWorld['health'];
  readonly holders: ReadonlyMap<string, Holders>;
  readonly states: readonly SlotState[];
  /** The version whose tasks run on beside those of the newest one. */
  readonly kept: string | undefined;
  versionOf(slot: string): string;
}

/** How far the rollout is, which version each instance is to run, and what it is in. */
export function viewOf(job: Job, { world, share, startsOnce }: ViewParts): View {
  const { now, home, agents } = world;
  const [partition, update] = [partitionOf(job), updateOf(job)];
  const groups = tasksBySlot(world.tasks);
  const history = historyOf(job, world);
  const { revision } = history.newest.spec;
  const heldBy = heldText(job, startsOnce);
  const slots = share.slots.filter(({ slot }) => !world.unreadable.has(slot));
  const view = rolloutWorld(job, { world, share, slots, update, history, groups, heldBy });
  const advanced = advance(rolloutOf(job, home.name), view);
  const { rollout } = advanced;
  const assigned = assign(rollout, view);
  const toRun = new Map(slots.map(({ slot }, at) => [slot, assigned[at] ?? revision]));
  const versionOf = (slot: string) => toRun.get(slot) ?? revision;
  const health = { now, partition, update, budget: budgetOf(job), rollout };
  const kept = keptVersion(rollout, update);
  const holders = holdersBySlot(groups, (slot) => ({
    kept,
    onReturn: partition.onReturn,
    revision: versionOf(slot),
    agents,
    isRunning: (task) => countsAsRunning(task, partition, now),
    isFit: (task) => isFit(task, health),
  }));
  const states = share.slots.map((slot): SlotState => {
    if (world.unreadable.has(slot.slot)) return { is: 'unreadable', slot };
    return stateOf(slot, holders.get(slot.slot), {
      job,
      revision: versionOf(slot.slot),
      known: world.attempts.get(slot.slot),
    });
  });
  return { ...advanced, history, partition, health, holders, states, kept, versionOf };
}

/** Why its rollout stands still, where it does. */
function heldText({ spec }: Job, startsOnce: readonly string[]): string | undefined {
  if (spec.suspend === true) return 'waits until spec.suspend is false';
  return startsOnce.length === 0 ? undefined : `waits until ${startsOnce.join(', and ')}`;
}

/** What is kept of the rollout here. */
export function rolloutOf(job: Job, home: string): Rollout | undefined {
  return entryOf(job, home)?.rollout;
}

/** The same, as people are told of it. */
export function toldRolloutOf(job: Job, home: string): Rollout | undefined {
  const entry = entryOf(job, home);
  return entry && withLastWords(entry);
}

function entryOf({ status }: Job, home: string) {
  return status?.domains?.find(({ name }) => name === home);
}

function historyOf(job: Job, { revisions, tasks, home }: JobWorld): HistoryPlan {
  const before = rolloutOf(job, home.name);
  const kept = before === undefined ? [] : [before.revision, before.stable ?? before.revision];
  const used = new Set(kept);
  for (const task of tasks) if (isLive(task)) used.add(task.spec.revision);
  return planHistory(job, { revisions, used });
}

interface RolloutParts {
  readonly world: JobWorld;
  readonly share: Share;
  /** The instances that it is about: one that is left as it is holds up none. */
  readonly slots: Share['slots'];
  readonly update: Update;
  readonly history: HistoryPlan;
  readonly groups: ReadonlyMap<string, readonly Task[]>;
  readonly heldBy: string | undefined;
}

function rolloutWorld(job: Job, parts: RolloutParts): RolloutWorld {
  const { world, share, slots, update, history, groups, heldBy } = parts;
  const { revision, number } = history.newest.spec;
  const known = new Set([revision, ...world.revisions.map(({ spec }) => spec.revision)]);
  return {
    revision,
    number,
    update,
    slots: slots.map(({ slot }) => groups.get(slot) ?? []),
    isBlind: slots.length === 0 && share.slots.length > 0,
    now: world.now,
    frozen: world.frozen,
    heldBy,
    lack: world.lack,
    answers: entryOf(job, world.home.name)?.analysis,
    isService: job.spec.restartOnSuccess,
    gate: gateOf(job, revision, {
      home: world.home.name,
      locations: share.locations,
      exists: (name) => world.domains.some(({ metadata }) => metadata.name === name),
    }),
    knows: (hash) => known.has(hash),
  };
}
