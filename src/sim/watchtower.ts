import { JOB, type Job, TASK, type Task } from '../api/kinds.gen.ts';
import { parseLocation, scaleLocations } from '../api/location.ts';
import { isLive, phaseOf, rankOf, type TaskPhase, uidOfMesosTask } from '../api/task.ts';
import type { Client } from '../registry/port.ts';
import { createInformer } from '../runtime/informer.ts';
import type { Clock, Log, Random } from '../runtime/port.ts';
import type { Machines } from './machines.ts';

/** A promise that was broken, and how. */
export interface Violation {
  readonly invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I8';
  readonly text: string;
}

/**
 * Sees everything: what the store says, and what really runs. It checks
 *
 * - I1: at most one live task of a slot in the store, and at most one running on machines, tasks left
 *   out that were given up because their agent was cut off;
 * - I2: no task is made while as many live as were wanted at any time of late;
 * - I3 and I4: once all is quiet, what runs is what is wanted, no more and no less;
 * - I8: no task goes back in its life.
 */
export interface Watchtower {
  /** What is broken now; the first of each kind counts. */
  check(): Violation | undefined;
  /** What keeps the world from being as it should; `undefined` when it is. */
  unsettled(): Violation | undefined;
  stop(): void;
}

export interface WatchtowerOptions {
  readonly client: Client;
  readonly machines: Machines;
  readonly domain: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** How long a lower count takes to be known everywhere. */
const LATE_MS = 10_000;

export function createWatchtower(options: WatchtowerOptions): Watchtower {
  const { machines, clock, domain } = options;
  const stopping = new AbortController();
  const jobs = createInformer({ ...options, kind: JOB });
  const tasks = createInformer({ ...options, kind: TASK });
  const everSeen = new Map<string, Task>();
  const wanted = new Map<string, { count: number; at: number }[]>();
  let broken: Violation | undefined;

  function breaks(invariant: Violation['invariant'], text: string): void {
    broken ??= { invariant, text };
  }

  tasks.onChange(({ now, before }) => {
    if (now === undefined) return;
    everSeen.set(now.metadata.uid, now);
    const same = before?.metadata.uid === now.metadata.uid ? before : undefined;
    if (same !== undefined) checkPhases(same, now, breaks);
    else checkCount(now);
  });
  jobs.onChange(({ now }) => {
    if (now === undefined) return;
    const { uid } = now.metadata;
    const counts = wanted.get(uid) ?? [];
    counts.push({ count: wantedHere(now, domain), at: clock.now() });
    wanted.set(uid, counts);
  });
  void jobs.run(stopping.signal);
  void tasks.run(stopping.signal);

  /** The most that was wanted of late: the newest count, and those it replaced not long ago. */
  function mostWanted(uid: string): number {
    const counts = wanted.get(uid) ?? [];
    const from = clock.now() - LATE_MS;
    const valid = counts.filter(
      (_, index) => (counts[index + 1]?.at ?? Number.POSITIVE_INFINITY) >= from,
    );
    return Math.max(0, ...valid.map(({ count }) => count));
  }

  function checkCount(made: Task): void {
    const uid = ownerOf(made);
    const live = [...tasks.values()].filter((task) => ownerOf(task) === uid && isLive(task));
    const most = mostWanted(uid);
    if (live.length > most)
      breaks('I2', `${made.metadata.name} is one of ${live.length}, wanted ${most}`);
    const twins = live.filter(({ spec }) => spec.slot === made.spec.slot);
    if (twins.length > 1) breaks('I1', `${names(twins)} live in one slot`);
  }

  /** What really runs, as far as it counts: by slot, without what was given up as cut off. */
  function running(): Map<string, string[]> {
    const slots = new Map<string, string[]>();
    for (const id of machines.machines.flatMap((machine) => machine.taskIds())) {
      const task = everSeen.get(uidOfMesosTask(id) ?? '');
      if (task === undefined || task.status?.reason === 'UnreachableTooLong') continue;
      const slot = `${ownerOf(task)} ${task.spec.slot}`;
      slots.set(slot, [...(slots.get(slot) ?? []), id]);
    }
    return slots;
  }

  function unsettled(): Violation | undefined {
    const really = new Set(machines.machines.flatMap((machine) => machine.taskIds()));
    const live = [...tasks.values()].filter(isLive);
    for (const job of jobs.values()) {
      const own = live.filter((task) => ownerOf(task) === job.metadata.uid);
      const up = own.filter((task) => really.has(task.status?.mesosTaskId ?? ''));
      const count = wantedHere(job, domain);
      if (up.length !== count || own.length !== count) {
        const states = own.map((task) => `${task.metadata.name} ${phaseOf(task)}`).join(', ');
        const text = `${job.metadata.name} wants ${count}, runs ${up.length}: ${states}`;
        return { invariant: 'I3', text };
      }
    }
    const known = new Set(live.map(({ status }) => status?.mesosTaskId ?? ''));
    const stray = [...really].find((id) => !known.has(id));
    return stray === undefined
      ? undefined
      : { invariant: 'I4', text: `${stray} runs, and should not` };
  }

  return {
    check() {
      for (const ids of running().values()) {
        if (ids.length > 1) breaks('I1', `${ids.join(' and ')} run in one slot`);
      }
      return broken;
    },
    unsettled,
    stop: () => stopping.abort(),
  };
}

/** Cut off and back is no going back; all else must go on, and an end is an end. */
function checkPhases(
  before: Task,
  now: Task,
  breaks: (invariant: 'I8', text: string) => void,
): void {
  const [from, to]: [TaskPhase, TaskPhase] = [phaseOf(before), phaseOf(now)];
  if (from === to || (from === 'Unreachable' && rankOf(to) >= rankOf('Starting'))) return;
  if (to === 'Unreachable' && isLive(before)) return;
  if (rankOf(to) > rankOf(from)) return;
  breaks('I8', `${now.metadata.name} went from ${from} to ${to}`);
}

function wantedHere(job: Job, domain: string): number {
  if (job.metadata.deletionTimestamp !== undefined) return 0;
  const parsed = parseLocation(job.spec.location);
  if (!parsed.ok) return 0;
  const here = scaleLocations(parsed.locations, job.spec.replicas).find(
    (location) => location.domain === domain,
  );
  return here === undefined || here.count === '*' ? 0 : here.count;
}

function ownerOf({ metadata }: Task): string {
  return metadata.ownerReferences?.[0]?.uid ?? '';
}

function names(tasks: readonly Task[]): string {
  return tasks.map(({ metadata }) => metadata.name).join(' and ');
}
