/** A machine that runs nothing: tasks live by a script, on the injected clock. */
import type { Millis } from '../../../api/object.ts';
import type { Clock, Random } from '../../../runtime/port.ts';
import type { CheckKind, CheckResult } from './checks.ts';
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

interface Life {
  /** Of its task; absent: it is an executor's own. */
  readonly taskId: string | undefined;
  readonly executorId: string | undefined;
  readonly mark: TaskMark;
  observer: Observer | undefined;
  end: TaskEnd | undefined;
  started: boolean;
  startedMs: Millis;
  stopTimer: () => void;
}

const defaultScript: Script = { startMs: 10 };
/** An executor exits by itself when asked. */
const executorScript: Script = { startMs: 10, endCode: 0 };
const sigterm = 15;

/** One simulated machine, to be given to one agent and its later lives. */
export function scriptedMachine(options: ScriptedOptions): ScriptedMachine {
  const { clock } = options;
  const lives = new Map<string, Life>();
  let nextPid = 1;

  function begin(order: ContainerOrder, observer: Observer): RunningTask {
    const script = scriptOf(order, options);
    const life: Life = {
      taskId: order.task?.task_id.value,
      executorId: order.holder?.info.executor_id?.value,
      mark: { pid: nextPid++, startedAt: String(clock.now()) },
      observer,
      end: undefined,
      started: false,
      startedMs: 0,
      stopTimer: () => {},
    };
    lives.set(keyOf(order), life);
    life.stopTimer = clock.after(script.startMs, () => {
      life.started = true;
      life.startedMs = clock.now();
      life.observer?.started(life.mark);
      if (life.end || script.runMs === undefined) return;
      const end: TaskEnd = { how: 'exited', code: script.exitCode ?? 0 };
      life.stopTimer = clock.after(script.runMs, () => finish(life, end));
    });
    return handle(life, script);
  }

  function finish(life: Life, end: TaskEnd): void {
    if (life.end) return;
    life.stopTimer();
    life.end = end;
    life.observer?.ended(end);
  }

  function handle(life: Life, script: Script): RunningTask {
    return {
      terminate() {
        const { endMs = 0, endCode, endSignal = sigterm } = script;
        const end: TaskEnd =
          endCode === undefined
            ? { how: 'signaled', signal: endSignal }
            : { how: 'exited', code: endCode };
        if (endMs === 0) finish(life, end);
        else clock.after(endMs, () => finish(life, end));
      },
      kill: () => finish(life, { how: 'signaled', signal: 9 }),
      check({ kind }, done) {
        const said = script.check?.(kind, clock.now() - life.startedMs);
        return clock.after(said?.tookMs ?? 0, () => done(said ? said.result : 0));
      },
      release() {
        life.observer = undefined;
      },
    };
  }

  return {
    start: begin,
    recover(order, mark, observer) {
      const life = lives.get(keyOf(order));
      if (!life) return undefined;
      life.observer = observer;
      if (life.started && !life.end && !mark) observer.started(life.mark);
      if (life.end) observer.ended(life.end);
      return life.end ? undefined : handle(life, scriptOf(order, options));
    },
    forget: (order) => {
      lives.delete(keyOf(order));
    },
    get running() {
      return [...lives.values()].filter((life) => life.taskId !== undefined && isRunning(life))
        .length;
    },
    taskIds: () => [...lives.values()].filter(isRunning).flatMap(({ taskId }) => taskId ?? []),
    crash() {
      for (const life of lives.values()) life.stopTimer();
      for (const life of lives.values()) life.observer = undefined;
      for (const life of lives.values()) life.end ??= { how: 'executorLost' };
    },
    endTask(taskId, end) {
      for (const life of lives.values()) if (life.taskId === taskId) finish(life, end);
    },
    endExecutor(executorId, end) {
      for (const life of lives.values()) {
        if (life.taskId === undefined && life.executorId === executorId) finish(life, end);
      }
    },
  };
}

function scriptOf(order: ContainerOrder, { script, random }: ScriptedOptions): Script {
  return isTask(order) ? (script?.(order, random) ?? defaultScript) : executorScript;
}

function isTask(order: ContainerOrder): order is TaskOrder {
  return order.task !== undefined;
}

function isRunning(life: Life): boolean {
  return life.started && life.end === undefined;
}

function keyOf({ frameworkId, task, holder }: ContainerOrder): string {
  return `${frameworkId} ${task ? task.task_id.value : `executor ${holder?.containerId}`}`;
}
