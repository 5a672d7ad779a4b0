import type { Fault } from '../../src/api/task.ts';

/** How a program ended, read from what Mesos' executors say. */
export interface Exit {
  readonly exitCode?: number;
  readonly signal?: string;
}

const MIB_OF: Readonly<Record<string, number>> = { B: 2 ** -20, KB: 2 ** -10, MB: 1, GB: 2 ** 10 };

/** What Mesos says of the memory of a container that it ended because of it. */
export interface MemoryEnd {
  readonly outOfMemory?: true;
  readonly peakMemoryMiB?: number;
}

/** Its message begins `Memory limit exceeded: Requested: 32MB Maximum Used: 33MB`. */
export function memoryEndOf(reason: string | undefined, message: string | undefined): MemoryEnd {
  if (reason !== 'REASON_CONTAINER_LIMITATION_MEMORY') return {};
  const { amount, unit = '' } =
    /Maximum Used: (?<amount>\d+(?:\.\d+)?)(?<unit>[KMG]?B)/.exec(message ?? '')?.groups ?? {};
  const peak = Math.ceil(Number(amount) * (MIB_OF[unit] ?? Number.NaN));
  return { outOfMemory: true, ...(Number.isFinite(peak) ? { peakMemoryMiB: peak } : {}) };
}

/** What `strsignal` calls the signals that end programs, as executors print it. */
const signals: Readonly<Record<string, string>> = {
  Hangup: 'SIGHUP',
  Interrupt: 'SIGINT',
  Quit: 'SIGQUIT',
  'Illegal instruction': 'SIGILL',
  'Trace/breakpoint trap': 'SIGTRAP',
  Aborted: 'SIGABRT',
  'Bus error': 'SIGBUS',
  'Floating point exception': 'SIGFPE',
  Killed: 'SIGKILL',
  'User defined signal 1': 'SIGUSR1',
  'Segmentation fault': 'SIGSEGV',
  'User defined signal 2': 'SIGUSR2',
  'Broken pipe': 'SIGPIPE',
  'Alarm clock': 'SIGALRM',
  Terminated: 'SIGTERM',
};

export function exitOf(message: string | undefined): Exit {
  const code = /exited with (?:status|code) (?<code>\d+)/.exec(message ?? '')?.groups?.code;
  if (code !== undefined) return { exitCode: Number(code) };
  const match = /terminated with signal (?<name>[A-Za-z0-9/ ]+)/.exec(message ?? '');
  const name = match?.groups?.name?.trim();
  if (name === undefined) return {};
  return { signal: signals[name] ?? name };
}

/**
 * Reasons for TASK_FAILED that are not the program's doing. An executor that somebody killed
 * (REASON_EXECUTOR_TERMINATED) is among them: a program cannot end its executor, people and
 * machines can. Memory over the limit is the program's.
 */
const systemReasons: ReadonlySet<string> = new Set([
  'REASON_AGENT_DISCONNECTED',
  'REASON_AGENT_REMOVED',
  'REASON_AGENT_REMOVED_BY_OPERATOR',
  'REASON_AGENT_RESTARTED',
  'REASON_AGENT_UNKNOWN',
  'REASON_CONTAINER_PREEMPTED',
  'REASON_CONTAINER_UPDATE_FAILED',
  'REASON_EXECUTOR_REGISTRATION_TIMEOUT',
  'REASON_EXECUTOR_REREGISTRATION_TIMEOUT',
  'REASON_EXECUTOR_TERMINATED',
  'REASON_EXECUTOR_UNREGISTERED',
  'REASON_GC_ERROR',
  'REASON_INVALID_OFFERS',
  'REASON_IO_SWITCHBOARD_EXITED',
  'REASON_MASTER_DISCONNECTED',
  'REASON_RESOURCES_UNKNOWN',
  'REASON_SLAVE_DISCONNECTED',
  'REASON_SLAVE_REMOVED',
  'REASON_SLAVE_RESTARTED',
  'REASON_SLAVE_UNKNOWN',
]);

/** Whose fault a TASK_FAILED is. */
export function faultOfFailure(reason: string | undefined): Fault {
  return reason !== undefined && systemReasons.has(reason) ? 'System' : 'Program';
}
