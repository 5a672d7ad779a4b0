/** Between an agent and what runs its tasks: a command, the default executor, or a framework's own. */
import type { Millis } from '../../../api/object.ts';
import type { Clock, Random } from '../../../runtime/port.ts';
import type { V1KillPolicy, V1Status } from '../../v1.ts';
import type { LaunchOrder } from '../link.ts';
import type { CheckStanding } from './checks.ts';
import type { Launcher, TaskMark } from './launcher.ts';

/** What is told of a task; the agent adds whose it is, and what is absent of time and uuid. */
export type Saying = Omit<V1Status, 'task_id' | 'agent_id' | 'executor_id'>;

/** What is written down of a task's run; plain JSON. */
export interface KeptRun {
  readonly containerId: string;
  readonly mark?: TaskMark;
  readonly killing?: boolean;
  readonly checks?: CheckStanding;
  /** Its health check ends it. */
  readonly unhealthy?: boolean;
}

/** A task that an earlier life of the agent launched, and is not over. */
export interface KeptTaskRun {
  readonly order: LaunchOrder;
  readonly state: string;
  readonly run: KeptRun | undefined;
}

/** The agent, as an executor sees it. An executor's own id is absent where its task has no other. */
export interface ExecutorHost {
  /** Told for any number of times; what comes after a terminal state is not heard. */
  update(frameworkId: string, taskId: string, saying: Saying): void;
  /** What `keptRun` says of a task has changed. */
  keepTask(frameworkId: string, taskId: string): void;
  /** What `kept` says of the executor has changed. */
  keepExecutor(frameworkId: string, executorId: string): void;
  message(frameworkId: string, executorId: string, data: string): void;
  /** Its container is gone; called once, and last. `status` is as `wait` gives it. */
  exited(frameworkId: string, executorId: string, status: number): void;
}

/** What every executor of an agent works with. */
export interface ExecutorTools {
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly random: Random;
  readonly host: ExecutorHost;
  /** How long a task takes to be handed over; a kill in this time finds nothing to end. */
  readonly startDelayMs?: Millis;
}

export interface Executor {
  /** Runs tasks that were launched together. */
  launch(orders: readonly LaunchOrder[]): void;
  /** Takes up what an earlier life of the agent left, once and first. */
  recover(tasks: readonly KeptTaskRun[]): void;
  kill(taskId: string, policy: V1KillPolicy | undefined): void;
  /** A message of its framework, in base64. */
  message(data: string): void;
  /** Asks it and its tasks to end, and ends what does not in time. */
  shutdown(): void;
  /** The agent ends, and this with it: asks for it, and tells nothing. */
  end(): void;
  endNow(): void;
  /** Leaves it running for the next life of the agent. */
  release(): void;
  /** Everything is told of the task: it may be forgotten. */
  forget(order: LaunchOrder): void;
  /** Whether a process of it may still run that we watch. */
  readonly isLingering: boolean;
  /** Of its own container; `undefined` while there is none. */
  readonly pid: number | undefined;
  keptRun(taskId: string): KeptRun | undefined;
  /** What is written down of the executor itself; plain JSON. */
  kept(): unknown;
}
