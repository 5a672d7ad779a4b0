import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { startProxy, type TcpProxy } from '../../support/proxy.ts';
import { mainFile, nodeProgram } from '../../support/titan.ts';
import { until } from '../wait.ts';
import { type Keeper, kill, send } from './keeper.ts';

/** A `titan serve` in a process of its own. It reaches each etcd member and Mesos through a proxy of its own. */
export interface Replica {
  readonly name: string;
  readonly port: number;
  readonly toStore: readonly TcpProxy[];
  readonly toMesos: TcpProxy;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Tells it to end, and waits until it has. */
  end(): Promise<void>;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  readonly pid: number | undefined;
  stopProxies(): Promise<void>;
}

export interface ReplicaOptions {
  readonly keeper: Keeper;
  readonly state: string;
  readonly port: number;
  readonly name: string;
  readonly etcd: readonly string[];
  readonly mesos: string;
  readonly leaseSeconds: number;
  readonly nodeFlags: readonly string[];
  /** How long a start may take. */
  readonly readyMs: number;
}

export async function createReplica(options: ReplicaOptions): Promise<Replica> {
  const { keeper, state, port, name, etcd, mesos, leaseSeconds, nodeFlags, readyMs } = options;
  const toStore = await Promise.all(etcd.map(startProxy));
  const toMesos = await startProxy(mesos);
  const flags = [
    ...['serve', '--domain', 'dc1', '--region', 'us-east-1', '--mesos', toMesos.endpoint],
    ...['--etcd', toStore.map(({ endpoint }) => endpoint).join(',')],
    ...['--listen', `127.0.0.1:${port}`, '--identity', name, '--pki', join(state, 'pki')],
    ...['--lease-seconds', `${leaseSeconds}`, '--log-level', 'info'],
  ];
  const command = [...nodeFlags, mainFile, ...flags];
  const output = join(state, `${name}.log`);
  let child: ChildProcess | undefined;

  /** Whatever its store does meanwhile: a replica that ends by itself as it starts is a fault. */
  async function start(): Promise<void> {
    const before = existsSync(output) ? statSync(output).size : 0;
    const started = keeper.start(nodeProgram, command, { output });
    child = started;
    const isReady = () => {
      const said = readFileSync(output).subarray(before).toString();
      if (started.exitCode !== null) throw new Error(`${name} ended:\n${said.slice(-2_000)}`);
      return said.includes('answers at');
    };
    await until(`${name} is ready`, isReady, { limitMs: readyMs });
  }

  return {
    name,
    port,
    toStore,
    toMesos,
    get pid() {
      return child?.pid;
    },
    start,
    async kill() {
      if (child !== undefined) await kill(child);
    },
    async end() {
      if (child !== undefined) await kill(child, 'SIGTERM');
    },
    signal: (signal) => send(child?.pid ?? 0, signal),
    async stopProxies() {
      await Promise.all([...toStore, toMesos].map((proxy) => proxy.stop()));
    },
  };
}
