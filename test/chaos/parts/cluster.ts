import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { type EtcdCluster, freePorts, startEtcd } from '../../support/etcd.ts';
import { PATIENCE_MS } from '../wait.ts';
import { type Api, createApi } from './api.ts';
import { createKeeper, type Keeper } from './keeper.ts';
import { createMesos, type Mesos } from './mesos.ts';
import { createReplica, type Replica } from './replica.ts';

/** Everything that runs in production, on loopback: etcd, a Mesos, replicas of one fault domain. */
export interface Cluster {
  readonly state: string;
  readonly keeper: Keeper;
  readonly etcd: EtcdCluster;
  readonly mesos: Mesos;
  readonly replicas: readonly Replica[];
  /** The API of each replica. */
  readonly apis: readonly Api[];
  /** Ends all; the replicas' logs are kept where a folder is named. */
  stop(logs?: string): Promise<void>;
}

export interface ClusterOptions {
  readonly replicas: number;
  readonly agents: number;
  readonly members?: 1 | 3;
  /** Whether nothing runs on the agents: tasks end well after a few seconds. */
  readonly isSimulated?: boolean;
  readonly etcdFlags?: readonly string[];
  /** For the Node that the replicas run on. */
  readonly nodeFlags?: readonly string[];
  /** How long the start of a replica may take. */
  readonly readyMs?: number;
  /** How long a leader that died or stands still keeps its office. */
  readonly leaseSeconds?: number;
}

/** Short, so that a leader that dies is soon replaced. */
export const LEASE_SECONDS = 3;

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { members = 3, agents, etcdFlags = [], nodeFlags = [], readyMs = PATIENCE_MS } = options;
  const { leaseSeconds = LEASE_SECONDS, isSimulated } = options;
  const state = mkdtempSync(join(tmpdir(), 'titan-chaos-'));
  const keeper = createKeeper(state);
  try {
    const etcd = await startEtcd({ members, flags: etcdFlags, hasPeerProxies: true });
    keeper.keepAlso(() => etcd.endpoints.map((_, index) => etcd.member(index).pid));
    const [mesosPort = 0, ...ports] = await freePorts(1 + options.replicas);
    const mesos = createMesos({ keeper, state, port: mesosPort, agents, isSimulated });
    await mesos.start();
    const common = { keeper, state, etcd: etcd.endpoints, mesos: mesos.url, nodeFlags, readyMs };
    const replicas: Replica[] = [];
    for (const [index, port] of ports.entries()) {
      const name = `replica-${index}`;
      replicas.push(await createReplica({ ...common, port, name, leaseSeconds }));
      await replicas[index]?.start();
    }
    const keys = readKeys(join(state, 'pki', 'kubeconfig'));
    const apis = replicas.map(({ port }) => createApi({ port, ...keys }));
    return {
      ...{ state, keeper, etcd, mesos, replicas, apis },
      async stop(logs) {
        if (logs !== undefined) keepLogs(state, logs);
        for (const api of apis) api.close();
        keeper.endAll();
        await etcd.stop();
        await Promise.all(replicas.map((replica) => replica.stopProxies()));
        rmSync(state, { recursive: true, force: true, maxRetries: 5 });
      },
    };
  } catch (thrown) {
    keeper.endAll();
    throw thrown;
  }
}

function keepLogs(state: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const logs = readdirSync(state).filter((name) => name.endsWith('.log'));
  for (const name of logs) copyFileSync(join(state, name), join(folder, name));
}

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: Record<string, string> }[];
  readonly users: readonly { readonly user: Record<string, string> }[];
}

/** Who a kubeconfig's user is, and whom it trusts. */
export function readKeys(path: string): {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
} {
  const { clusters, users } = load(readFileSync(path, 'utf8')) as Kubeconfig;
  const text = (data: string | undefined) => Buffer.from(data ?? '', 'base64').toString();
  return {
    ca: text(clusters[0]?.cluster['certificate-authority-data']),
    cert: text(users[0]?.user['client-certificate-data']),
    key: text(users[0]?.user['client-key-data']),
  };
}
