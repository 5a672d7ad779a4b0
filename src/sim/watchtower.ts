import type { FaultDomain, Task } from '../api/kinds.gen.ts';
import type { Millis } from '../api/object.ts';
import { isAtMesos, phaseOf, uidOfMesosTask } from '../api/task.ts';
import type { Store } from '../store/port.ts';
import { createCensus } from './census.ts';
import { createJudge, type JudgeOptions } from './judge.ts';
import { openLedger } from './ledger.ts';
import type { Machines } from './machines.ts';
import {
  destroysData,
  findUnsettled,
  mountsTwice,
  ownerOf,
  runsTwice,
  type Violation,
} from './promises.ts';

/** Sees everything, what the store says and what really runs, and remembers the first broken promise. */
export interface Watchtower {
  /** What was broken so far; the first counts. It costs by what has changed since the last call. */
  check(): Violation | undefined;
  /** What keeps the world from being as it should; `undefined` when it is. */
  unsettled(): Violation | undefined;
  /** The simulated domain's own object. */
  home(): FaultDomain | undefined;
  /** The task that has this id at Mesos, as it last was, also one that is gone. */
  task(mesosTaskId: string): Task | undefined;
  /** What is wrong about destroying this data at Mesos. */
  destroys(persistenceId: string): Violation | undefined;
  /** Whether the record of a task cannot be read now. */
  isUnreadable(mesosTaskId: string): boolean;
  tasksAtMesos(): number;
  tasksPending(): number;
  /** Tells it that a task has ended by itself. */
  ended(taskId: string): void;
  stop(): void;
}

export interface WatchtowerOptions extends JudgeOptions {
  readonly store: Store;
  readonly machines: Machines;
}

/** So long the end of a task may be on its way to those who decide what becomes of it. */
const ENDED_MS = 1_000;

export function createWatchtower(options: WatchtowerOptions): Watchtower {
  const { machines, domain, store } = options;
  const stopping = new AbortController();
  const ledger = openLedger(store, stopping.signal);
  const census = createCensus();
  const { judge, home } = createJudge(census, { ...options, isStrayIn });
  let broken: Violation | undefined;
  let seenMachines = -1;
  let ran: ReadonlySet<string> = new Set();
  /** When tasks were first seen to run no more. */
  const endedAt = new Map<string, Millis>();
  let version = 0;
  let unsettledAt = -1;
  let unsettled: Violation | undefined;

  function running(): readonly string[] {
    return machines.machines.flatMap((machine) => machine.taskIds());
  }

  function isStrayIn(jobUid: string, slot: string): boolean {
    const known = new Set(census.tasksOf(jobUid).map(({ status }) => status?.mesosTaskId));
    const since = options.clock.now() - ENDED_MS;
    const ended = [...endedAt].filter(([, at]) => at >= since).map(([id]) => id);
    return [...running(), ...ran, ...ended].some((id) => {
      const task = census.task(id);
      const isOfSlot = task?.spec.slot === slot && ownerOf(task) === jobUid;
      return isOfSlot && !known.has(id);
    });
  }

  function takeUp(): void {
    const changes = ledger.take();
    for (const change of changes) broken ??= judge(change);
    const changed = machines.changes();
    if (changes.length === 0 && changed === seenMachines) return;
    version += 1;
    seenMachines = changed;
    const now = new Set(running());
    for (const id of ran) if (!now.has(id)) endedAt.set(id, options.clock.now());
    ran = now;
    const sight = { ...census, running: [...now] };
    broken ??= runsTwice(sight) ?? mountsTwice(sight);
  }

  return {
    check() {
      takeUp();
      return broken;
    },
    unsettled() {
      takeUp();
      if (unsettledAt !== version) {
        unsettled = findUnsettled({ ...census, domain, running: running() });
        unsettledAt = version;
      }
      return unsettled;
    },
    home,
    task: census.task,
    destroys: (id) => destroysData(id, { ...census, running: running() }),
    isUnreadable(mesosTaskId) {
      const uid = uidOfMesosTask(mesosTaskId);
      return [...census.unreadable].some((key) => census.tasks.get(key)?.metadata.uid === uid);
    },
    tasksPending: () => census.count((task) => phaseOf(task) === 'Pending'),
    tasksAtMesos: () => census.count(isAtMesos),
    ended: (taskId) => {
      census.ended.add(taskId);
    },
    stop: () => stopping.abort(),
  };
}
