import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { TitanError } from '../api/error.ts';

/**
 * Takes a folder for this process alone, through a file that names it. A file whose process is gone,
 * or whose id belongs to a younger process, is taken over.
 *
 * @returns what gives the folder back
 * @throws TitanError (`Conflict`) when another living process has it
 */
export function lockFile(path: string): () => void {
  mkdirSync(dirname(path), { recursive: true });
  const mine = `${process.pid} ${startOf(process.pid)}\n`;
  try {
    writeFileSync(path, mine, { flag: 'wx' });
  } catch {
    refuseIfHeld(path);
    writeFileSync(path, mine);
  }
  return () => rmSync(path, { force: true });
}

function refuseIfHeld(path: string): void {
  const [pid = '', start = ''] = readFileSync(path, 'utf8').trim().split(' ');
  if (startOf(Number(pid)) !== start) return;
  throw new TitanError(
    'Conflict',
    `another Titan (process ${pid}) uses ${dirname(path)}: stop it first, or choose another folder with --state`,
  );
}

/** When a process started, in the kernel's ticks; empty where there is none (proc(5), field 22). */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
