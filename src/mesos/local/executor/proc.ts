/** What the kernel tells about processes, under Linux; elsewhere only whether a number is in use. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Usage } from './launcher.ts';

/** The moment a process started, as an opaque text; `undefined` where there is no such process. */
export function startOf(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return isInUse(pid) && !hasProc() ? 'unknown' : undefined;
  const fields = afterName(stat);
  const [state] = fields;
  const startField = 19;
  return state === 'Z' || state === 'X' ? undefined : fields[startField];
}

/** The living processes of a group that carry this variable in their environment. */
export function membersOf(group: number, variable: string): number[] {
  if (!hasProc()) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const groupField = 2;
      const stat = read(`/proc/${pid}/stat`);
      if (stat === undefined || Number(afterName(stat)[groupField]) !== group) return false;
      return carries(pid, variable);
    });
}

/** What all processes of these groups use and have used; children that ended count with their parent. */
export function usageOfGroups(groups: readonly number[]): Usage {
  const wanted = new Set(groups);
  const sum = { userSeconds: 0, systemSeconds: 0, residentBytes: 0 };
  for (const name of hasProc() ? readdirSync('/proc') : []) {
    const stat = /^\d+$/.test(name) ? read(`/proc/${name}/stat`) : undefined;
    if (stat === undefined) continue;
    const fields = afterName(stat).map(Number);
    if (!wanted.has(fields[2] ?? 0)) continue;
    sum.userSeconds += ((fields[11] ?? 0) + (fields[13] ?? 0)) / ticksPerSecond;
    sum.systemSeconds += ((fields[12] ?? 0) + (fields[14] ?? 0)) / ticksPerSecond;
    sum.residentBytes += (fields[21] ?? 0) * pageBytes;
  }
  return sum;
}

/** As Linux counts for programs on every machine that Node runs on. */
const ticksPerSecond = 100;
const pageBytes = 4096;

/** Whether the process was started with this `NAME=value` in its environment. */
export function carries(pid: number, variable: string): boolean {
  if (!hasProc()) return isInUse(pid);
  return read(`/proc/${pid}/environ`)?.split('\0').includes(variable) ?? false;
}

/** Sends a signal; a process that is gone is no error. A negative number means a group. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** The fields after the program's name, which may itself hold spaces and brackets. */
function afterName(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function hasProc(): boolean {
  return read('/proc/self/stat') !== undefined;
}

function isInUse(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
