import type { Agent, Task } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, type Millis } from '../../src/api/object.ts';
import { isLive, phaseOf } from '../../src/api/task.ts';
import type { Offer } from '../../src/mesos/port.ts';
import { sameJson } from '../../src/runtime/equal.ts';
import type { Change, Informer } from '../../src/runtime/informer.ts';
import type { Clock } from '../../src/runtime/port.ts';
import type { Backlog } from '../../src/scheduling/backlog/backlog.ts';
import type { AgentView } from '../../src/scheduling/cluster/agent.ts';
import { Snapshot } from '../../src/scheduling/cluster/snapshot.ts';
import { createQualityRecord, type Fault } from '../../src/scheduling/fitness/quality.ts';
import {
  type Amounts,
  givenOf,
  type Home,
  heldTaskOf,
  type Items,
  resourcesOf,
  viewOf,
} from '../../src/scheduling/objects/view.ts';

export interface FollowOptions {
  readonly home: Home;
  readonly clock: Clock;
  readonly tasks: Informer<Task>;
  readonly agents: Informer<Agent>;
  readonly backlog: Pick<Backlog, 'keepers' | 'expectedSeconds'>;
}

/** A snapshot of the fault domain that is kept equal to the caches by change. */
export interface Followed {
  readonly snapshot: Snapshot;
  /** Takes over what was in the caches at first, in steps; once, and before anything is placed. */
  catchUp(): Generator<void, void>;
  /** Takes over what is offered now, and what trust agents have now. */
  refresh(offers: ReadonlyMap<string, readonly Offer[]>): void;
  stop(): void;
}

const NOTHING: readonly Offer[] = [];
/** Objects that are read in one step. */
const STEP_OBJECTS = 100;

export function followCluster({ home, clock, tasks, agents, backlog }: FollowOptions): Followed {
  const { keepers } = backlog;
  const snapshot = new Snapshot();
  const views = new Map<string, AgentView>();
  const record = createQualityRecord();
  /** What each agent's free room was last set to. */
  const offered = new Map<string, readonly Offer[]>();
  let marked: readonly string[] = [];
  let keptAt = keepers.version;

  function seeAgent(name: string, agent: Agent | undefined, now: Millis): void {
    const view = agent && viewOf(agent, { home, quality: record.quality(name, now), keepers });
    if (view === undefined) forget(name);
    else if (!sameJson(views.get(name), view)) {
      views.set(name, view);
      snapshot.putAgent(view);
      if (!offered.has(name)) setOffers(name, NOTHING);
    }
  }

  function forget(name: string): void {
    if (!views.delete(name)) return;
    offered.delete(name);
    snapshot.removeAgent(name);
  }

  function setOffers(name: string, offers: readonly Offer[]): void {
    offered.set(name, offers);
    snapshot.offer(name, resourcesOf(sumOf(offers)));
  }

  function seeTask({ now: task, before }: Change<Task>): void {
    const uid = (task ?? before)?.metadata.uid ?? '';
    if (before !== undefined && before.metadata.uid !== uid) snapshot.end(before.metadata.uid);
    if (task === undefined || !isLive(task)) snapshot.end(uid);
    else if (task.status?.agent !== undefined) {
      const held = heldTaskOf(task, backlog.expectedSeconds(task));
      snapshot.hold(held, task.status.agent, givenOf(task));
      learnFrom(task, task.status.agent);
    }
    if (task !== undefined) judge(task, before);
  }

  /** An agent that runs an image has it. */
  function learnFrom(task: Task, agent: string): void {
    const { image } = task.spec;
    if (image !== undefined && phaseOf(task) === 'Running') snapshot.learn(agent, image);
  }

  /** What the task's life says of its agent. */
  function judge(task: Task, before: Task | undefined): void {
    const { agent, finishedAt } = task.status ?? {};
    if (agent === undefined || before === undefined || phaseOf(task) === phaseOf(before)) return;
    if (phaseOf(task) === 'Running') record.cleanStart(agent);
    const fault = faultOf(task);
    const at = finishedAt === undefined ? clock.now() : fromTimestamp(finishedAt);
    if (fault !== undefined) record.fault(agent, fault, at);
  }

  /** Agents and tasks that change meanwhile are heard of too: seeing one twice changes nothing. */
  function* reading(): Generator<void, void> {
    let looked = 0;
    for (const agent of agents.values()) {
      seeAgent(agent.metadata.name, agent, clock.now());
      if (looked++ % STEP_OBJECTS === 0) yield;
    }
    for (const task of tasks.values()) {
      seeTask({ key: '', now: task, before: undefined });
      if (looked++ % STEP_OBJECTS === 0) yield;
    }
  }

  const first = reading();
  const stops = [
    agents.onChange(({ key, now: agent }) => seeAgent(key, agent, clock.now())),
    tasks.onChange(seeTask),
  ];

  return {
    snapshot,
    catchUp: () => first,
    refresh(offers) {
      const at = clock.now();
      const isOther = keptAt !== keepers.version;
      keptAt = keepers.version;
      const touched = new Set(isOther ? [...views.keys()] : [...marked, ...record.marked(at)]);
      marked = record.marked(at);
      for (const name of touched) seeAgent(name, agents.get(name), at);
      for (const name of views.keys()) {
        const held = offers.get(agents.get(name)?.status?.agentId ?? '') ?? NOTHING;
        if (held !== offered.get(name)) setOffers(name, held);
      }
    },
    stop() {
      for (const stop of stops) stop();
    },
  };
}

/** What speaks against the agent; nothing where the program itself failed. */
function faultOf({ status }: Task): Fault | undefined {
  if (status?.fault !== 'System') return undefined;
  const started = status.startedAt !== undefined;
  if (status.phase === 'Lost') return started ? 'LostAfterStart' : 'LostBeforeStart';
  if (status.phase === 'Failed') return started ? 'Crash' : 'StartError';
  return undefined;
}

function sumOf(offers: readonly Offer[]): Amounts {
  const all = offers.map(({ resources }) => resources);
  const sum = (of: (amounts: Amounts) => number) =>
    all.reduce((total, each) => total + of(each), 0);
  const names = new Set(all.flatMap(({ others = {} }) => Object.keys(others)));
  const others = [...names].map((name): [string, number] => [
    name,
    sum((each) => each.others?.[name] ?? 0),
  ]);
  const itemNames = new Set(all.flatMap(({ items = {} }) => Object.keys(items)));
  const items = [...itemNames].map((name): [string, Items] => [
    name,
    itemsIn(all.flatMap((each) => each.items?.[name] ?? [])),
  ]);
  return {
    cpus: sum(({ cpus }) => cpus),
    memoryMiB: sum(({ memoryMiB }) => memoryMiB),
    diskMiB: sum(({ diskMiB }) => diskMiB),
    ports: all.flatMap(({ ports }) => ports).toSorted((a, b) => a.begin - b.begin),
    others: Object.fromEntries(others),
    items: Object.fromEntries(items),
  };
}

/** All of one name, as one. */
function itemsIn(parts: readonly Items[]): Items {
  const items = parts.flatMap((part) => (part.type === 'set' ? part.items : []));
  const ranges = parts.flatMap((part) => (part.type === 'ranges' ? part.ranges : []));
  return ranges.length === 0
    ? { type: 'set', items: items.toSorted() }
    : { type: 'ranges', ranges: ranges.toSorted((a, b) => a.begin - b.begin) };
}
