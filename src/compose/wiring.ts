import { isFrozen } from '../api/guard.ts';
import type { Agent, CapacityGroup, FaultDomain, Job, Task } from '../api/kinds.gen.ts';
import type { Millis } from '../api/object.ts';
import { isAtMesos } from '../api/task.ts';
import type { Framework } from '../mesos/port.ts';
import type { ControllerLoop, Loop } from '../runtime/controller.ts';
import { sameJson } from '../runtime/equal.ts';
import type { Change } from '../runtime/informer.ts';
import type { Clock } from '../runtime/port.ts';
import { inSlices } from '../runtime/slices.ts';
import type { Backlog } from '../scheduling/backlog/backlog.ts';
import { DEFAULT_GROUP } from '../scheduling/shares/group.ts';
import { watchDrains } from './drains.ts';
import type { Informers } from './informers.ts';
import { movedOnMs } from './moved-on.ts';
import { watchOrder } from './order.ts';
import { watchVolumes } from './volumes.ts';

export interface Loops {
  readonly job: ControllerLoop;
  readonly task: ControllerLoop;
  readonly drain: ControllerLoop;
  readonly volume: ControllerLoop;
  readonly orphans: Loop;
  readonly faultDomain: ControllerLoop;
  readonly capacityGroup: ControllerLoop;
  readonly placement: Loop;
  readonly agents: Loop;
}

export interface WiringOptions {
  readonly informers: Informers;
  readonly backlog: Backlog;
  readonly framework: Framework;
  readonly loops: Loops;
  readonly home: string;
  readonly clock: Clock;
}

/** Changes that come within these times are looked at together. */
const SETTLE_MS = { job: 20, placement: 5, counts: 1_000 };

/** What of a job's spec says for how long its tasks may be as they are. */
const TASK_POLICY = [
  'partition',
  'runtimeLimit',
  'restartOnSuccess',
  'executorMessage',
] as const satisfies readonly (keyof Job['spec'])[];

/** Who looks again at what when something changes. Each loop already follows its own objects. */
export function wire({ informers, backlog, framework, loops, home, clock }: WiringOptions): {
  stop(): void;
} {
  const { jobs, tasks, agents, domains, groups } = informers;
  const volumes = watchVolumes({ informers, framework, loops });
  const drains = watchDrains({
    agents: informers.agents,
    tasks: informers.tasks,
    look: (name) => loops.drain.enqueue(name, SETTLE_MS.job),
  });

  function lookAtJobs(matches: (job: Job) => boolean): void {
    for (const job of jobs.values()) {
      if (!matches(job)) continue;
      const { namespace = 'default', name } = job.metadata;
      loops.job.enqueue(`${namespace}/${name}`, SETTLE_MS.job);
    }
  }

  function whenTask({ now, before }: Change<Task>): void {
    const task = now ?? before;
    if (task === undefined) return;
    const { namespace = 'default' } = task.metadata;
    loops.job.enqueue(`${namespace}/${task.spec.jobName}`, settleMsOf(now, tasks));
    if (now?.status?.mesosTaskId === undefined) loops.placement.wake(SETTLE_MS.placement);
    drains.changed(task);
    volumes.changed(task);
    if (before?.status?.phase === now?.status?.phase) return;
    loops.agents.wake(SETTLE_MS.counts);
    loops.faultDomain.enqueue(home, SETTLE_MS.counts);
  }

  function whenAgent({ now, before }: Change<Agent>): void {
    loops.faultDomain.enqueue(home, SETTLE_MS.counts);
    const moved =
      now?.status?.phase !== before?.status?.phase ||
      (now?.status?.drain === undefined) !== (before?.status?.drain === undefined);
    if (moved || !sameJson(now?.status?.capacity, before?.status?.capacity)) lookAtGroups();
    if (moved) volumes.lookAt((now ?? before)?.metadata.name);
    if (!moved && sameJson(now?.spec, before?.spec)) return;
    loops.placement.wake(SETTLE_MS.placement);
    lookAtJobs(({ spec }) => spec.location.includes('*'));
  }

  function whenDomain({ now, before }: Change<FaultDomain>): void {
    const thawed = isFrozen(now) !== isFrozen(before);
    if (thawed || !sameJson(now?.spec, before?.spec)) lookAtJobs(() => true);
  }

  function lookAtGroups(): void {
    for (const { metadata } of groups.values()) {
      loops.capacityGroup.enqueue(metadata.name, SETTLE_MS.counts);
    }
  }

  function whenGroup({ now, before }: Change<CapacityGroup>): void {
    if (sameJson(now?.spec, before?.spec)) return;
    lookAtGroups();
    loops.placement.wake(SETTLE_MS.placement);
    const name = (now ?? before)?.metadata.name;
    lookAtJobs(({ spec }) => (spec.capacityGroup ?? DEFAULT_GROUP) === name);
  }

  function whenJob({ now, before }: Change<Job>): void {
    const [is, was] = [now?.spec, before?.spec];
    const same = is?.capacityGroup === was?.capacityGroup && is?.priority === was?.priority;
    if (!same || !sameJson(is?.gang, was?.gang)) loops.placement.wake(SETTLE_MS.placement);
    if (isOtherPolicy(is, was)) look(tasks.by('job', now?.metadata.uid ?? ''), loops.task, clock);
  }

  function whenConnection(): void {
    loops.placement.wake();
    loops.agents.wake();
    loops.faultDomain.enqueue(home);
    look(tasks.values(), loops.task, clock);
  }

  const stops = [
    drains.stop,
    tasks.onChange(whenTask),
    agents.onChange(whenAgent),
    domains.onChange(whenDomain),
    groups.onChange(whenGroup),
    jobs.onChange(whenJob),
    watchOrder(jobs, (key) => loops.job.enqueue(key, SETTLE_MS.job)),
    volumes.stop,
    backlog.onChange((group) => loops.capacityGroup.enqueue(group, SETTLE_MS.counts)),
    framework.onChange((what) => {
      if (what === 'offers') loops.placement.wake(SETTLE_MS.placement);
      if (what === 'agents') loops.agents.wake(SETTLE_MS.counts);
      if (what === 'connection') whenConnection();
    }),
  ];
  return stopAll(stops);
}

function settleMsOf(task: Task | undefined, tasks: Informers['tasks']): Millis {
  return Math.max(SETTLE_MS.job, task === undefined ? 0 : movedOnMs(task, tasks));
}

/** Whether tasks may now be as they are for another time, or are to be told something. */
function isOtherPolicy(is: Job['spec'] | undefined, was: Job['spec'] | undefined): boolean {
  return was !== undefined && TASK_POLICY.some((field) => !sameJson(is?.[field], was[field]));
}

/** Looks at tasks anew, in steps, since there may be very many. */
function look(changed: Iterable<Task>, loop: ControllerLoop, clock: Clock): void {
  void inSlices(looking(changed, loop), clock);
}

function* looking(changed: Iterable<Task>, loop: ControllerLoop): Generator<void, void> {
  for (const task of changed) {
    const { namespace = 'default', name } = task.metadata;
    if (isAtMesos(task)) loop.enqueue(`${namespace}/${name}`);
    yield;
  }
}

function stopAll(stops: readonly (() => void)[]): { stop(): void } {
  return {
    stop() {
      for (const stop of stops) stop();
    },
  };
}
