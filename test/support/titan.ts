import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { part } from './parts.ts';

export const nodeProgram = resolve('node_modules/node/bin/node');
export const mainFile = resolve('src/main.ts');

export interface TitanOptions {
  /** Flags of `titan up` beside the state folder and the ports. */
  readonly flags?: readonly string[];
  readonly kubectl?: 'kubectl-1.20' | 'kubectl-1.32';
  /** Further programs by the names that commands call them by, and where they are. */
  readonly programs?: Readonly<Record<string, string>>;
}

/** A real `titan up` in its own process, with programs on a PATH of its own to speak to it. */
export interface Titan {
  readonly state: string;
  readonly pid: number;
  start(): Promise<void>;
  /** Ends the process with a signal and waits until it is gone. */
  stop(signal: NodeJS.Signals): Promise<void>;
  /** Runs a shell command with titan, kubectl and the kubeconfig at hand; gives all it printed. */
  sh(command: string): Promise<string>;
  /** The tasks' processes (their group leaders), as `pid sandbox`. */
  processes(): readonly TaskProcess[];
  /** Stops what still runs and removes the folder. */
  end(): Promise<void>;
}

export interface TaskProcess {
  readonly pid: number;
  readonly sandbox: string;
}

const READY_MS = 60_000;

export function createTitan({
  flags = [],
  kubectl = 'kubectl-1.32',
  programs = {},
}: TitanOptions = {}): Titan {
  const state = mkdtempSync(join(tmpdir(), 'titan-e2e-'));
  const bin = join(state, 'bin');
  mkdirSync(bin);
  writeProgram(join(bin, 'titan'), `exec '${nodeProgram}' '${mainFile}' "$@"`);
  writeProgram(join(bin, 'kubectl'), `exec '${part(kubectl)}' "$@"`);
  for (const [name, path] of Object.entries(programs))
    writeProgram(join(bin, name), `exec '${path}' "$@"`);
  const environment = {
    HOME: state,
    PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`,
    KUBECONFIG: join(state, 'kubeconfig'),
    STATE: state,
    LC_ALL: 'C.UTF-8',
  };
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const started = spawn(
      nodeProgram,
      [mainFile, 'up', '--state', state, '--port', '0', '--mesos-port', '0', ...flags],
      { env: environment, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    child = started;
    await printed(started, /Ready/);
  }

  async function stop(signal: NodeJS.Signals): Promise<void> {
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const exited = new Promise((done) => running.once('exit', done));
    running.kill(signal);
    await exited;
  }

  return {
    state,
    get pid() {
      return child?.pid ?? 0;
    },
    start,
    stop,
    sh: (command) => shell(command, environment, state),
    processes: () => processesUnder(state),
    async end() {
      await stop('SIGTERM');
      for (const { pid } of processesUnder(state)) killGroup(pid);
      rmSync(state, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function writeProgram(path: string, body: string): void {
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
}

function printed(child: ChildProcess, wanted: RegExp, readyMs = READY_MS): Promise<string> {
  return new Promise((done, fail) => {
    let text = '';
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      fail(new Error(`titan did not get ready:\n${text}`));
    }, readyMs);
    const listen = (chunk: Buffer) => {
      text += chunk.toString();
      if (!wanted.test(text)) return;
      clearTimeout(late);
      done(text);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('exit', (code) => {
      clearTimeout(late);
      fail(new Error(`titan ended with code ${code}:\n${text}`));
    });
  });
}

function shell(command: string, env: Record<string, string>, state: string): Promise<string> {
  return new Promise((done) => {
    execFile(
      'bash',
      ['-c', `exec 2>&1; ${command}`],
      { env: { ...env, STATE: state }, timeout: 120_000, maxBuffer: 64 * 1024 * 1024 },
      (_error, stdout) => done(stdout),
    );
  });
}

const SMALL = { version: '1', location: 'dc1:1', cpus: 0.1, memory: 16 };

/** Applies small jobs with kubectl, each of one task in dc1 unless its spec says otherwise. */
export async function applyJobs(
  { state, sh }: Titan,
  specs: Readonly<Record<string, object>>,
): Promise<void> {
  const kind = { apiVersion: 'titan.dev/v1beta1', kind: 'Job' };
  const items = Object.entries(specs).map(([name, spec]) => {
    return { ...kind, metadata: { name }, spec: { ...SMALL, applicationName: name, ...spec } };
  });
  const path = join(state, `${Object.keys(specs).join('-')}.json`.slice(-100));
  writeFileSync(path, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  await sh(`kubectl apply -f ${path}`);
}

/** A `titan` command in its own process that has said where it answers. */
export interface TitanProcess {
  readonly child: ChildProcess;
  /** What it printed until it was ready. */
  readonly printed: string;
  end(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts `titan` with flags of a command that serves; fails where it ends before it is ready. */
export async function startProcess(
  flags: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  readyMs = READY_MS,
): Promise<TitanProcess> {
  const env = { ...process.env, ...environment };
  const child = spawn(nodeProgram, [mainFile, ...flags], { env });
  const text = await printed(child, /answers at/, readyMs);
  return {
    child,
    printed: text,
    async end(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((done) => child.once('exit', done));
      child.kill(signal);
      child.kill('SIGCONT');
      await gone;
    },
  };
}

/** The tasks' processes (their group leaders) whose sandboxes are below a state folder. */
export function processesUnder(state: string): readonly TaskProcess[] {
  return allProcesses().filter(({ sandbox }) => sandbox.startsWith(`${state}/`));
}

/** Group leaders with a working folder; unreadable or vanished processes are left out. */
function allProcesses(): readonly TaskProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const isLeader = fields[2] === name && fields[0] !== 'Z';
        return isLeader ? [{ pid: Number(name), sandbox: readlinkSync(`/proc/${name}/cwd`) }] : [];
      } catch {
        return [];
      }
    });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}
