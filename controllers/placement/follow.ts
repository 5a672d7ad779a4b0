import type { Agent, Task } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, type Millis } from '../../src/api/object.ts';
import { isLive, phaseOf } from '../../src/api/task.ts';
import { sameJson } from '../../src/runtime/equal.ts';
import type { Change, Informer } from '../../src/runtime/informer.ts';
import type { Clock } from '../../src/runtime/port.ts';
import type { Backlog } from '../../src/scheduling/backlog/backlog.ts';
import type { AgentView } from '../../src/scheduling/cluster/agent.ts';
import { Snapshot } from '../../src/scheduling/cluster/snapshot.ts';
import { createQualityRecord, type Fault } from '../../src/scheduling/fitness/quality.ts';
import { givenOf, type Home, heldTaskOf, viewOf } from '../../src/scheduling/objects/view.ts';
import { followOffered, type OfferedOptions } from './offered.ts';

export interface FollowOptions extends Omit<OfferedOptions, 'snapshot'> {
  readonly home: Home;
  readonly clock: Clock;
  readonly tasks: Informer<Task>;
  readonly backlog: Pick<Backlog, 'keepers' | 'expectedSeconds' | 'roleOf'>;
}

/** A snapshot of the fault domain that is kept equal to the caches by change. */
export interface Followed {
  readonly snapshot: Snapshot;
  /** Takes over what was in the caches at first, in steps; once, and before anything is placed. */
  catchUp(): Generator<void, void>;
  /** Takes over what is offered now, and what trust agents have now. */
  refresh(): void;
  stop(): void;
}

/** Objects that are read in one step. */
const STEP_OBJECTS = 100;

export function followCluster(options: FollowOptions): Followed {
  const { home, clock, tasks, agents, backlog } = options;
  const { keepers } = backlog;
  const snapshot = new Snapshot();
  const offered = followOffered({ ...options, snapshot });
  const views = new Map<string, AgentView>();
  const record = createQualityRecord();
  let marked: readonly string[] = [];
  let keptAt = keepers.version;

  function seeAgent(name: string, agent: Agent | undefined, now: Millis): void {
    const view = agent && viewOf(agent, { home, quality: record.quality(name, now), keepers });
    if (view === undefined) forget(name);
    else if (!sameJson(views.get(name), view)) {
      views.set(name, view);
      snapshot.putAgent(view);
    }
    offered.look(name);
  }

  function forget(name: string): void {
    if (!views.delete(name)) return;
    snapshot.removeAgent(name);
  }

  function seeTask({ now: task, before }: Change<Task>): void {
    const uid = (task ?? before)?.metadata.uid ?? '';
    if (before !== undefined && before.metadata.uid !== uid) snapshot.end(before.metadata.uid);
    if (task === undefined || !isLive(task)) snapshot.end(uid);
    else if (task.status?.agent !== undefined) {
      const known = { expectedSeconds: backlog.expectedSeconds(task), role: backlog.roleOf(task) };
      snapshot.hold(heldTaskOf(task, known), task.status.agent, givenOf(task));
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
    refresh() {
      const at = clock.now();
      const isOther = keptAt !== keepers.version;
      keptAt = keepers.version;
      const touched = new Set(isOther ? [...views.keys()] : [...marked, ...record.marked(at)]);
      marked = record.marked(at);
      for (const name of touched) seeAgent(name, agents.get(name), at);
      offered.settle();
    },
    stop() {
      offered.stop();
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
