import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { part } from './parts.ts';

export interface EtcdMember {
  readonly endpoint: string;
  readonly pid: number | undefined;
  /** Ends it without warning. */
  kill(): Promise<void>;
  /** Starts it again on its own data, and waits until it answers. */
  restart(): Promise<void>;
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
}

const READY_MS = 20_000;
const POLL_MS = 25;

/** An etcd of its own on loopback, with free ports and a folder that goes with it. */
export async function startEtcd({
  members = 1,
  flags = [],
}: EtcdOptions = {}): Promise<EtcdCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'titan-etcd-'));
  const ports = await freePorts(2 * members);
  const peers = ports.slice(members).map((port) => `http://127.0.0.1:${port}`);
  const endpoints = ports.slice(0, members).map((port) => `http://127.0.0.1:${port}`);
  const initial = peers.map((peer, i) => `m${i}=${peer}`).join(',');
  const running = endpoints.map((endpoint, i) => {
    const peer = peers[i] ?? '';
    return createMember(endpoint, [
      ...['--name', `m${i}`, '--data-dir', join(folder, `m${i}`), '--log-level', 'error'],
      ...['--listen-client-urls', endpoint, '--advertise-client-urls', endpoint],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
      ...['--initial-cluster', initial, '--logger', 'zap', ...flags],
    ]);
  });
  await Promise.all(running.map((member) => member.restart()));
  return {
    endpoints,
    member: (index) => running[index] as EtcdMember,
    async stop() {
      await Promise.all(running.map((member) => member.kill()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function createMember(endpoint: string, flags: readonly string[]): EtcdMember {
  let child: ChildProcess | undefined;
  let said = '';
  return {
    endpoint,
    get pid() {
      return child?.pid;
    },
    async kill() {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
    async restart() {
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
