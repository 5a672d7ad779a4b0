import { requestOf } from '../../api/disruption-request.ts';
import type { Task } from '../../api/kinds.gen.ts';
import { fromTimestamp, isDeleting, type Millis } from '../../api/object.ts';
import { phaseOf } from '../../api/task.ts';
import type { Backlog } from '../backlog/backlog.ts';
import type { FiledTask } from '../backlog/crews.ts';
import { createLedger, type Ledger } from '../disruption/ledger.ts';
import { trialRoom } from '../drive/trial-room.ts';
import type { Placer } from '../place/placer.ts';
import type { Waiting } from '../place/profile.ts';
import type { Entry } from '../queue/entry.ts';
import type { Nominations } from './nominations.ts';
import { type Preemption, planPreemptions } from './preempt.ts';
import type { Occupant } from './victim.ts';

export interface PreemptionWorld {
  readonly backlog: Backlog;
  readonly placer: Placer;
  readonly nominations: Nominations;
  /** What a pass could not place: of each class the first. */
  readonly refused: readonly Entry[];
  waiting(key: string): Waiting | undefined;
  /** The fault domain. */
  readonly home: string;
  readonly now: Millis;
}

/** One entry, and the tasks that are to be stopped for it. */
export interface PlannedPreemption {
  readonly preemption: Preemption;
  readonly candidate: Task;
  readonly victims: ReadonlyArray<{ readonly task: Task; readonly why: string }>;
}

/** Whom to stop for what has waited long enough. It costs by all tasks, and nothing while nobody has waited so long. */
export function planStops(world: PreemptionWorld): readonly PlannedPreemption[] {
  const { backlog, placer, nominations, now, waiting } = world;
  const { ledger } = backlog;
  const candidates = world.refused
    .filter(({ key, group, since }) => {
      return !nominations.has(key) && now - since >= ledger.terms(group).preemptAfterMs;
    })
    .flatMap((entry) => {
      const task = backlog.task(entry.members[0]?.key ?? '');
      return task === undefined ? [] : [{ entry, job: jobOf(task) }];
    });
  if (candidates.length === 0) return [];
  const filed = new Map([...backlog.all()].map((each) => [each.task.metadata.uid, each]));
  const spares = sparesOf([...filed.values()], world);
  const plans = placer.snapshot.trial(() =>
    planPreemptions({
      candidates,
      occupants: [...filed.values()].flatMap((each) => occupantOf(each) ?? []),
      ledger,
      room: trialRoom({ placer, waiting, schedulerOf: backlog.schedulerOf }),
      mayDisrupt: ({ key, group }, others) =>
        ledger.terms(group).preemptible || spares(filed.get(key), others),
      now,
    }),
  );
  return plans.map((preemption) => described(preemption, filed));
}

/** Whether a job can do without one of its tasks, when so many others of it are stopped already. */
function sparesOf(
  filed: readonly FiledTask[],
  { home, now }: PreemptionWorld,
): (each: FiledTask | undefined, others: number) => boolean {
  const byJob = Map.groupBy(filed, ({ task }) => jobOf(task));
  const ledgers = new Map<string, Ledger>();
  return (each, others) => {
    if (each?.job === undefined) return false;
    const key = jobOf(each.task);
    const tasks = (byJob.get(key) ?? []).map(({ task }) => task);
    const ledger =
      ledgers.get(key) ?? createLedger({ job: each.job, home, tasks, frozen: false, now });
    ledgers.set(key, ledger);
    const { task } = each;
    return ledger.ask({ task, cause: 'Preemption', breaks: true, others }) === undefined;
  };
}

function occupantOf({ task, job, group, ask, waits }: FiledTask): Occupant | undefined {
  const { agent, startedAt, boundAt } = task.status ?? {};
  const phase = phaseOf(task);
  const isHere = phase === 'Staging' || phase === 'Starting' || phase === 'Running';
  const goes = isDeleting(task) || requestOf(task)?.evicts === true;
  if (waits || agent === undefined || !isHere || goes) return undefined;
  const since = startedAt ?? boundAt ?? task.metadata.creationTimestamp;
  return {
    key: task.metadata.uid,
    agent,
    job: jobOf(task),
    group,
    priority: job?.spec.priority ?? 0,
    ask,
    since: fromTimestamp(since),
  };
}

function jobOf({ metadata, spec }: Task): string {
  return `${metadata.namespace ?? 'default'}/${spec.jobName}`;
}

const reasons = {
  Preemptible: (group: string) => `its capacity group ${group} is preemptible`,
  Reclaimed: (group: string) => `its capacity group ${group} uses more than its guarantee`,
  LowerPriority: (group: string) => `it has a lower priority in the capacity group ${group}`,
};

function described(
  preemption: Preemption,
  filed: ReadonlyMap<string, FiledTask>,
): PlannedPreemption {
  const { candidate, victims } = preemption;
  const first = filed.get(candidate.entry.members[0]?.key ?? '')?.task;
  if (first === undefined) throw new RangeError(`${candidate.entry.key} is not in the backlog`);
  return {
    preemption,
    candidate: first,
    victims: victims.flatMap(({ occupant, reason }) => {
      const task = filed.get(occupant.key)?.task;
      return task === undefined ? [] : [{ task, why: reasons[reason](occupant.group) }];
    }),
  };
}
