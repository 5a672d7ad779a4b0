import { isFrozen, replacementsPerMinute } from '../api/guard.ts';
import { FAULT_DOMAIN, type FaultDomain, JOB, TASK, type Task } from '../api/kinds.gen.ts';
import { isAtMesos, isReplaceable, phaseOf } from '../api/task.ts';
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
  /** A new life of the control plane begins: what it does in a minute is counted anew. */
  reborn(): void;
  /** The simulated domain's own object. */
  home(): FaultDomain | undefined;
  tasksAtMesos(): number;
  tasksPending(): number;
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
const LATE_MS = 0;

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
  let replaced: number[] = [];

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

  /** I10: after a mass loss tasks are replaced slowly; nothing is counted while there is none. */
  function replacesTooFast(made: Task): Violation | undefined {
    const home = domains.get(domain);
    if (!isFrozen(home)) replaced = [];
    const before = predecessorOf(made, [...tasks.values()]);
    const isReplacement = before?.status?.fault === 'System' || (before && isReplaceable(before));
    if (!isFrozen(home) || isReplacement !== true) return undefined;
    replaced = [...replaced.filter((at) => at > clock.now() - 60_000), clock.now()];
    const most = replacementsPerMinute(home, [...tasks.values()].filter(isAtMesos).length);
    if (replaced.length <= most) return undefined;
    const text = `${replaced.length} tasks replaced within a minute of a mass loss, the most is ${most}`;
    return { invariant: 'I10', text };
  }

  tasks.onChange(({ now, before }) => {
    if (now === undefined) return;
    everSeen.set(now.metadata.uid, now);
    if (isReplaceable(now)) stoodInFor.add(now.metadata.uid);
    const isNew = before?.metadata.uid !== now.metadata.uid;
    broken ??= isNew
      ? (makesTooMany(now, sight(), mostWanted(now)) ?? replacesTooFast(now))
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
    reborn() {
      replaced = [];
    },
    home: () => domains.get(domain),
    tasksPending: () => [...tasks.values()].filter((task) => phaseOf(task) === 'Pending').length,
    tasksAtMesos: () => [...tasks.values()].filter(isAtMesos).length,
    unsettled: () => findUnsettled(sight()),
    ended: (taskId) => {
      ended.add(taskId);
    },
    stop: () => stopping.abort(),
  };
}

/** The attempt of the same instance that came before. */
function predecessorOf({ metadata, spec }: Task, tasks: readonly Task[]): Task | undefined {
  const owner = metadata.ownerReferences?.[0]?.uid;
  return tasks
    .filter((task) => task.metadata.ownerReferences?.[0]?.uid === owner)
    .filter((task) => task.spec.slot === spec.slot && task.spec.attempt < spec.attempt)
    .toSorted((a, b) => a.spec.attempt - b.spec.attempt)
    .at(-1);
}
