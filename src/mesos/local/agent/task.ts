/** What an agent knows of one task, from its order to its last acknowledged update. */
import type { Clock, Random } from '../../../runtime/port.ts';
import type { V1KillPolicy, V1Status } from '../../v1.ts';
import type { Executor, KeptRun, Saying } from '../executor/port.ts';
import type { HeldTask, LaunchOrder } from '../link.ts';
import { isTerminal } from '../master/state.ts';
import { withNewest } from '../status-history.ts';
import { UpdateStream } from './updates.ts';

/** What is written down of a task. */
export interface KeptTask {
  readonly order: LaunchOrder;
  readonly state: string;
  readonly run?: KeptRun;
  readonly silent: boolean;
  /** What was sent, oldest first. */
  readonly statuses: readonly V1Status[];
  readonly pending: readonly V1Status[];
}

/** The agent, as its tasks see it. */
export interface TaskHost {
  readonly clock: Clock;
  readonly random: Random;
  save(task: AgentTask): void;
  send(task: AgentTask, status: V1Status): void;
  /** Its last update was acknowledged, or nobody is to be told. */
  done(task: AgentTask): void;
}

export interface TaskOptions {
  readonly order: LaunchOrder;
  /** Absent where it is over, and its executor with it. */
  readonly executor: Executor | undefined;
  /** What an earlier life of the agent wrote down. */
  readonly before?: KeptTask;
  readonly host: TaskHost;
}

export class AgentTask {
  readonly order: LaunchOrder;
  readonly executor: Executor | undefined;
  readonly #host: TaskHost;
  #state: string;
  /** An operator ends it. */
  #draining = false;
  /** The framework is gone: nobody is told. */
  #silent: boolean;
  #statuses: readonly V1Status[];
  readonly #updates: UpdateStream;

  constructor({ order, executor, before, host }: TaskOptions) {
    this.order = order;
    this.executor = executor;
    this.#host = host;
    this.#state = before?.state ?? 'TASK_STAGING';
    this.#silent = before?.silent ?? false;
    this.#statuses = before?.statuses ?? [];
    this.#updates = new UpdateStream(host.clock, (status) => this.#send(status), before?.pending);
  }

  get id(): string {
    return this.order.task.task_id.value;
  }

  get state(): string {
    return this.#state;
  }

  get isOver(): boolean {
    return isTerminal(this.#state);
  }

  /** The update that was last sent. */
  get sent(): V1Status | undefined {
    return this.#statuses.at(-1);
  }

  /** What was told of it, oldest first: of updates with the same state in a row the last. */
  get statuses(): readonly V1Status[] {
    return this.#statuses;
  }

  held(): HeldTask {
    return { order: this.order, state: this.#state, sent: this.sent, statuses: this.#statuses };
  }

  kept(): KeptTask {
    const run = this.isOver ? undefined : this.executor?.keptRun(this.id);
    return {
      order: this.order,
      state: this.#state,
      ...(run ? { run } : {}),
      silent: this.#silent,
      statuses: this.#statuses,
      pending: this.#updates.pending,
    };
  }

  kill(policy: V1KillPolicy | undefined): void {
    if (!this.isOver) this.executor?.kill(this.id, policy);
  }

  acknowledge(uuid: string): void {
    const status = this.#updates.acknowledge(uuid);
    if (!status) return;
    if (isTerminal(status.state)) this.#finish();
    else this.#host.save(this);
  }

  resend(): void {
    this.#updates.resend();
  }

  /** As `kill`, but for an operator, with at most so much time. */
  drain(policy: V1KillPolicy | undefined): void {
    this.#draining = true;
    this.kill(shorter(this.order.task.kill_policy, policy));
  }

  /** The framework is gone: nobody is told any more. */
  silence(): void {
    this.#silent = true;
    if (this.isOver) this.#finish();
    else this.#host.save(this);
  }

  /** The agent stops: no update is sent again. */
  stop(): void {
    this.#updates.stop();
  }

  /** Takes what became of it, once for each uuid; after a terminal state nothing is heard. */
  tell(saying: Saying): void {
    const isKnown = saying.uuid !== undefined && this.#updates.has(saying.uuid);
    if (this.isOver || isKnown) return;
    const { clock, random } = this.#host;
    const { task, executor } = this.order;
    this.#state = saying.state;
    const status = {
      task_id: task.task_id,
      ...saying,
      ...(this.#draining ? { reason: 'REASON_AGENT_DRAINING' } : {}),
      agent_id: task.agent_id,
      executor_id: executor?.executor_id ?? task.task_id,
      timestamp: saying.timestamp ?? clock.now() / 1000,
      uuid: saying.uuid ?? Buffer.from(random.uuid().replaceAll('-', ''), 'hex').toString('base64'),
    };
    this.#updates.add(status);
    this.#host.save(this);
    if (this.#silent && this.isOver) this.#finish();
  }

  #send(status: V1Status): void {
    this.#statuses = withNewest(this.#statuses, status);
    if (!this.#silent) this.#host.send(this, status);
  }

  #finish(): void {
    this.#updates.stop();
    this.#host.done(this);
  }
}

/** The time that a task asks for, but no more than an operator gives. */
function shorter(own: V1KillPolicy | undefined, most: V1KillPolicy | undefined): V1KillPolicy {
  const wanted = own?.grace_period?.nanoseconds ?? defaultGraceNanoseconds;
  const allowed = most?.grace_period?.nanoseconds ?? wanted;
  return { grace_period: { nanoseconds: Math.min(wanted, allowed) } };
}

const defaultGraceNanoseconds = 3e9;
