import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerOrder } from './launcher.ts';

export interface Sandbox {
  readonly folder: string;
  /** Opens stdout and stderr for appending, for as long as `use` runs. */
  withOutput<T>(use: (stdout: number, stderr: number) => T): T;
  /** Keeps an executor that has not said yet who it is from running anything. */
  giveUp(): void;
  /** The process number that the executor wrote first of all. */
  readPid(): number | undefined;
  /** The exit status that the executor wrote last of all. */
  readExit(): number | undefined;
}

const nameMax = 100;

/** The folder of a container below an agent's: a task's own, or in that of its executor's run. */
export function sandboxName({ task, holder }: ContainerOrder): string {
  const taskId = task?.task_id.value ?? '';
  if (!holder) return taskId;
  const executorId = (holder.info.executor_id?.value ?? '').slice(0, nameMax);
  const run = `${executorId}.${holder.containerId}`;
  return task ? join(run, 'tasks', taskId) : run;
}

/** The folder that goes and stays as a whole. */
export function topOf({ frameworkId, task, holder }: ContainerOrder): string {
  return sandboxName(holder ? { frameworkId, holder } : { frameworkId, ...(task ? { task } : {}) });
}

/** Where one task runs: its working folder, its output, and what its executor leaves for us. */
export function sandboxAt(folder: string): Sandbox {
  return {
    folder,
    withOutput(use) {
      mkdirSync(join(folder, '.executor'), { recursive: true });
      const stdout = openSync(join(folder, 'stdout'), 'a');
      const stderr = openSync(join(folder, 'stderr'), 'a');
      try {
        return use(stdout, stderr);
      } finally {
        closeSync(stdout);
        closeSync(stderr);
      }
    },
    giveUp() {
      mkdirSync(join(folder, '.executor'), { recursive: true });
      writeFileSync(join(folder, '.executor', 'given-up'), '');
    },
    readPid: () => readNumber(join(folder, '.executor', 'pid')),
    readExit: () => readNumber(join(folder, '.executor', 'exit')),
  };
}

/** A number on a whole line: without its newline it is still being written. */
function readNumber(path: string): number | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    return /^\d+\n$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}

/** Removes the oldest sandboxes of ended tasks beyond `keep`. */
export async function sweep(
  folder: string,
  isLive: (name: string) => boolean,
  keep: number,
): Promise<void> {
  const ended = (await readdir(folder)).filter((name) => !isLive(name));
  if (ended.length <= keep) return;
  const aged = await Promise.all(
    ended.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })),
  );
  const old = aged.toSorted((a, b) => b.at - a.at).slice(keep);
  await Promise.all(
    old.map(({ name }) => rm(join(folder, name), { recursive: true, force: true })),
  );
}
