import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { part } from './parts.ts';
import { startProxy, type TcpProxy } from './proxy.ts';

export interface EtcdMember {
  readonly endpoint: string;
  readonly pid: number | undefined;
  /** Ends it without warning. */
  kill(): Promise<void>;
  /** Starts it again on its own data, and waits until it answers. */
  restart(): Promise<void>;
  /** Ends it, and starts it on what `etcdctl snapshot save` wrote; only for the one member of a cluster. */
  restore(snapshot: string): Promise<void>;
  /** Stands before its peers' way to it; only where proxies were asked for. */
  readonly peers: TcpProxy | undefined;
}

export interface EtcdCluster {
  readonly endpoints: readonly string[];
  member(index: number): EtcdMember;
  stop(): Promise<void>;
}

export interface EtcdOptions {
  readonly members?: 1 | 3;
  /** Further flags for every member. */
  readonly flags?: readonly string[];
  /** Members reach each other through proxies, so that they can be parted. */
  readonly hasPeerProxies?: boolean;
}

const READY_MS = 60_000;
const POLL_MS = 25;

/** An etcd of its own on loopback, with free ports and a folder that goes with it. */
export async function startEtcd({
  members = 1,
  flags = [],
  hasPeerProxies = false,
}: EtcdOptions = {}): Promise<EtcdCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'titan-etcd-'));
  const ports = await freePorts(2 * members);
  const peers = ports.slice(members).map((port) => `http://127.0.0.1:${port}`);
  const endpoints = ports.slice(0, members).map((port) => `http://127.0.0.1:${port}`);
  const proxies = hasPeerProxies ? await Promise.all(peers.map(startProxy)) : [];
  const reached = peers.map((peer, i) => proxies[i]?.endpoint ?? peer);
  const initial = reached.map((peer, i) => `m${i}=${peer}`).join(',');
  const running = endpoints.map((endpoint, i) => {
    const peer = peers[i] ?? '';
    const given = [
      ...['--name', `m${i}`, '--data-dir', join(folder, `m${i}`), '--log-level', 'error'],
      ...['--listen-client-urls', endpoint, '--advertise-client-urls', endpoint],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', reached[i] ?? ''],
      ...['--initial-cluster', initial, '--logger', 'zap', ...flags],
    ];
    const own = ['--name', `m${i}`, '--data-dir', join(folder, `m${i}`)];
    const advertised = ['--initial-advertise-peer-urls', reached[i] ?? ''];
    const restored = [...own, ...advertised, '--initial-cluster', initial];
    return createMember(endpoint, given, {
      peers: proxies[i],
      folder: join(folder, `m${i}`),
      restored,
    });
  });
  await Promise.all(running.map((member) => member.restart()));
  return {
    endpoints,
    member: (index) => running[index] as EtcdMember,
    async stop() {
      await Promise.all(running.map((member) => member.kill()));
      await Promise.all(proxies.map((proxy) => proxy.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface MemberParts {
  readonly peers: TcpProxy | undefined;
  readonly folder: string;
  /** What `etcdctl snapshot restore` must be told. */
  readonly restored: readonly string[];
}

function createMember(
  endpoint: string,
  flags: readonly string[],
  { peers, folder, restored }: MemberParts,
): EtcdMember {
  let child: ChildProcess | undefined;
  let said = '';

  async function kill(): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async function restart(): Promise<void> {
    const started = spawn(part('etcd'), flags, { stdio: ['ignore', 'ignore', 'pipe'] });
    child = started;
    started.stderr?.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(-4000);
    });
    const isUp = async () => {
      if (started.exitCode !== null) throw new Error(`etcd at ${endpoint} ended: ${said}`);
      const answer = await fetch(`${endpoint}/health`).then(
        (response) => response.json(),
        () => ({}),
      );
      return (answer as { health?: string }).health === 'true';
    };
    await until(isUp, `etcd at ${endpoint} is healthy`);
  }

  return {
    endpoint,
    peers,
    get pid() {
      return child?.pid;
    },
    kill,
    restart,
    async restore(snapshot) {
      await kill();
      await rm(folder, { recursive: true });
      const command = ['snapshot', 'restore', snapshot, ...restored];
      await promisify(execFile)(part('etcdctl'), command, { env: { ETCDCTL_API: '3' } });
      await restart();
    },
  };
}

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const limit = Date.now() + READY_MS;
  while (!(await holds())) {
    if (Date.now() > limit) throw new Error(`Waited ${READY_MS} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Ports that are free now. All are held at once, so that they differ. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
