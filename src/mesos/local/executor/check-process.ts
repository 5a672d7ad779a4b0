import { type ChildProcess, spawn } from 'node:child_process';
import type { CheckResult } from './checks.ts';
import { signal } from './proc.ts';
import type { Sandbox } from './sandbox.ts';
import type { Identity } from './user.ts';

export interface CheckCommand {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Whom it runs as; absent: who runs the agent. */
  readonly identity?: Identity;
}

/**
 * Runs a check's command in a task's sandbox, what it says going to the task's stderr, in a process
 * group of its own so that all of it can be ended.
 *
 * @returns what ends it; `done` is not called after that, but may be before this returns, where
 *   the command is one that can't be started
 */
export function runCheck(
  command: CheckCommand,
  sandbox: Sandbox,
  done: (result: CheckResult) => void,
): () => void {
  const child = spawnIn(sandbox, command);
  if (!child) {
    done(undefined);
    return () => {};
  }
  child.unref();
  let isOver = false;
  const finish = (result: CheckResult) => {
    if (isOver) return;
    isOver = true;
    done(result);
  };
  child.once('error', () => finish(undefined));
  child.once('exit', (code) => finish(code ?? undefined));
  return () => {
    if (isOver) return;
    isOver = true;
    if (child.pid !== undefined) signal(-child.pid, 'SIGKILL');
  };
}

/** `undefined` for what no process can be started with, such as an empty name or one with a zero in it. */
function spawnIn(sandbox: Sandbox, command: CheckCommand): ChildProcess | undefined {
  const [program = '', ...rest] = command.argv;
  try {
    return sandbox.withOutput((_, stderr) =>
      spawn(program, rest, {
        cwd: sandbox.folder,
        detached: true,
        stdio: ['ignore', stderr, stderr],
        env: command.environment,
        ...command.identity,
      }),
    );
  } catch {
    return undefined;
  }
}
