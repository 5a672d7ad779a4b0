import type { LaunchOrder } from '../link.ts';
import type { CheckPlan, CheckResult } from './checks.ts';

export type TaskEnd =
  | { readonly how: 'exited'; readonly code: number }
  | { readonly how: 'signaled'; readonly signal: number }
  /** What ran the task died itself, and the task with it. */
  | { readonly how: 'executorLost' }
  | { readonly how: 'notLaunched'; readonly message: string };

export interface Observer {
  /** It runs. `mark` is what `recover` needs to find it again; plain JSON. */
  started(mark: TaskMark): void;
  /** Called once, and last. */
  ended(end: TaskEnd): void;
}

export interface TaskMark {
  readonly pid: number;
  /** Tells this process from a later one with the same number. */
  readonly startedAt: string;
}

export interface RunningTask {
  /** Asks it to end. */
  terminate(): void;
  /** Ends it. */
  kill(): void;
  /**
   * Runs a check's command once beside it. Returns what ends the command early, after which `done`
   * is not called; it may be called before this returns.
   */
  check(plan: CheckPlan, done: (result: CheckResult) => void): () => void;
  /** Stops watching it; it runs on. */
  release(): void;
}

/** What an agent runs tasks with: processes of this machine, or a script of a simulated one. */
export interface Launcher {
  start(order: LaunchOrder, observer: Observer): RunningTask;
  /**
   * Takes up a task that an earlier life of the agent started. Without a mark, `started` is called
   * if it runs; if it ended meanwhile, `ended` is. Returns `undefined` where it does not run.
   */
  recover(
    order: LaunchOrder,
    mark: TaskMark | undefined,
    observer: Observer,
  ): RunningTask | undefined;
  /** The task is over and everyone knows: what it left behind may go. */
  forget(order: LaunchOrder): void;
}
