/** One task on an agent, from its order to its last acknowledged update. */
import type { Millis } from '../../api/object.ts';
import type { Clock, Random } from '../../runtime/port.ts';
import type { V1KillPolicy, V1Status } from '../v1.ts';
import type { Launcher, RunningTask, TaskEnd, TaskMark } from './launcher.ts';
import type { HeldTask, LaunchOrder } from './link.ts';
import { isTerminal } from './state.ts';
import { describeEnd, type Ending } from './status.ts';
import { updateStream } from './updates.ts';

export interface AgentTask {
  readonly order: LaunchOrder;
  readonly state: string;
  launch(): void;
  recover(): void;
  kill(policy: V1KillPolicy | undefined): void;
  acknowledge(uuid: string): void;
  resend(): void;
  /** The framework is gone: end it and tell nobody. */
  shutdown(): void;
  /** Asks the process to end with the agent. The next life of the agent tells that it is gone. */
  end(): void;
  endNow(): void;
  /** Whether a process of it may still run that we watch. */
  readonly isLingering: boolean;
  /** Leaves it running for the next life of the agent. */
  release(): void;
  held(): HeldTask;
  kept(): KeptTask;
}

/** What is written down of a task. */
export interface KeptTask {
  readonly order: LaunchOrder;
  readonly state: string;
  readonly containerId: string;
  readonly killing: boolean;
  readonly silent: boolean;
  readonly mark?: TaskMark;
  readonly sent?: V1Status;
  readonly pending: readonly V1Status[];
}

interface TaskOptions {
  readonly order: LaunchOrder;
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

const defaultGraceMs = 3_000;
const shutdownGraceMs = 5_000;

export function agentTask(options: TaskOptions): AgentTask {
  const { order, before, launcher, clock, random } = options;
  const taskId = order.task.task_id;
  const containerId = before?.containerId ?? random.uuid();
  const updates = updateStream(clock, (status) => put(status), before?.pending);
  let state = before?.state ?? 'TASK_STAGING';
  let killing = before?.killing ?? false;
  let silent = before?.silent ?? false;
  let mark = before?.mark;
  let sent = before?.sent;
  let running: RunningTask | undefined;
  let killAskedAt: Millis | undefined;
  let stopStart = () => {};
  let stopKill = () => {};

  function put(status: V1Status): void {
    sent = status;
    if (!silent) options.send(status, state);
  }

  function tell(saying: Omit<Ending, 'message'> & { readonly message?: string }): void {
    state = saying.state;
    const status: V1Status = {
      task_id: taskId,
      state: saying.state,
      ...(saying.message === undefined ? {} : { message: saying.message }),
      source: saying.source,
      ...(saying.reason === undefined ? {} : { reason: saying.reason }),
      agent_id: { value: options.agentId() },
      executor_id: taskId,
      timestamp: clock.now() / 1000,
      uuid: Buffer.from(random.uuid().replaceAll('-', ''), 'hex').toString('base64'),
      ...(saying.source === 'SOURCE_EXECUTOR' ? { container_status: container() } : {}),
    };
    updates.add(status);
    options.save();
  }

  function container() {
    return {
      container_id: { value: containerId },
      network_infos: [{ ip_addresses: [{ protocol: 'IPv4', ip_address: '127.0.0.1' }] }],
      ...(mark ? { executor_pid: mark.pid } : {}),
    };
  }

  const observer = {
    started(newMark: TaskMark) {
      mark = newMark;
      tell({ state: 'TASK_STARTING', source: 'SOURCE_EXECUTOR' });
      tell({ state: 'TASK_RUNNING', source: 'SOURCE_EXECUTOR' });
    },
    ended(end: TaskEnd) {
      running = undefined;
      if (isTerminal(state)) return;
      stopKill();
      tell(describeEnd(end, killing));
      if (silent) finish();
    },
  };

  function finish(): void {
    updates.stop();
    stopStart();
    options.done();
  }

  function killNow(graceMs: Millis): void {
    if (isTerminal(state)) return;
    if (!running) {
      stopStart();
      tell({
        state: 'TASK_KILLED',
        source: 'SOURCE_AGENT',
        reason: 'REASON_TASK_KILLED_DURING_LAUNCH',
        message: 'Killed before delivery to the executor',
      });
      return;
    }
    if (!killing) {
      killing = true;
      if (order.tellsKilling) tell({ state: 'TASK_KILLING', source: 'SOURCE_EXECUTOR' });
      else options.save();
    }
    killAskedAt ??= clock.now();
    running.terminate();
    stopKill();
    stopKill = clock.after(killAskedAt + graceMs - clock.now(), () => running?.kill());
  }

  return {
    order,
    get state() {
      return state;
    },
    launch() {
      stopStart = clock.after(options.startDelayMs ?? 0, () => {
        running = launcher.start(order, observer);
      });
    },
    recover() {
      if (isTerminal(state)) return;
      running = launcher.recover(order, mark, observer);
      if (running || isTerminal(state)) {
        if (running && killing) killNow(graceOf(order.task.kill_policy) ?? defaultGraceMs);
        return;
      }
      const message = 'The agent restarted before it launched the task';
      const reason = 'REASON_AGENT_RESTARTED';
      tell({ state: 'TASK_DROPPED', source: 'SOURCE_AGENT', reason, message });
    },
    kill: (policy) => killNow(graceOf(policy) ?? graceOf(order.task.kill_policy) ?? defaultGraceMs),
    acknowledge(uuid) {
      const status = updates.acknowledge(uuid);
      if (!status) return;
      if (isTerminal(status.state)) finish();
      else options.save();
    },
    resend: () => updates.resend(),
    shutdown() {
      silent = true;
      killNow(shutdownGraceMs);
      if (isTerminal(state)) finish();
    },
    end() {
      stopStart();
      stopKill();
      if (!isTerminal(state)) {
        const message = 'The agent was stopped, and its tasks with it';
        const reason = 'REASON_AGENT_RESTARTED';
        tell({ state: 'TASK_GONE', source: 'SOURCE_AGENT', reason, message });
      }
      updates.stop();
      running?.terminate();
    },
    endNow: () => running?.kill(),
    get isLingering() {
      return running !== undefined;
    },
    release() {
      updates.stop();
      stopStart();
      stopKill();
      running?.release();
    },
    held: () => ({ order, state, sent }),
    kept: () => ({
      order,
      state,
      containerId,
      killing,
      silent,
      ...(mark ? { mark } : {}),
      ...(sent ? { sent } : {}),
      pending: updates.pending,
    }),
  };
}

function graceOf(policy: V1KillPolicy | undefined): Millis | undefined {
  const nanoseconds = policy?.grace_period?.nanoseconds;
  return nanoseconds === undefined ? undefined : nanoseconds / 1e6;
}
