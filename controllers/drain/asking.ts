import { requestOf } from '../../src/api/disruption-request.ts';
import { isFrozen } from '../../src/api/guard.ts';
import type { FaultDomain, Job, Task } from '../../src/api/kinds.gen.ts';
import type { Millis } from '../../src/api/object.ts';
import { partitionOf } from '../../src/api/partition.ts';
import { isOfItsAgent } from '../../src/api/task.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import type { Clock } from '../../src/runtime/port.ts';
import { hasFollower } from '../../src/scheduling/disruption/instances.ts';
import { createLedger, type Ledger, type Refusal } from '../../src/scheduling/disruption/ledger.ts';
import type { Home } from '../../src/scheduling/objects/view.ts';

export interface AskingOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly home: Home;
  readonly domains: Informer<FaultDomain>;
  /** With an index `job` (the owning job's uid). */
  readonly tasks: Informer<Task>;
  jobOf(task: Task): Job | undefined;
  /** Since when the agent is to be emptied. */
  readonly since: Millis;
}

/**
 * Why a job does not let a task go now; `undefined` where it does. What has been asked for before counts for
 * those that follow. The job itself has the last word.
 */
export function askJobs(options: AskingOptions): (task: Task) => Refusal | undefined {
  const { home, domains, tasks, jobOf, since } = options;
  const now = options.clock.now();
  const frozen = isFrozen(domains.get(home.name));
  const ledgers = new Map<Job, Ledger>();
  return (task) => {
    const job = jobOf(task);
    if (job === undefined || isOfItsAgent(task)) return undefined;
    const own = tasks.by('job', task.metadata.ownerReferences?.[0]?.uid ?? '');
    if (hasFollower(task, own)) return undefined;
    const ledger =
      ledgers.get(job) ?? createLedger({ job, home: home.name, tasks: own, frozen, now });
    ledgers.set(job, ledger);
    return ledger.take({
      task,
      cause: 'Drain',
      since: requestOf(task)?.since ?? since,
      breaks: partitionOf(job).exclusive,
    });
  };
}
