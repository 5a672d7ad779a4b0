/**
 * An executor of a framework's own: a program that speaks the v1 executor API to its agent. It has
 * a minute to subscribe; what it is to launch waits for that. It outlives the agent, and subscribes
 * again to its next life.
 */
import type { Millis } from '../../../api/object.ts';
import type { V1AgentInfo, V1Framework, V1KillPolicy, V1Status, V1Task } from '../../v1.ts';
import type { V1ExecutorCall, V1ExecutorEvent } from '../../v1-executor.ts';
import type { LaunchOrder } from '../link.ts';
import { containerStatus, waitStatus } from './container-status.ts';
import type { HolderOptions } from './default-executor.ts';
import { Deliveries, executorOnWire } from './deliveries.ts';
import type { ContainerOrder, Observer, RunningTask, TaskEnd, TaskMark } from './launcher.ts';
import type { Executor, KeptRun, KeptTaskRun, Saying } from './port.ts';

export interface CustomOptions extends HolderOptions {
  readonly role: string;
  framework(): V1Framework;
  agent(): V1AgentInfo;
}

/** Where an executor's events go. */
export interface ExecutorStream {
  send(event: V1ExecutorEvent): void;
  end(): void;
}

interface Kept {
  readonly mark?: TaskMark;
}

const registrationMs = 60_000;
const reregistrationMs = 15_000;
const shutdownGraceMs = 5_000;

export class CustomExecutor implements Executor {
  readonly #options: CustomOptions;
  readonly #tasks = new Deliveries();
  readonly #kills = new Map<string, V1KillPolicy | undefined>();
  #stream: ExecutorStream | undefined;
  #mark: TaskMark | undefined;
  #container: RunningTask | undefined;
  #isOver = false;
  #wasStarted: boolean;
  #isShuttingDown = false;
  #stopTimer = () => {};
  #stopStart = () => {};

  constructor(options: CustomOptions) {
    const before = options.before as Kept | undefined;
    this.#options = options;
    this.#mark = before?.mark;
    this.#wasStarted = before !== undefined;
  }

  get isLingering(): boolean {
    return this.#container !== undefined;
  }

  get isSubscribed(): boolean {
    return this.#stream !== undefined;
  }

  get pid(): number | undefined {
    return this.#mark?.pid;
  }

  launch(orders: readonly LaunchOrder[]): void {
    this.#tasks.add(orders.filter((order) => this.#lend(order)));
    this.#deliver();
    if (this.#wasStarted) return;
    this.#wasStarted = true;
    this.#keep();
    const { clock, launcher, startDelayMs = 0 } = this.#options.tools;
    this.#stopStart = clock.after(startDelayMs, () => {
      this.#awaitSubscription(registrationMs, 'REGISTRATION', 'register');
      const container = launcher.start(this.#order(), this.#observer());
      if (!this.#isOver) this.#container = container;
    });
  }

  recover(tasks: readonly KeptTaskRun[]): void {
    for (const { order, state } of tasks) {
      this.#tasks.set(order, state === 'TASK_STAGING' ? 'delivered' : 'updated');
    }
    const { launcher } = this.#options.tools;
    const container = launcher.recover(this.#order(), this.#mark, this.#observer());
    if (this.#isOver) return;
    this.#container = container;
    if (container) this.#awaitSubscription(reregistrationMs, 'REREGISTRATION', 'reregister');
    else this.#ended({ how: 'executorLost' });
  }

  /** The executor's stream; an earlier one ends. What waited for it is sent. */
  subscribe(stream: ExecutorStream, call: V1ExecutorCall['subscribe']): void {
    this.#stopTimer();
    this.#stream?.end();
    this.#stream = stream;
    const { holder, role, framework, agent } = this.#options;
    stream.send({
      type: 'SUBSCRIBED',
      subscribed: {
        executor_info: executorOnWire(holder.info, role),
        framework_info: framework(),
        agent_info: agent(),
        container_id: { value: holder.containerId },
      },
    });
    for (const { status } of call?.unacknowledged_updates ?? []) this.update(status);
    this.#dropUnknown(new Set((call?.unacknowledged_tasks ?? []).map(idOfTask)));
    this.#deliver();
    for (const [taskId, policy] of this.#kills) this.#sendKill(taskId, policy);
    this.#kills.clear();
    if (this.#isShuttingDown) stream.send({ type: 'SHUTDOWN' });
  }

  /** The connection of a stream is gone; the executor may subscribe again. */
  closed(stream: ExecutorStream): void {
    if (this.#stream === stream) this.#stream = undefined;
  }

  /** Takes an update of one of its tasks, and tells it so; of other tasks none is heard. */
  update(status: V1Status): void {
    const { task_id, uuid } = status;
    if (this.#tasks.updated(task_id.value)) {
      const { frameworkId, holder, tools } = this.#options;
      const container_status = containerStatus({ value: holder.containerId }, this.#mark?.pid);
      tools.host.update(frameworkId, task_id.value, { ...sayingOf(status), container_status });
    }
    if (uuid === undefined) return;
    this.#stream?.send({ type: 'ACKNOWLEDGED', acknowledged: { task_id, uuid } });
  }

  /** From the executor to its framework. */
  say(data: string): void {
    const { frameworkId, executorId, tools } = this.#options;
    tools.host.message(frameworkId, executorId, data);
  }

  kill(taskId: string, policy: V1KillPolicy | undefined): void {
    const task = this.#tasks.find(taskId);
    if (!task) return;
    if (task.delivery === 'waiting') this.#killWaiting(task.order);
    else if (this.#stream) this.#sendKill(taskId, policy);
    else this.#kills.set(taskId, policy);
  }

  /** Lost while it is not subscribed, as Mesos loses it. */
  message(data: string): void {
    this.#stream?.send({ type: 'MESSAGE', message: { data } });
  }

  shutdown(): void {
    if (this.#isOver) return;
    this.#isShuttingDown = true;
    for (const order of this.#tasks.takeAllBack()) this.#killWaiting(order);
    if (!this.#container) {
      this.#stopStart();
      this.#ended({ how: 'exited', code: 0 });
      return;
    }
    this.#stream?.send({ type: 'SHUTDOWN' });
    const { tools, holder } = this.#options;
    const nanoseconds = holder.info.shutdown_grace_period?.nanoseconds;
    const graceMs = nanoseconds === undefined ? shutdownGraceMs : nanoseconds / 1e6;
    this.#stopTimer();
    this.#stopTimer = tools.clock.after(graceMs, () => this.#container?.kill());
  }

  end(): void {
    this.#isOver = true;
    this.#stopTimers();
    this.#stream?.send({ type: 'SHUTDOWN' });
    this.#container?.terminate();
  }

  endNow(): void {
    this.#container?.kill();
  }

  release(): void {
    this.#stopTimers();
    this.#stream?.end();
    this.#container?.release();
    this.#container = undefined;
  }

  forget(order: LaunchOrder): void {
    this.#tasks.forget(order);
    this.#forgetIfDone();
  }

  keptRun(): KeptRun | undefined {
    return { containerId: this.#options.holder.containerId };
  }

  kept(): Kept {
    return this.#mark ? { mark: this.#mark } : {};
  }

  #order(): ContainerOrder {
    const { frameworkId, holder } = this.#options;
    return { frameworkId, holder };
  }

  #observer(): Observer {
    return {
      started: (mark) => {
        this.#mark = mark;
        this.#keep();
      },
      ended: (end) => this.#ended(end),
    };
  }

  /** @returns whether the executor has what the task is launched with; where not, the task has failed */
  #lend(order: LaunchOrder): boolean {
    const { resources = [] } = order.task;
    const message = this.#options.tools.launcher.lend?.(this.#order(), resources);
    if (message === undefined) return true;
    const reason = 'REASON_CONTAINER_LAUNCH_FAILED';
    this.#tell(order, { state: 'TASK_FAILED', source: 'SOURCE_AGENT', reason, message });
    return false;
  }

  #awaitSubscription(limitMs: Millis, what: string, verb: string): void {
    this.#stopTimer = this.#options.tools.clock.after(limitMs, () => {
      const reason = `REASON_EXECUTOR_${what}_TIMEOUT`;
      const within = limitMs === registrationMs ? '1mins' : `${limitMs / 1000}secs`;
      const message = `Executor did not ${verb} within ${within}`;
      for (const order of this.#tasks.orders()) {
        this.#tell(order, { state: 'TASK_FAILED', source: 'SOURCE_AGENT', reason, message });
      }
      this.#container?.kill();
    });
  }

  #deliver(): void {
    const stream = this.#stream;
    if (stream && !this.#isShuttingDown) this.#tasks.send((event) => stream.send(event));
  }

  /** Tasks whose launch was lost with the agent's earlier life. */
  #dropUnknown(known: ReadonlySet<string>): void {
    for (const order of this.#tasks.lost(known)) {
      this.#tell(order, {
        state: 'TASK_DROPPED',
        source: 'SOURCE_AGENT',
        reason: 'REASON_AGENT_RESTARTED',
        message: 'Task launched during agent restart',
      });
    }
  }

  #killWaiting(order: LaunchOrder): void {
    this.#tasks.takeBack(order);
    this.#tell(order, {
      state: 'TASK_KILLED',
      source: 'SOURCE_AGENT',
      reason: 'REASON_TASK_KILLED_DURING_LAUNCH',
      message: 'Killed before delivery to the executor',
    });
  }

  #sendKill(taskId: string, policy: V1KillPolicy | undefined): void {
    const kill = { task_id: { value: taskId }, ...(policy ? { kill_policy: policy } : {}) };
    this.#stream?.send({ type: 'KILL', kill });
  }

  #tell({ frameworkId, task }: LaunchOrder, saying: Saying): void {
    this.#options.tools.host.update(frameworkId, task.task_id.value, saying);
  }

  #ended(end: TaskEnd): void {
    this.#container = undefined;
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopTimers();
    this.#stream?.end();
    this.#stream = undefined;
    const { frameworkId, executorId, tools } = this.#options;
    tools.host.exited(frameworkId, executorId, waitStatus(end));
    this.#forgetIfDone();
  }

  #forgetIfDone(): void {
    if (this.#isOver && this.#tasks.isEmpty) this.#options.tools.launcher.forget(this.#order());
  }

  #keep(): void {
    const { frameworkId, executorId, tools } = this.#options;
    tools.host.keepExecutor(frameworkId, executorId);
  }

  #stopTimers(): void {
    this.#stopStart();
    this.#stopTimer();
  }
}

function idOfTask({ task_id }: V1Task): string {
  return task_id.value;
}

function sayingOf(status: V1Status): Saying {
  const { task_id: _task, agent_id: _agent, executor_id: _executor, ...saying } = status;
  return saying;
}
