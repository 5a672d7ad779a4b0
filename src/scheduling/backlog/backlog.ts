import type { Agent, CapacityGroup, Job, Task } from '../../api/kinds.gen.ts';
import type { Millis } from '../../api/object.ts';
import { type Home, profileOf } from '../objects/view.ts';
import type { Profile } from '../place/profile.ts';
import type { Entry } from '../queue/entry.ts';
import type { Pass } from '../queue/pass.ts';
import { createQueue } from '../queue/queue.ts';
import { type Amounts, addTo, NOTHING } from '../shares/amounts.ts';
import { createLedger, type Ledger } from '../shares/ledger.ts';
import { Crews, type FiledTask } from './crews.ts';
import { createKeepers, type Keepers } from './keepers.ts';
import { capacityOf, termsOf } from './read.ts';
import { createReservations, type Reserved } from './reserved.ts';
import { createTallies, type Tally } from './tally.ts';

/**
 * What waits for an agent and who may have one, kept in step with the objects of the API by being told
 * of each change once. A change costs by what it changes: a task by O(log n), a job by its tasks here.
 */
export interface Backlog {
  readonly ledger: Ledger;
  putTask(task: Task): void;
  dropTask(task: Task): void;
  putJob(job: Job): void;
  dropJob(job: Job): void;
  putGroup(group: CapacityGroup): void;
  dropGroup(group: CapacityGroup): void;
  putAgent(agent: Agent): void;
  dropAgent(agent: Agent): void;
  /** The capacity group of the task's job; a task that is launched may use what is reserved for it. */
  groupOf(task: Task): string;
  /** The same where anything is reserved for the group: whose agents and resources the task may use. */
  roleOf(task: Task): string | undefined;
  /** The task as the placer knows it: with the right to what is reserved for its group. */
  profile(task: Task, now: Millis): Profile;
  /** How long the task will run, as its job says or as tasks of its job have run; absent where nobody knows. */
  expectedSeconds(task: Task): number | undefined;
  /** What only the tasks of the group may use. */
  reserved(group: string): Reserved;
  /** Which agents are kept for which capacity group. */
  readonly keepers: Pick<Keepers, 'of' | 'version'>;
  /** Begins to offer what waits. */
  pass(now: Millis): Pass;
  /** What waits under this key, as the queue has it. */
  entry(key: string): Entry | undefined;
  /** The task of a member of an entry. */
  task(key: string): Task | undefined;
  /** The scheduler that the capacity group names, if it does. */
  schedulerOf(group: string): string | undefined;
  tally(group: string): Tally;
  /** All that waits or has its agent. */
  all(): Iterable<FiledTask>;
  /** Says whether others are being stopped for these tasks: then they go before all. */
  promise(keys: readonly string[], isPromised: boolean): void;
  /** How many more tasks of its gang must come before the task may be placed; 0 where nothing lacks. */
  missingMembers(task: Task): number;
  /** Whether the task is of a gang that has not started yet. */
  startsTogether(task: Task): boolean;
  /** @param listener is told which group is another than it was */
  onChange(listener: (group: string) => void): () => void;
}

export function createBacklog(home: Home): Backlog {
  const ledger = createLedger();
  const queue = createQueue(ledger);
  const tallies = createTallies();
  const listeners = new Set<(group: string) => void>();
  const crews = new Crews({ home: home.name, ledger, queue, tallies, tell });
  const fleet = createFleet(ledger);
  const keepers = createKeepers();
  const reservations = createReservations({ home, keepers, tell });

  function tell(group: string): void {
    for (const listener of listeners) listener(group);
  }

  function roleOf(task: Task): string | undefined {
    const group = crews.groupOf(task);
    return keepers.has(group) || reservations.has(group) ? group : undefined;
  }

  /** @param change of what the groups keep for themselves */
  function keeping(change: () => void): void {
    const before = keepers.version;
    change();
    if (keepers.version !== before) reservations.recount();
  }

  function expectedSeconds(task: Task): number | undefined {
    return task.spec.placement?.expectedSeconds ?? crews.typicalSeconds(task);
  }

  return {
    ledger,
    putTask: (task) => crews.put(task),
    dropTask: (task) => crews.drop(task),
    putJob: (job) => crews.hire(job),
    dropJob: (job) => crews.leave(job),
    putGroup(group) {
      ledger.declare(termsOf(group));
      keeping(() => keepers.put(group));
      tell(group.metadata.name);
    },
    dropGroup({ metadata }) {
      ledger.withdraw(metadata.name);
      keeping(() => keepers.drop(metadata.name));
    },
    putAgent(agent) {
      fleet.count(agent.metadata.name, capacityOf(agent));
      reservations.put(agent);
    },
    dropAgent({ metadata }) {
      fleet.count(metadata.name, NOTHING);
      reservations.drop(metadata.name);
    },
    groupOf: (task) => crews.groupOf(task),
    roleOf,
    reserved: reservations.of,
    profile: (task, now) =>
      profileOf(task, { now, expectedSeconds: expectedSeconds(task), role: roleOf(task) }),
    expectedSeconds,
    keepers,
    pass(now) {
      crews.settle();
      return queue.pass(now);
    },
    entry(key) {
      crews.settle();
      return queue.get(key);
    },
    task: (key) => crews.task(key),
    schedulerOf: (group) => ledger.terms(group).scheduler,
    tally: tallies.of,
    all: () => crews.all(),
    promise: (keys, isPromised) => crews.promise(keys, isPromised),
    missingMembers: (task) => crews.missingMembers(task),
    startsTogether: (task) => crews.startsTogether(task),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** What all agents have together, kept by change. */
function createFleet(ledger: Ledger) {
  const agents = new Map<string, Amounts>();
  const capacity = [...NOTHING];

  function count(name: string, now: Amounts): void {
    addTo(capacity, agents.get(name) ?? NOTHING, -1);
    addTo(capacity, now, 1);
    if (now === NOTHING) agents.delete(name);
    else agents.set(name, now);
    ledger.setCapacity([...capacity]);
  }

  return { count };
}
