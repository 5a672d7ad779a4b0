/**
 * Tasks as real processes of this machine. Each runs under an executor, a tiny shell script in a
 * process group of its own, which outlives us and writes down how the task ended: so an agent that
 * comes back finds its tasks running, or learns what became of them.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { asTitanError } from '../../../api/error.ts';
import type { Log } from '../../../runtime/port.ts';
import type { V1Command } from '../../v1.ts';
import { runCheck } from './check-process.ts';
import { noCommand, runCommand } from './command-process.ts';
import { containerEnvironment, variablesOf } from './environment.ts';
import { argvOf, findProgram } from './images.ts';
import type {
  ContainerOrder,
  Inside,
  Launcher,
  Observer,
  RunningTask,
  TaskEnd,
  TaskMark,
} from './launcher.ts';
import { keepVolumes, mountVolumes, volumeFolders } from './persistent.ts';
import { probeHttp, probeTcp } from './probes.ts';
import { carries, membersOf, signal, startOf, usageOfGroups } from './proc.ts';
import { runFetched } from './run-fetched.ts';
import { type Sandbox, sandboxAt, sandboxName, sweep, topOf } from './sandbox.ts';
import { giveAll, type Identity, type Runner, type Switch, switchTo } from './user.ts';
import { makeVolumes, type Sandboxes, sharedFolders } from './volumes.ts';
import type { ProcessWatch } from './watch.ts';

export interface ProcessOptions {
  readonly hostname: string;
  readonly sandboxesFolder: string;
  /** What is in it outlives every task. */
  readonly volumesFolder: string;
  readonly imagesFolder: string;
  readonly watch: ProcessWatch;
  readonly log: Log;
  /** What every container finds in its environment, such as PATH. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Sandboxes of ended tasks that an agent keeps for the curious. */
const sandboxesKept = 20;

/**
 * It says who it is, and then looks whether it was given up meanwhile; an agent that comes back does the
 * two in the other order. So no task runs that its agent has called dropped.
 */
const executor = `
trap : TERM
echo $$ >.executor/pid
if [ -e .executor/given-up ]; then exit 1; fi
if command -v -- "$1" >/dev/null 2>&1
then "$@"; code=$?
else echo "Failed to execute '$1': there is no such program" >&2; code=1
fi
echo $code >.executor/exit
exit $code
`;

export function processLauncher(options: ProcessOptions): Launcher {
  const { sandboxesFolder, watch, log } = options;
  const live = new Set<string>();

  const sandboxOf = (order: ContainerOrder): Sandbox =>
    sandboxAt(join(sandboxesFolder, sandboxName(order)));

  function run(order: ContainerOrder, program: Runnable, observer: Observer): RunningTask {
    const { argv, runner } = program;
    const { identity } = runner;
    const sandbox = sandboxOf(order);
    const fault = identity && handOver(order, sandbox, { identity, options });
    if (fault !== undefined) {
      observer.ended({ how: 'notLaunched', message: fault });
      return gone;
    }
    const child = sandbox.withOutput((stdout, stderr) =>
      spawn('/bin/sh', ['-c', executor, 'executor', ...argv], {
        cwd: sandbox.folder,
        detached: true,
        stdio: ['ignore', stdout, stderr],
        env: containerEnvironment(order, sandbox.folder, options),
        ...identity,
      }),
    );
    child.unref();
    child.once('error', (error) => {
      const message = `Failed to start a process: ${error.message}`;
      observer.ended({ how: 'notLaunched', message });
    });
    const { pid } = child;
    if (pid === undefined) return gone;
    child.once('exit', () => observer.ended(finish(sandbox, pid)));
    observer.started({ pid, startedAt: startOf(pid) ?? 'ended' });
    const release = () => child.removeAllListeners('exit');
    return { ...handle(pid, release), check: checkerOf(order, runner, options) };
  }

  return {
    inside: insideOf(options),
    keep: (resources, before) => keepVolumes(resources, before, options.volumesFolder),
    start(order, observer) {
      live.add(topOf(order));
      const program = prepare(order, options);
      if ('missing' in program) {
        observer.ended({ how: 'notLaunched', message: program.missing });
        return gone;
      }
      const { uris = [] } = (order.task ?? order.holder?.info)?.command ?? {};
      const runNow = () => run(order, program, observer);
      if (uris.length === 0) return runNow();
      const { folder } = sandboxOf(order);
      const check = checkerOf(order, program.runner, options);
      return runFetched({ uris, folder, run: runNow, check, observer });
    },
    recover(order, known, observer) {
      live.add(topOf(order));
      const sandbox = sandboxOf(order);
      if (!known) sandbox.giveUp();
      const mark = known ?? findMark(sandbox);
      if (!mark) return undefined;
      if (!known) observer.started(mark);
      if (startOf(mark.pid) !== mark.startedAt) {
        observer.ended(finish(sandbox, mark.pid));
        return undefined;
      }
      const stop = watch.add(mark, () => observer.ended(finish(sandbox, mark.pid)));
      return { ...handle(mark.pid, stop, mark), check: checkerOf(order, whoRuns(order), options) };
    },
    lend(order, resources) {
      const own = join(sandboxesFolder, sandboxName(order));
      return mountVolumes(resources, { own, root: options.volumesFolder });
    },
    forget(order) {
      live.delete(topOf(order));
      sweep(sandboxesFolder, (name) => live.has(name), sandboxesKept).catch((error) => {
        log.warn('Old sandboxes could not be removed', { error: asTitanError(error).message });
      });
    },
  };
}

/**
 * Carries out checks of a container that runs as `runner`. Commands find what the task finds, and what they add
 * themselves.
 */
function checkerOf(
  order: ContainerOrder,
  runner: Switch,
  options: ProcessOptions,
): RunningTask['check'] {
  const sandbox = sandboxAt(foldersOf(order, options).own);
  return ({ probe }, done) => {
    if (probe.by === 'http') return probeHttp(probe, done);
    if (probe.by === 'tcp') return probeTcp(probe.port, done);
    const whom = probe.command.user === undefined ? runner : switchTo(probe.command.user);
    if ('missing' in whom) {
      done(undefined);
      return () => {};
    }
    const own = variablesOf(probe.command);
    const environment = { ...containerEnvironment(order, sandbox.folder, options), ...own };
    const argv = argvOf(probe.command) ?? [];
    return runCheck({ argv, environment, ...whom }, sandbox, done);
  };
}

interface Runnable {
  readonly argv: readonly string[];
  readonly runner: Runner;
}

/** What to run, once the volumes are there. */
function prepare(
  order: ContainerOrder,
  options: ProcessOptions,
): Runnable | { readonly missing: string } {
  const { imagesFolder, volumesFolder: root } = options;
  const program = findProgram(order, imagesFolder);
  if ('missing' in program) return program;
  const whom = whoRuns(order);
  if ('missing' in whom) return whom;
  const { container, resources } = order.task ?? order.holder?.info ?? {};
  const folders = foldersOf(order, options);
  const fault =
    makeVolumes(container, folders) ?? mountVolumes(resources, { own: folders.own, root });
  return fault === undefined ? { ...program, runner: whom } : { missing: fault };
}

/** The sandboxes that a container sees. */
function foldersOf(order: ContainerOrder, { sandboxesFolder }: ProcessOptions): Sandboxes {
  const parent = order.task && order.holder && join(sandboxesFolder, topOf(order));
  return { own: join(sandboxesFolder, sandboxName(order)), parent };
}

/** Whom a container's command names, or one beside it that names somebody else. */
function whoRuns({ task, holder }: ContainerOrder, beside?: V1Command): Switch {
  const { command } = task ?? holder?.info ?? {};
  return switchTo(beside?.user ?? command?.user);
}

/** Gives what a container may write to its user. @returns why that can't be */
function handOver(
  order: ContainerOrder,
  sandbox: Sandbox,
  { identity, options }: { readonly identity: Identity; readonly options: ProcessOptions },
): string | undefined {
  const { container, resources } = order.task ?? order.holder?.info ?? {};
  const volumes = [
    ...volumeFolders(resources, options.volumesFolder),
    ...sharedFolders(container, foldersOf(order, options)),
  ];
  return sandbox.withOutput(() => giveAll(identity, sandbox.folder, volumes));
}

function insideOf(options: ProcessOptions): Inside {
  const { sandboxesFolder: root } = options;
  const sandbox = (order: ContainerOrder) => join(root, sandboxName(order));
  return {
    root,
    sandbox,
    usage: usageOfGroups,
    run(order, command, observer) {
      const folder = sandbox(order);
      const whom = whoRuns(order, command);
      if ('missing' in whom) {
        observer.ended({ how: 'notLaunched', message: whom.missing });
        return noCommand;
      }
      const own = variablesOf(command);
      const environment = { ...containerEnvironment(order, folder, options), ...own };
      return runCommand({ argv: argvOf(command) ?? [], environment, folder, ...whom }, observer);
    },
  };
}

const gone: RunningTask = { terminate() {}, kill() {}, check: () => () => {}, release() {} };

function handle(pid: number, release: () => void, mark?: TaskMark): Omit<RunningTask, 'check'> {
  const isOurs = () => mark === undefined || startOf(pid) === mark.startedAt;
  return {
    terminate() {
      if (isOurs()) signal(-pid, 'SIGTERM');
    },
    kill() {
      if (isOurs()) signal(-pid, 'SIGKILL');
    },
    release,
  };
}

/** A task whose start we did not live to write down. */
function findMark(sandbox: Sandbox): TaskMark | undefined {
  const pid = sandbox.readPid();
  if (pid === undefined) return undefined;
  const startedAt = carries(pid, sandboxVariable(sandbox)) ? startOf(pid) : undefined;
  return { pid, startedAt: startedAt ?? 'ended' };
}

function sandboxVariable(sandbox: Sandbox): string {
  return `MESOS_SANDBOX=${sandbox.folder}`;
}

/** How it ended; what it left running in its process group is ended too. */
function finish(sandbox: Sandbox, pid: number): TaskEnd {
  for (const left of membersOf(pid, sandboxVariable(sandbox))) signal(left, 'SIGKILL');
  const code = sandbox.readExit();
  if (code === undefined) return { how: 'executorLost' };
  const signalBase = 128;
  return code > signalBase
    ? { how: 'signaled', signal: code - signalBase }
    : { how: 'exited', code };
}
