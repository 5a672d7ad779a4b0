import { RUNTIME_LIMIT_EXCEEDED } from '../../../src/api/batch.ts';
import type { Agent, Task, TaskStatus } from '../../../src/api/kinds.gen.ts';
import { isDeleting, keyOf, keyText, type Millis, toTimestamp } from '../../../src/api/object.ts';
import type { Partition } from '../../../src/api/partition.ts';
import { isLive, isMoving, isTerminal, moveTargetOf, phaseOf } from '../../../src/api/task.ts';
import type { VirtualClock } from '../../../src/runtime/clock.ts';
import type { Random } from '../../../src/runtime/port.ts';
import type { Table } from './table.ts';

/** How tasks of one version of the program behave. */
export type Behaviour =
  | 'well'
  | 'crashes'
  | 'crashes later'
  | 'never ready'
  | 'exits'
  | 'bad image'
  | 'slow'
  | 'no room'
  | 'sometimes crashes'
  /** Does what it is there for, and ends. */
  | 'works'
  | 'overruns';

/** Agents that run what they are given, without Mesos: what they do is written to the store at once. */
export interface Agents {
  readonly list: readonly Agent[];
  /** A task was made, or is to stop. */
  look(task: Task): void;
  /** Ends one that runs by its program's fault. */
  crash(task: Task): void;
  /** One that is ready is not, for so long. */
  sicken(task: Task, spanMs: Millis): void;
  /** Ends one that lives by nobody's fault. */
  lose(task: Task): void;
  /** An agent is cut off, for so long; `Infinity`: it never returns. */
  cutOff(name: string, spanMs: Millis): void;
  /** All that are cut off return. */
  returnAll(): void;
  /** Takes no new tasks while it is drained. */
  cordon(name: string, isCordoned: boolean): void;
}

export interface AgentsOptions {
  readonly tasks: Table<Task>;
  readonly agents: readonly Agent[];
  readonly clock: VirtualClock;
  readonly random: Random;
  /** How quick all is: 1 takes seconds. */
  readonly pace?: number;
  behaviourOf(version: string): Behaviour;
  /** Whether what does as it should ends. */
  isBatch(): boolean;
  partition(): Partition;
  /** Whether its record cannot be read now: then nothing is written of it. */
  isHidden(task: Task): boolean;
  /** The most that a task takes to stop, its hook included. */
  stopsWithinMs(): Millis;
}

const SLOW_MS = 100_000;
const ENDS_KEPT = 2;
const HIDDEN_AGAIN_MS = 5_000;

export function createAgents(options: AgentsOptions): Agents {
  const { tasks, agents, clock, random, pace = 1 } = options;
  const away = new Map<string, number>();
  const cordoned = new Set<string>();
  let cuts = 0;

  const within = (least: Millis, most: Millis) =>
    Math.round((least + random.next() * (most - least)) * pace);

  function now(task: Task): Task | undefined {
    const found = tasks.get(keyText(keyOf(task)));
    return found?.metadata.uid === task.metadata.uid ? found : undefined;
  }

  function change(task: Task, status: Partial<TaskStatus>): void {
    const entered = status.phase === undefined ? {} : { phaseSince: toTimestamp(clock.now()) };
    tasks.put({ ...task, status: { ...task.status, ...entered, ...status } });
  }

  /** Later, if the task is then as it must be. */
  function later(task: Task, delayMs: Millis, act: (task: Task) => void): void {
    clock.after(delayMs, () => {
      const found = now(task);
      if (found !== undefined && isLive(found)) act(found);
      else if (options.isHidden(task)) later(task, HIDDEN_AGAIN_MS, act);
    });
  }

  function isAway({ status }: Task): boolean {
    return status?.agent !== undefined && away.has(status.agent);
  }

  function end(task: Task, status: Partial<TaskStatus>): void {
    change(task, { ...status, finishedAt: toTimestamp(clock.now()) });
    forget(task);
  }

  /** What is being stopped goes with its end; of the others the last are kept. */
  function forget({ metadata, spec }: Task): void {
    const ended = now({ metadata } as Task);
    if (ended !== undefined && isDeleting(ended)) tasks.drop(keyText(keyOf(ended)));
    for (let attempt = spec.attempt - ENDS_KEPT; attempt >= 0; attempt -= 1) {
      const name = metadata.name.replace(/\d+$/, String(attempt));
      const old = tasks.get(keyText({ namespace: metadata.namespace ?? 'default', name }));
      if (old === undefined) return;
      if (isTerminal(old)) tasks.drop(keyText(keyOf(old)));
    }
  }

  function place(task: Task): void {
    if (phaseOf(task) !== 'Pending' || isDeleting(task)) return;
    const leaver = [...beside(task)].find(isMoving);
    const wanted = task.spec.agent ?? (leaver && moveTargetOf(leaver));
    const free = agents
      .map(({ metadata }) => metadata.name)
      .filter((name) => !away.has(name) && !cordoned.has(name))
      .filter((name) => wanted === undefined || name === wanted)
      .filter((name) => leaver === undefined || name !== leaver.status?.agent || agents.length < 2);
    const agent = free[Math.floor(random.next() * free.length)];
    const behaviour = options.behaviourOf(task.spec.version);
    if (agent === undefined || behaviour === 'no room') later(task, within(4_000, 6_000), place);
    else {
      const boundAt = toTimestamp(clock.now());
      const mesosTaskId = `${task.metadata.name}.${task.metadata.uid}`;
      change(task, { phase: 'Staging', agent, agentId: agent, boundAt, mesosTaskId });
      const startMs = behaviour === 'slow' ? SLOW_MS : within(300, 3_000);
      later(task, startMs, (found) => start(found, behaviour));
    }
  }

  function* beside({ metadata: { name, namespace = 'default' }, spec }: Task): Generator<Task> {
    for (let back = 1; back <= ENDS_KEPT + 2; back += 1) {
      const other = name.replace(/\d+$/, String(spec.attempt - back));
      const found = tasks.get(keyText({ namespace, name: other }));
      if (found !== undefined && isLive(found)) yield found;
    }
  }

  function start(task: Task, behaviour: Behaviour): void {
    if (isAway(task) || isDeleting(task) || phaseOf(task) !== 'Staging') return;
    if (behaviour === 'bad image') {
      end(task, { phase: 'Failed', fault: 'System', reason: 'TaskInvalid', message: 'no image' });
      return;
    }
    change(task, { phase: 'Running', startedAt: toTimestamp(clock.now()) });
    const ends = endOf(behaviour);
    if (behaviour !== 'never ready') later(task, within(0, 2_000), beReady);
    if (ends !== undefined) later(task, ends.afterMs, (found) => endByItself(found, ends.status));
  }

  function beReady(task: Task): void {
    if (isAway(task) || phaseOf(task) !== 'Running' || task.status?.ready === true) return;
    change(task, { ready: true, healthy: true, readySince: toTimestamp(clock.now()) });
  }

  function endOf(behaviour: Behaviour) {
    const status = { phase: 'Failed', fault: 'Program', exitCode: 3 } as const;
    if (behaviour === 'crashes') return { afterMs: within(500, 3_000), status };
    if (behaviour === 'crashes later') return { afterMs: within(20_000, 60_000), status };
    if (behaviour === 'sometimes crashes' && random.next() < 0.15) {
      return { afterMs: within(500, 30_000), status };
    }
    if (behaviour === 'overruns') {
      const reason = RUNTIME_LIMIT_EXCEEDED;
      return { afterMs: 60_000, status: { ...status, phase: 'Failed', reason } as const };
    }
    const well = { phase: 'Succeeded', fault: 'None', exitCode: 0 } as const;
    if (behaviour === 'exits') return { afterMs: within(500, 3_000), status: well };
    return options.isBatch() ? { afterMs: within(3_000, 40_000), status: well } : undefined;
  }

  /** Nobody hears of it while the agent is cut off: then it is found when it returns. */
  function endByItself(task: Task, status: Partial<TaskStatus>): void {
    if (isDeleting(task)) return;
    if (isAway(task)) later(task, 5_000, (found) => endByItself(found, status));
    else end(task, status);
  }

  function stop(task: Task): void {
    if (phaseOf(task) === 'Pending') end(task, { phase: 'Killed', fault: 'None' });
    else if (isAway(task)) later(task, within(3_000, 5_000), stop);
    else end(task, { phase: 'Killed', fault: 'None' });
  }

  function lose(task: Task): void {
    end(task, { phase: 'Lost', fault: 'System', reason: 'AgentLost' });
  }

  function giveUp(name: string, cut: number): void {
    if (away.get(name) !== cut) return;
    for (const task of [...tasks.values()]) {
      if (isLive(task) && task.status?.agent === name) lose(task);
    }
  }

  function replaceable(name: string, cut: number): void {
    if (away.get(name) !== cut) return;
    for (const task of [...tasks.values()]) {
      if (isLive(task) && task.status?.agent === name) {
        change(task, { replaceableSince: toTimestamp(clock.now()) });
      }
    }
  }

  function comeBack(name: string): void {
    away.delete(name);
    for (const task of [...tasks.values()]) {
      if (phaseOf(task) !== 'Unreachable' || task.status?.agent !== name) continue;
      const { replaceableSince: _, ...status } = task.status;
      const phase = status.startedAt === undefined ? 'Staging' : 'Running';
      const next = tasks.put({
        ...task,
        status: { ...status, phase, phaseSince: toTimestamp(clock.now()) },
      });
      if (phase === 'Staging') {
        later(next, within(300, 2_000), (found) => {
          start(found, options.behaviourOf(found.spec.version));
        });
      } else later(next, within(0, 1_000), beReadyAfter);
    }
  }

  /** One that was cut off between its start and its readiness gets ready after its return. */
  function beReadyAfter(task: Task): void {
    if (options.behaviourOf(task.spec.version) !== 'never ready') beReady(task);
  }

  return {
    list: agents,
    look(task) {
      if (isDeleting(task) && isTerminal(task)) clock.after(100, () => forget(task));
      else if (isDeleting(task)) later(task, within(100, options.stopsWithinMs()), stop);
      else if (phaseOf(task) === 'Pending') later(task, within(100, 1_500), place);
    },
    crash(task) {
      if (!isAway(task)) end(task, { phase: 'Failed', fault: 'Program', exitCode: 1 });
    },
    sicken(task, spanMs) {
      if (isAway(task) || task.status?.ready !== true) return;
      change(task, { ready: false });
      later(task, spanMs, beReadyAfter);
    },
    lose,
    cutOff(name, spanMs) {
      if (away.has(name)) return;
      cuts += 1;
      const cut = cuts;
      away.set(name, cut);
      const { replaceAfterMs, giveUpAfterMs } = options.partition();
      for (const task of [...tasks.values()]) {
        if (isLive(task) && task.status?.agent === name) change(task, { phase: 'Unreachable' });
      }
      clock.after(replaceAfterMs, () => replaceable(name, cut));
      clock.after(giveUpAfterMs, () => giveUp(name, cut));
      clock.after(spanMs, () => {
        if (away.get(name) === cut) comeBack(name);
      });
    },
    returnAll() {
      for (const name of [...away.keys()]) comeBack(name);
    },
    cordon(name, isCordoned) {
      if (isCordoned) cordoned.add(name);
      else cordoned.delete(name);
    },
  };
}
