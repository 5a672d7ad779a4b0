import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { processesUnder } from '../../support/titan.ts';

/** Knows every process that a run has started, and ends each by its id whatever becomes of the run. */
export interface Keeper {
  /** Starts a program whose output goes to a file. */
  start(program: string, flags: readonly string[], options: StartOptions): ChildProcess;
  /** Processes that others started: asked for their ids in the end. */
  keepAlso(pids: () => readonly (number | undefined)[]): void;
  endAll(): void;
}

export interface StartOptions {
  readonly output: string;
  /** Whether messages go to and fro. */
  readonly talks?: boolean;
}

/** @param state the folder below which tasks run; what runs there is ended too */
export function createKeeper(state: string): Keeper {
  const children = new Set<ChildProcess>();
  const others: (() => readonly (number | undefined)[])[] = [];

  function endAll(): void {
    process.off('exit', endAll);
    process.off('SIGTERM', onSignal);
    const pids = [...[...children].map(({ pid }) => pid), ...others.flatMap((ids) => ids())];
    for (const pid of pids) if (pid !== undefined) send(pid, 'SIGKILL');
    for (const { pid } of processesUnder(state)) send(-pid, 'SIGKILL');
  }

  function onSignal(): void {
    endAll();
    process.exit(143);
  }

  process.once('exit', endAll);
  process.once('SIGTERM', onSignal);
  return {
    endAll,
    keepAlso(pids) {
      others.push(pids);
    },
    start(program, flags, { output, talks = false }) {
      const file = openSync(output, 'a');
      const stdio: SpawnOptions['stdio'] = [
        'ignore',
        file,
        file,
        ...(talks ? ['ipc' as const] : []),
      ];
      const child = spawn(program, flags, { stdio });
      closeSync(file);
      children.add(child);
      child.once('exit', () => children.delete(child));
      return child;
    },
  };
}

/** Sends a signal; nothing where the process, or the group, is gone. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}

/** Ends a process, by SIGKILL unless told otherwise, and waits until it is gone. */
export async function kill(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  child.kill(signal);
  await gone;
}
