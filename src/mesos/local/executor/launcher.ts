import type { V1Command, V1Resource, V1Task } from '../../v1.ts';
import type { V1Executor } from '../../v1-container.ts';
import type { CheckPlan, CheckResult } from './checks.ts';

export type TaskEnd =
  | { readonly how: 'exited'; readonly code: number }
  | { readonly how: 'signaled'; readonly signal: number }
  /** What ran the container died itself, and the container with it. */
  | { readonly how: 'executorLost' }
  /** It took more of something than it may. */
  | { readonly how: 'limited'; readonly by: 'MEMORY' | 'DISK'; readonly message: string }
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

/** An executor's container, which holds those of its tasks. */
export interface Holder {
  readonly info: V1Executor;
  readonly containerId: string;
  /** What it finds in its environment beside what every container finds. */
  readonly variables: Readonly<Record<string, string>>;
}

/** One container: a task's, or where `task` is absent its executor's own. */
export interface ContainerOrder {
  readonly frameworkId: string;
  readonly task?: V1Task;
  /** Absent: the task has no executor but its own command. */
  readonly holder?: Holder;
}

export type TaskOrder = ContainerOrder & { readonly task: V1Task };

export interface RunningTask {
  /** Asks it to end. */
  terminate(): void;
  /** Ends it. */
  kill(): void;
  /**
   * Carries a check out once. Returns what ends it early, after which `done` is not called; it may
   * be called before this returns.
   */
  check(plan: CheckPlan, done: (result: CheckResult) => void): () => void;
  /** Stops watching it; it runs on. */
  release(): void;
}

/** What a container has used so far. */
export interface Usage {
  readonly userSeconds: number;
  readonly systemSeconds: number;
  readonly residentBytes: number;
}

/** Told of a command that runs in a container, in this order of lines for each of its outputs. */
export interface CommandObserver {
  said(stream: 'STDOUT' | 'STDERR', bytes: Buffer): void;
  /** Called once, and last. */
  ended(end: TaskEnd): void;
}

export interface RunningCommand {
  readonly pid: number | undefined;
  write(bytes: Uint8Array): void;
  closeInput(): void;
  signal(number: number): void;
}

/** A look into containers, where there is anything to be seen. */
export interface Inside {
  /** The folder that holds all sandboxes. */
  readonly root: string;
  sandbox(order: ContainerOrder): string;
  /** Of all processes in the groups of these. */
  usage(pids: readonly number[]): Usage;
  /** Runs a command in a container's sandbox and environment; it ends with the agent. */
  run(order: ContainerOrder, command: V1Command, observer: CommandObserver): RunningCommand;
}

/** What an agent runs containers with: processes of this machine, or a script of a simulated one. */
export interface Launcher {
  start(order: ContainerOrder, observer: Observer): RunningTask;
  /**
   * Takes up a container that an earlier life of the agent started. Without a mark, `started` is
   * called if it runs; if it ended meanwhile, `ended` is. Returns `undefined` where it does not run.
   */
  recover(
    order: ContainerOrder,
    mark: TaskMark | undefined,
    observer: Observer,
  ): RunningTask | undefined;
  /**
   * Lends an executor's container what a task of its is launched with: persistent volumes among it are in
   * its sandbox until it ends. Returns why that cannot be. Absent: there is nothing to see.
   */
  lend?(order: ContainerOrder, resources: readonly V1Resource[]): string | undefined;
  /** It is over and everyone knows: what it left behind may go. */
  forget(order: ContainerOrder): void;
  /** What the agent has now and what it had before, persistent volumes among it: what is had no more is destroyed. Absent: they hold nothing. */
  keep?(now: readonly V1Resource[], before: readonly V1Resource[]): void;
  /** Absent: nothing is inside. */
  readonly inside?: Inside;
}
