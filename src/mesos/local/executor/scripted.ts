/** A machine that runs nothing: tasks live by a script, on the injected clock. */
import type { Millis } from '../../../api/object.ts';
import type { Clock, Random } from '../../../runtime/port.ts';
import { ByFramework } from '../by-framework.ts';
import type { CheckKind, CheckPlan, CheckResult } from './checks.ts';
import type {
  ContainerOrder,
  Launcher,
  Observer,
  RunningTask,
  TaskEnd,
  TaskMark,
  TaskOrder,
} from './launcher.ts';

export interface Script {
  readonly startMs: Millis;
  /** How long it runs by itself; absent: until it is killed. */
  readonly runMs?: Millis;
  readonly exitCode?: number;
  /** What it then ends with in place of an exit code; what is not launched never starts. */
  readonly end?: TaskEnd;
  /** How long it takes to end when asked; `Infinity` ignores the request. Default 0. */
  readonly endMs?: Millis;
  /** What it exits with when asked; absent: the signal ends it. */
  readonly endCode?: number;
  /** The signal that ends it when asked. Default: SIGTERM. */
  readonly endSignal?: number;
  /** What a check says that begins this long after the start. Default: exit status 0, at once. */
  readonly check?: (kind: CheckKind, ranMs: Millis) => ScriptedCheck;
}

export interface ScriptedCheck {
  readonly result: CheckResult;
  readonly tookMs: Millis;
}

export interface ScriptedOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** What becomes of a task. Default: it starts after 10 ms and runs until it is killed. */
  readonly script?: (order: TaskOrder, random: Random) => Script;
}

export interface ScriptedMachine extends Launcher {
  /** How many tasks run now, whoever knows of them. */
  readonly running: number;
  /** Task ids that run now. */
  taskIds(): readonly string[];
  /** The machine loses power: everything on it is gone. */
  crash(): void;
  /** One task's container dies, as by an outside `kill`. */
  endTask(taskId: string, end: TaskEnd): void;
  /** An executor's own container dies. */
  endExecutor(executorId: string, end: TaskEnd): void;
}

const defaultScript: Script = { startMs: 10 };
/** An executor exits by itself when asked. */
const executorScript: Script = { startMs: 10, endCode: 0 };
const sigterm = 15;

interface Birth {
  readonly order: ContainerOrder;
  readonly script: Script;
  readonly mark: TaskMark;
  readonly clock: Clock;
}

/** One container. There are as many of them as tasks, so that it is small. */
class Life implements RunningTask {
  readonly #birth: Birth;
  #observer: Observer | undefined;
  #end: TaskEnd | undefined;
  #startedMs: Millis | undefined;
  #stopTimer: () => void;

  constructor(birth: Birth, observer: Observer) {
    this.#birth = birth;
    this.#observer = observer;
    this.#stopTimer = birth.clock.after(birth.script.startMs, () => this.#start());
  }

  /** Absent: it is an executor's own. */
  get taskId(): string | undefined {
    return this.#birth.order.task?.task_id.value;
  }

  /** Of the executor whose own it is. */
  get executorId(): string | undefined {
    const { task, holder } = this.#birth.order;
    return task ? undefined : holder?.info.executor_id?.value;
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  get isRunning(): boolean {
    return this.#startedMs !== undefined && !this.isOver;
  }

  #start(): void {
    const { clock, script, mark } = this.#birth;
    this.#stopTimer = nothing;
    if (script.end?.how === 'notLaunched') {
      this.finish(script.end);
      return;
    }
    this.#startedMs = clock.now();
    this.#observer?.started(mark);
    if (this.isOver || script.runMs === undefined) return;
    const end = script.end ?? ({ how: 'exited', code: script.exitCode ?? 0 } as const);
    this.#stopTimer = clock.after(script.runMs, () => this.finish(end));
  }

  finish(end: TaskEnd): void {
    if (this.#end) return;
    this.#stopTimer();
    this.#end = end;
    this.#observer?.ended(end);
  }

  /** Nobody is told. */
  crash(): void {
    this.#stopTimer();
    this.#observer = undefined;
    this.#end ??= { how: 'executorLost' };
  }

  /** A later life of the agent looks; `known` is what it has of it. */
  watch(observer: Observer, known: TaskMark | undefined): void {
    this.#observer = observer;
    if (this.isRunning && !known) observer.started(this.#birth.mark);
    if (this.#end) observer.ended(this.#end);
  }

  terminate(): void {
    const { clock, script } = this.#birth;
    const { endMs = 0, endCode, endSignal = sigterm } = script;
    const end: TaskEnd =
      endCode === undefined
        ? { how: 'signaled', signal: endSignal }
        : { how: 'exited', code: endCode };
    if (endMs === 0) this.finish(end);
    else clock.after(endMs, () => this.finish(end));
  }

  kill(): void {
    this.finish({ how: 'signaled', signal: 9 });
  }

  check({ kind }: CheckPlan, done: (result: CheckResult) => void): () => void {
    const { clock, script } = this.#birth;
    const said = script.check?.(kind, clock.now() - (this.#startedMs ?? 0));
    return clock.after(said?.tookMs ?? 0, () => done(said ? said.result : 0));
  }

  release(): void {
    this.#observer = undefined;
  }
}

const nothing = () => {};

/** One simulated machine, to be given to one agent and its later lives. */
export function scriptedMachine(options: ScriptedOptions): ScriptedMachine {
  const { clock } = options;
  const lives = new ByFramework<Life>();
  let nextPid = 1;

  function begin(order: ContainerOrder, observer: Observer): RunningTask {
    const script = scriptOf(order, options);
    const mark = { pid: nextPid++, startedAt: String(clock.now()) };
    const life = new Life({ order, script, mark, clock }, observer);
    lives.set(order.frameworkId, nameOf(order), life);
    return life;
  }

  function runningTasks(): readonly string[] {
    const running = lives.values().filter((life) => life.isRunning);
    return running.flatMap(({ taskId }) => taskId ?? []);
  }

  return {
    start: begin,
    recover(order, mark, observer) {
      const life = lives.get(order.frameworkId, nameOf(order));
      life?.watch(observer, mark);
      return life?.isOver ? undefined : life;
    },
    forget: (order) => {
      lives.delete(order.frameworkId, nameOf(order));
    },
    get running() {
      return runningTasks().length;
    },
    taskIds: runningTasks,
    crash() {
      for (const life of lives.values()) life.crash();
    },
    endTask(taskId, end) {
      for (const life of lives.values()) if (life.taskId === taskId) life.finish(end);
    },
    endExecutor(executorId, end) {
      for (const life of lives.values()) if (life.executorId === executorId) life.finish(end);
    },
  };
}

function scriptOf(order: ContainerOrder, { script, random }: ScriptedOptions): Script {
  return isTask(order) ? (script?.(order, random) ?? defaultScript) : executorScript;
}

function isTask(order: ContainerOrder): order is TaskOrder {
  return order.task !== undefined;
}

function nameOf({ task, holder }: ContainerOrder): string {
  return task ? task.task_id.value : `executor ${holder?.containerId}`;
}
