import { readFileSync } from 'node:fs';
import { leadingReplica } from '../faults.ts';
import { pause } from '../wait.ts';
import { type CrowdedOptions, withCrowd } from './crowded.ts';

export interface IdleFigures {
  readonly tasks: number;
  readonly jobs: number;
  /** Of one core, by all threads of the leader, over the whole time. */
  readonly cpuPercent: number;
  /** Resident memory of the leader in the end, in MiB. */
  readonly rssMib: number;
}

const TASKS_PER_JOB = 20;
const TASKS_PER_AGENT = 100;
/** For what follows the first looks to end, and for a comparison of the caches with what was written then. */
const SETTLE_MS = 100_000;
const MINUTE_MS = 60_000;
/** What Linux counts a process' time in. */
const TICKS_PER_SECOND = 100;
const MIB_PER_KIB = 1 / 1024;

/** What a leader takes while a crowd of tasks runs and nothing happens. */
export async function measureIdle(
  { tasks, minutes }: { readonly tasks: number; readonly minutes: number },
  options: Pick<CrowdedOptions, 'nodeFlags' | 'logs'> = {},
): Promise<IdleFigures> {
  const agents = Math.ceil(tasks / TASKS_PER_AGENT);
  const crowd = { tasks, tasksPerJob: TASKS_PER_JOB, agents };
  return withCrowd({ ...options, crowd, replicas: 1 }, async ({ cluster }) => {
    const { pid = 0 } = await leadingReplica(cluster);
    await pause(SETTLE_MS);
    const before = cpuMs(pid);
    await pause(minutes * MINUTE_MS);
    const cpuPercent = (100 * (cpuMs(pid) - before)) / (minutes * MINUTE_MS);
    return { tasks, jobs: Math.ceil(tasks / TASKS_PER_JOB), cpuPercent, rssMib: rssMib(pid) };
  });
}

/** The time that all threads of a process have had of a processor. */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const [user = 0, system = 0] = fields.slice(11, 13).map(Number);
  return ((user + system) * 1_000) / TICKS_PER_SECOND;
}

export function rssMib(pid: number): number {
  const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1] ?? 0) * MIB_PER_KIB;
}
