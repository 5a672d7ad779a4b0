import { FAULT_DOMAIN, type FaultDomain, JOB, TASK, type Task } from '../api/kinds.gen.ts';
import { isAtMesos, isReplaceable } from '../api/task.ts';
import type { Client } from '../registry/port.ts';
import { createInformer } from '../runtime/informer.ts';
import type { Clock, Log, Random } from '../runtime/port.ts';
import type { Machines } from './machines.ts';
import {
  findUnsettled,
  forgetsAnEnd,
  goesBack,
  makesTooMany,
  runsTwice,
  type Sight,
  type Violation,
  wantedHere,
} from './promises.ts';

/** Sees everything, what the store says and what really runs, and remembers the first broken promise. */
export interface Watchtower {
  /** What was broken so far; the first counts. */
  check(): Violation | undefined;
  /** What keeps the world from being as it should; `undefined` when it is. */
  unsettled(): Violation | undefined;
  /** The simulated domain's own object. */
  home(): FaultDomain | undefined;
  tasksAtMesos(): number;
  /** Tells it that a task has ended by itself. */
  ended(taskId: string): void;
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

interface Count {
  readonly count: number;
  readonly at: number;
}

export function createWatchtower(options: WatchtowerOptions): Watchtower {
  const { machines, clock, domain } = options;
  const stopping = new AbortController();
  const jobs = createInformer({ ...options, kind: JOB });
  const tasks = createInformer({ ...options, kind: TASK });
  const domains = createInformer({ ...options, kind: FAULT_DOMAIN });
  const everSeen = new Map<string, Task>();
  const ended = new Set<string>();
  const stoodInFor = new Set<string>();
  const wanted = new Map<string, Count[]>();
  let broken: Violation | undefined;

  function sight(): Sight {
    return {
      domain,
      jobs: [...jobs.values()],
      tasks: [...tasks.values()],
      everSeen,
      stoodInFor,
      ended,
      running: machines.machines.flatMap((machine) => machine.taskIds()),
    };
  }

  /** The most that was wanted of late: the newest count, and those it replaced not long ago. */
  function mostWanted({ metadata }: Task): number {
    const counts = wanted.get(metadata.ownerReferences?.[0]?.uid ?? '') ?? [];
    const from = clock.now() - LATE_MS;
    const late = counts.filter((_, index) => (counts[index + 1]?.at ?? clock.now()) >= from);
    return Math.max(0, ...late.map(({ count }) => count));
  }

  tasks.onChange(({ now, before }) => {
    if (now === undefined) return;
    everSeen.set(now.metadata.uid, now);
    if (isReplaceable(now)) stoodInFor.add(now.metadata.uid);
    const isNew = before?.metadata.uid !== now.metadata.uid;
    broken ??= isNew
      ? makesTooMany(now, sight(), mostWanted(now))
      : (goesBack(before, now) ?? forgetsAnEnd(now, sight()));
  });
  jobs.onChange(({ now }) => {
    if (now === undefined) return;
    const { uid } = now.metadata;
    wanted.set(uid, [
      ...(wanted.get(uid) ?? []),
      { count: wantedHere(now, domain), at: clock.now() },
    ]);
  });
  void domains.run(stopping.signal);
  void jobs.run(stopping.signal);
  void tasks.run(stopping.signal);

  return {
    check() {
      broken ??= runsTwice(sight());
      return broken;
    },
    home: () => domains.get(domain),
    tasksAtMesos: () => [...tasks.values()].filter(isAtMesos).length,
    unsettled: () => findUnsettled(sight()),
    ended: (taskId) => {
      ended.add(taskId);
    },
    stop: () => stopping.abort(),
  };
}
