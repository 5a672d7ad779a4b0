import type { Random } from '../../src/runtime/port.ts';
import type { EtcdMember } from '../support/etcd.ts';
import type { TcpProxy, Weather } from '../support/proxy.ts';
import type { Cluster } from './parts/cluster.ts';
import { send } from './parts/keeper.ts';
import type { Replica } from './parts/replica.ts';
import { found } from './wait.ts';

export interface Fault {
  readonly name: string;
  /** How long it lasts, in milliseconds. */
  readonly lastsMs: number;
  /** Whether etcd takes no writes meanwhile, so that its own gap is worth knowing. */
  readonly isLeaderLoss?: boolean;
  /** How long it may go unnoticed, by the protocol's own heartbeats. */
  readonly unnoticedMs?: number;
  /** Does the harm; the returned function ends it, and returns when what was ended is there again. */
  strike(cluster: Cluster, random: Random): Promise<() => Promise<void>>;
}

/** All that is done to a cluster. */
export const FAULTS: readonly Fault[] = [
  etcdFault('etcd leader: kill -9', 4_000, { kills: true, leader: true }),
  etcdFault('etcd leader: SIGSTOP', 5_000, { kills: false, leader: true }),
  etcdFault('etcd follower: kill -9', 2_000, { kills: true, leader: false }),
  etcdFault('etcd follower: SIGSTOP', 3_000, { kills: false, leader: false }),
  {
    name: 'etcd: all members kill -9',
    lastsMs: 1_500,
    async strike({ etcd }) {
      const members = membersOf(etcd);
      await Promise.all(members.map((member) => member.kill()));
      return async () => void (await Promise.all(members.map((member) => member.restart())));
    },
  },
  peerFault('etcd leader: its peers do not hear it', {
    toClient: { isHeld: true },
    toServer: { isHeld: true },
  }),
  peerFault(
    'etcd: 40 ms between members',
    { toClient: { delayMs: 20 }, toServer: { delayMs: 20 } },
    'all',
  ),
  replicaFault('leader: kill -9', { leader: true, kills: true }, 1_000),
  replicaFault('leader: SIGSTOP', { leader: true, kills: false }, 5_000),
  replicaFault('standby: kill -9', { leader: false, kills: true }, 1_000),
  replicaFault('standby: SIGSTOP', { leader: false, kills: false }, 4_000),
  {
    name: 'all replicas: kill -9',
    lastsMs: 1_000,
    async strike({ replicas }) {
      await Promise.all(replicas.map((replica) => replica.kill()));
      return async () => void (await Promise.all(replicas.map((replica) => replica.start())));
    },
  },
  linkFault('leader to etcd: nothing comes back', ({ toStore }) => toStore, {
    toClient: { isHeld: true },
  }),
  linkFault('leader to etcd: nothing gets there', ({ toStore }) => toStore, {
    toServer: { isHeld: true },
  }),
  linkFault('leader to etcd: 100 ms, 200 kB/s', ({ toStore }) => toStore, {
    toServer: { delayMs: 50, bytesPerSecond: 200_000 },
    toClient: { delayMs: 50, bytesPerSecond: 200_000 },
  }),
  linkFault('leader to Mesos: cut both ways', ({ toMesos }) => [toMesos], {
    toServer: { isHeld: true },
    toClient: { isHeld: true },
  }),
  oneWordFault('leader to etcd: reset', ({ toStore }) => toStore, 'cut'),
  oneWordFault('leader to etcd: half open', ({ toStore }) => toStore, 'forget'),
  oneWordFault('leader to Mesos: reset', ({ toMesos }) => [toMesos], 'cut'),
  {
    ...oneWordFault('leader to Mesos: half open', ({ toMesos }) => [toMesos], 'forget'),
    unnoticedMs: 75_000,
  },
  {
    name: 'Mesos, master and agents: kill -9',
    lastsMs: 1_000,
    async strike({ mesos }) {
      await mesos.kill();
      return () => mesos.start();
    },
  },
  {
    name: 'Mesos, master and agents: SIGSTOP',
    lastsMs: 4_000,
    async strike({ mesos }) {
      mesos.signal('SIGSTOP');
      return async () => mesos.signal('SIGCONT');
    },
  },
  {
    name: 'Mesos: another master leads',
    lastsMs: 500,
    async strike({ mesos }, random) {
      await mesos.tell({ do: 'restart-master', keepRegistry: random.next() < 0.5 });
      return async () => {};
    },
  },
  {
    name: 'agent: begins its next life',
    lastsMs: 500,
    async strike({ mesos }, random) {
      await mesos.tell({ do: 'restart-agent', agent: Math.floor(random.next() * mesos.agents) });
      return async () => {};
    },
  },
  {
    name: 'agent: cut off from its master',
    lastsMs: 4_000,
    async strike({ mesos }, random) {
      const agent = Math.floor(random.next() * mesos.agents);
      await mesos.tell({ do: 'cut-off', agent });
      return () => mesos.tell({ do: 'reconnect', agent });
    },
  },
];

interface Whom {
  readonly leader: boolean;
  readonly kills: boolean;
}

function etcdFault(name: string, lastsMs: number, { leader, kills }: Whom): Fault {
  return {
    name,
    lastsMs,
    isLeaderLoss: leader,
    async strike({ etcd }) {
      const members = membersOf(etcd);
      const first = await etcdLeader(members);
      const member = leader ? first : members.find((each) => each !== first);
      if (member === undefined) throw new Error('etcd has no such member');
      if (kills) {
        await member.kill();
        return () => member.restart();
      }
      send(member.pid ?? 0, 'SIGSTOP');
      return async () => send(member.pid ?? 0, 'SIGCONT');
    },
  };
}

function peerFault(name: string, weather: Weather, whose: 'leader' | 'all' = 'leader'): Fault {
  return {
    name,
    lastsMs: 4_000,
    async strike({ etcd }) {
      const members = membersOf(etcd);
      const hurt = whose === 'all' ? members : [await etcdLeader(members)];
      for (const { peers } of hurt) peers?.setWeather(weather);
      return async () => {
        for (const { peers } of hurt) peers?.setWeather({});
      };
    },
  };
}

function replicaFault(name: string, { leader, kills }: Whom, lastsMs: number): Fault {
  return {
    name,
    lastsMs,
    async strike(cluster) {
      const first = await leadingReplica(cluster);
      const replica = leader ? first : cluster.replicas.find((each) => each !== first);
      if (replica === undefined) throw new Error('there is no such replica');
      if (kills) {
        await replica.kill();
        return () => replica.start();
      }
      replica.signal('SIGSTOP');
      return async () => replica.signal('SIGCONT');
    },
  };
}

type Links = (replica: Replica) => readonly TcpProxy[];

function linkFault(name: string, links: Links, weather: Weather): Fault {
  return {
    name,
    lastsMs: 5_000,
    async strike(cluster) {
      const proxies = links(await leadingReplica(cluster));
      for (const proxy of proxies) proxy.setWeather(weather);
      return async () => {
        for (const proxy of proxies) proxy.setWeather({});
      };
    },
  };
}

function oneWordFault(name: string, links: Links, word: 'cut' | 'forget'): Fault {
  return {
    name,
    lastsMs: 1_000,
    async strike(cluster) {
      const proxies = links(await leadingReplica(cluster));
      for (const proxy of proxies) proxy[word]();
      return async () => {
        // What was forgotten stays half open until somebody notices; an hour of that is not waited for.
        for (const proxy of proxies) if (word === 'cut') proxy.cut();
      };
    },
  };
}

function membersOf(etcd: Cluster['etcd']): readonly EtcdMember[] {
  return etcd.endpoints.map((_, index) => etcd.member(index));
}

async function etcdLeader(members: readonly EtcdMember[]): Promise<EtcdMember> {
  return found('a member of etcd leads', async () => {
    for (const member of members) {
      const status = await statusOf(member.endpoint);
      if (status?.leader !== undefined && status.leader === status.header?.member_id) return member;
    }
    return undefined;
  });
}

interface Status {
  readonly leader?: string;
  readonly header?: { readonly member_id?: string };
}

async function statusOf(endpoint: string): Promise<Status | undefined> {
  try {
    const signal = AbortSignal.timeout(500);
    const response = await fetch(`${endpoint}/v3/maintenance/status`, {
      method: 'POST',
      body: '{}',
      signal,
    });
    return (await response.json()) as Status;
  } catch {
    return undefined;
  }
}

/** Who leads, as the Lease names it, and which term of office that is. */
export interface Office {
  readonly leader: Replica;
  readonly term: number;
}

/** Waits while the Lease names no replica that is there, or no term after the one given. */
export function officeOf({ apis, replicas }: Cluster, after = -1): Promise<Office> {
  return found('a replica leads', async () => {
    for (const api of apis) {
      const path = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/titan';
      const answer = await api.ask('GET', path).catch(() => undefined);
      const { holderIdentity, leaseTransitions: term = -1 } = answer?.body?.spec ?? {};
      const leader = replicas.find(({ name }) => name === holderIdentity);
      if (leader !== undefined && term > after) return { leader, term };
    }
    return undefined;
  });
}

/** The replica that the Lease names; waits while it names none that is there. */
export async function leadingReplica(cluster: Cluster): Promise<Replica> {
  return (await officeOf(cluster)).leader;
}
