import { disruptionsOf } from '../../api/disruption.ts';
import type { Task } from '../../api/kinds.gen.ts';
import { fromTimestamp, isDeleting, type Millis } from '../../api/object.ts';
import { phaseOf } from '../../api/task.ts';
import type { Backlog } from '../backlog/backlog.ts';
import type { FiledTask } from '../backlog/crews.ts';
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
  const plans = placer.snapshot.trial(() =>
    planPreemptions({
      candidates,
      occupants: [...filed.values()].flatMap((each) => occupantOf(each) ?? []),
      ledger,
      room: trialRoom({ placer, waiting, schedulerOf: backlog.schedulerOf }),
      mayDisrupt: ({ key, group }, others) =>
        ledger.terms(group).preemptible || isSpared(filed.get(key), others),
      now,
    }),
  );
  return plans.map((preemption) => described(preemption, filed));
}

/** Whether the job can do without one more; a task that waits is down already. */
function isSpared(filed: FiledTask | undefined, others: number): boolean {
  if (filed === undefined) return false;
  const { job, bound, waiting } = filed;
  return waiting + others + 1 <= disruptionsOf(job, bound + waiting);
}

function occupantOf({ task, job, group, ask, waits }: FiledTask): Occupant | undefined {
  const { agent, startedAt, boundAt } = task.status ?? {};
  const phase = phaseOf(task);
  const isHere = phase === 'Staging' || phase === 'Starting' || phase === 'Running';
  if (waits || agent === undefined || !isHere || isDeleting(task)) return undefined;
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
