/** A command beside a container's own process, with its input and outputs in our hands. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { CommandObserver, RunningCommand, TaskEnd } from './launcher.ts';
import type { Identity } from './user.ts';

interface CommandOptions {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  /** Whom it runs as; absent: who runs the agent. */
  readonly identity?: Identity;
}

/** Runs it in a process group of its own. `ended` may be called before this returns. */
export function runCommand(options: CommandOptions, observer: CommandObserver): RunningCommand {
  const child = spawnIn(options);
  if (!child) {
    observer.ended({ how: 'notLaunched', message: 'The command can not be started' });
    return noCommand;
  }
  let isOver = false;
  const end = (how: TaskEnd) => {
    if (isOver) return;
    isOver = true;
    observer.ended(how);
  };
  child.stdout.on('data', (bytes: Buffer) => observer.said('STDOUT', bytes));
  child.stderr.on('data', (bytes: Buffer) => observer.said('STDERR', bytes));
  child.stdin.on('error', () => {});
  child.once('error', ({ message }) => end({ how: 'notLaunched', message }));
  child.once('close', (code, name) => {
    if (name) end({ how: 'signaled', signal: constants.signals[name] });
    else end({ how: 'exited', code: code ?? 0 });
  });
  const { pid } = child;
  return {
    pid,
    write: (bytes) => void child.stdin.write(bytes),
    closeInput: () => child.stdin.end(),
    signal(number) {
      if (pid !== undefined && !isOver) signalGroup(pid, number);
    },
  };
}

/** One that never came to run. */
export const noCommand: RunningCommand = {
  pid: undefined,
  write() {},
  closeInput() {},
  signal() {},
};

/** `undefined` for what no process can be started with, such as an empty name. */
function spawnIn({ argv, environment, folder, identity }: CommandOptions) {
  const [program = '', ...rest] = argv;
  try {
    const child: ChildProcessWithoutNullStreams = spawn(program, rest, {
      cwd: folder,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: environment,
      ...identity,
    });
    return child;
  } catch {
    return undefined;
  }
}

function signalGroup(pid: number, number: number): void {
  try {
    process.kill(-pid, number);
  } catch {
    // It is gone already.
  }
}
