/** One task on an agent, from its order to its last acknowledged update. */
import type { Millis } from '../../../api/object.ts';
import type { Clock, Random } from '../../../runtime/port.ts';
import type { V1KillPolicy, V1Status } from '../../v1.ts';
import { startChecker } from '../executor/checker.ts';
import { type CheckStanding, checksInStatus, judgeCheck, planChecks } from '../executor/checks.ts';
import type { Launcher, Observer, RunningTask, TaskMark } from '../executor/launcher.ts';
import { describeEnd, type Ending } from '../executor/status.ts';
import type { HeldTask, LaunchOrder } from '../link.ts';
import { isTerminal } from '../master/state.ts';
import { type UpdateStream, updateStream } from './updates.ts';

/** What is written down of a task. */
export interface KeptTask {
  readonly order: LaunchOrder;
  readonly state: string;
  readonly containerId: string;
  readonly killing: boolean;
  readonly silent: boolean;
  readonly mark?: TaskMark;
  readonly checks?: CheckStanding;
  /** Its health check ends it. */
  readonly unhealthy?: boolean;
  readonly sent?: V1Status;
  readonly pending: readonly V1Status[];
}

export interface TaskOptions {
  readonly order: LaunchOrder;
  /** What an earlier life of the agent wrote down. */
  readonly before?: KeptTask;
  readonly launcher: Launcher;
  readonly clock: Clock;
  readonly random: Random;
  readonly startDelayMs?: Millis;
  agentId(): string;
  save(): void;
  send(status: V1Status, newest: string): void;
  /** Its last update was acknowledged. */
  done(): void;
}

type Saying = Omit<Ending, 'message'> &
  Pick<V1Status, 'healthy' | 'check_status'> & { readonly message?: string };

const defaultGraceMs = 3_000;
const shutdownGraceMs = 5_000;

export class AgentTask {
  readonly order: LaunchOrder;
  #options: TaskOptions;
  #state: string;
  #containerId: string;
  #killing: boolean;
  /** The framework is gone: nobody is told. */
  #silent: boolean;
  #mark: TaskMark | undefined;
  #checks: CheckStanding | undefined;
  #unhealthy: boolean;
  #sent: V1Status | undefined;
  #updates: UpdateStream;
  #running: RunningTask | undefined;
  #killAskedAt: Millis | undefined;
  #stopStart = () => {};
  #stopKill = () => {};
  #stopChecks: (() => void) | undefined;

  constructor(options: TaskOptions) {
    const { order, before, clock, random } = options;
    this.#options = options;
    this.order = order;
    this.#state = before?.state ?? 'TASK_STAGING';
    this.#containerId = before?.containerId ?? random.uuid();
    this.#killing = before?.killing ?? false;
    this.#silent = before?.silent ?? false;
    this.#mark = before?.mark;
    this.#checks = before?.checks;
    this.#unhealthy = before?.unhealthy ?? false;
    this.#sent = before?.sent;
    this.#updates = updateStream(clock, (status) => this.#send(status), before?.pending);
  }

  get isOver(): boolean {
    return isTerminal(this.#state);
  }

  /** Whether a process of it may still run that we watch. */
  get isLingering(): boolean {
    return this.#running !== undefined;
  }

  held(): HeldTask {
    return { order: this.order, state: this.#state, sent: this.#sent };
  }

  kept(): KeptTask {
    return {
      order: this.order,
      state: this.#state,
      containerId: this.#containerId,
      killing: this.#killing,
      silent: this.#silent,
      ...(this.#mark ? { mark: this.#mark } : {}),
      ...(this.#checks ? { checks: this.#checks } : {}),
      ...(this.#unhealthy ? { unhealthy: true } : {}),
      ...(this.#sent ? { sent: this.#sent } : {}),
      pending: this.#updates.pending,
    };
  }

  launch(): void {
    const { clock, launcher, startDelayMs = 0 } = this.#options;
    this.#stopStart = clock.after(startDelayMs, () => {
      const running = launcher.start(this.order, this.#observer());
      if (this.isOver) return;
      this.#running = running;
      this.#startChecks();
    });
  }

  /** Finds out what became of it while the agent was away. */
  recover(): void {
    if (this.isOver) return;
    const running = this.#options.launcher.recover(this.order, this.#mark, this.#observer());
    if (this.isOver) return;
    this.#running = running;
    if (running && this.#killing) this.kill(undefined);
    if (running) {
      this.#startChecks();
      return;
    }
    const message = 'The agent restarted before it launched the task';
    const reason = 'REASON_AGENT_RESTARTED';
    this.#tell({ state: 'TASK_DROPPED', source: 'SOURCE_AGENT', reason, message });
  }

  kill(policy: V1KillPolicy | undefined): void {
    this.#kill(graceOf(policy) ?? graceOf(this.order.task.kill_policy) ?? defaultGraceMs);
  }

  acknowledge(uuid: string): void {
    const status = this.#updates.acknowledge(uuid);
    if (!status) return;
    if (isTerminal(status.state)) this.#finish();
    else this.#options.save();
  }

  resend(): void {
    this.#updates.resend();
  }

  /** The framework is gone: end it and tell nobody. */
  shutdown(): void {
    this.#silent = true;
    this.#kill(shutdownGraceMs);
    if (this.isOver) this.#finish();
  }

  /** Asks the process to end with the agent. The next life of the agent tells that it is gone. */
  end(): void {
    this.#stopTimers();
    if (!this.isOver) {
      const message = 'The agent was stopped, and its tasks with it';
      const reason = 'REASON_AGENT_RESTARTED';
      this.#tell({ state: 'TASK_GONE', source: 'SOURCE_AGENT', reason, message });
    }
    this.#updates.stop();
    this.#running?.terminate();
  }

  endNow(): void {
    this.#running?.kill();
  }

  /** Leaves it running for the next life of the agent. */
  release(): void {
    this.#stopTimers();
    this.#updates.stop();
    this.#running?.release();
  }

  #observer(): Observer {
    return {
      started: (mark) => {
        this.#mark = mark;
        this.#tell({ state: 'TASK_STARTING', source: 'SOURCE_EXECUTOR' });
        this.#tell({ state: 'TASK_RUNNING', source: 'SOURCE_EXECUTOR' });
        this.#startChecks();
      },
      ended: (end) => {
        this.#running = undefined;
        if (this.isOver) return;
        this.#stopKill();
        this.#stopChecks?.();
        this.#tell(describeEnd(end, this.#killing));
        if (this.#silent) this.#finish();
      },
    };
  }

  #kill(graceMs: Millis): void {
    if (this.isOver) return;
    if (!this.#running) {
      this.#stopStart();
      this.#tell({
        state: 'TASK_KILLED',
        source: 'SOURCE_AGENT',
        reason: 'REASON_TASK_KILLED_DURING_LAUNCH',
        message: 'Killed before delivery to the executor',
      });
      return;
    }
    const { clock, save } = this.#options;
    if (!this.#killing) {
      this.#killing = true;
      if (!this.order.tellsKilling) save();
      else this.#tell({ state: 'TASK_KILLING', source: 'SOURCE_EXECUTOR' });
    }
    this.#stopChecks?.();
    this.#killAskedAt ??= clock.now();
    this.#stopKill();
    const leftMs = this.#killAskedAt + graceMs - clock.now();
    this.#stopKill = clock.after(leftMs, () => this.#running?.kill());
    this.#running.terminate();
  }

  /** Once it both runs and is in our hands, which come in either order. */
  #startChecks(): void {
    const running = this.#running;
    if (!running || this.#killing || this.#stopChecks || this.#state !== 'TASK_RUNNING') return;
    const { clock } = this.#options;
    const { task } = this.order;
    const plans = planChecks(task);
    if (plans.length === 0) return;
    const start = this.#checks ?? { sinceMs: clock.now(), failures: 0 };
    this.#stopChecks = startChecker({
      plans,
      clock,
      running,
      report: (kind, result) => {
        const ran = { kind, result, now: clock.now() };
        const { standing, reason, kill } = judgeCheck(task, this.#checks ?? start, ran);
        this.#checks = standing;
        if (kill) this.#unhealthy = true;
        const said = { state: 'TASK_RUNNING', source: 'SOURCE_EXECUTOR' } as const;
        if (reason !== undefined)
          this.#tell({ ...said, reason, ...checksInStatus(task, standing) });
        if (kill) this.kill(undefined);
      },
    });
  }

  #tell(saying: Saying): void {
    const { agentId, clock, random, save } = this.#options;
    const isExecutor = saying.source === 'SOURCE_EXECUTOR';
    this.#state = saying.state;
    this.#updates.add({
      task_id: this.order.task.task_id,
      ...(isExecutor ? checksInStatus(this.order.task) : {}),
      ...(isExecutor && this.#unhealthy && saying.state === 'TASK_KILLED'
        ? { healthy: false }
        : {}),
      ...saying,
      agent_id: { value: agentId() },
      executor_id: this.order.task.task_id,
      timestamp: clock.now() / 1000,
      uuid: Buffer.from(random.uuid().replaceAll('-', ''), 'hex').toString('base64'),
      ...(isExecutor ? { container_status: this.#container() } : {}),
    });
    save();
  }

  #container() {
    return {
      container_id: { value: this.#containerId },
      network_infos: [{ ip_addresses: [{ protocol: 'IPv4', ip_address: '127.0.0.1' }] }],
      ...(this.#mark ? { executor_pid: this.#mark.pid } : {}),
    };
  }

  #send(status: V1Status): void {
    this.#sent = status;
    if (!this.#silent) this.#options.send(status, this.#state);
  }

  #finish(): void {
    this.#updates.stop();
    this.#stopTimers();
    this.#options.done();
  }

  #stopTimers(): void {
    this.#stopStart();
    this.#stopKill();
    this.#stopChecks?.();
  }
}

function graceOf(policy: V1KillPolicy | undefined): Millis | undefined {
  const nanoseconds = policy?.grace_period?.nanoseconds;
  return nanoseconds === undefined ? undefined : nanoseconds / 1e6;
}
