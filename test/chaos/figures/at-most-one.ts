import { expect } from 'chai';
import type { Random } from '../../../src/runtime/port.ts';
import { seededRandom } from '../../../src/runtime/random.ts';
import { officeOf } from '../faults.ts';
import { checkHistory } from '../history/check.ts';
import { createHistory } from '../history/operation.ts';
import { readAll, startClients } from '../load/clients.ts';
import { type InstanceWatch, watchInstances } from '../load/instances.ts';
import { createPeople, type People } from '../load/people.ts';
import { type Cluster, startCluster } from '../parts/cluster.ts';
import type { Replica } from '../parts/replica.ts';
import { missing, steadyProcesses, untilWell } from '../run.ts';
import { pause } from '../wait.ts';

/** How often each is done: the leader killed, the leader stopped for about a lease, a member of etcd killed. */
export interface Strikes {
  readonly kills: number;
  readonly stops: number;
  readonly members: number;
}

export interface AtMostOneOptions {
  readonly strikes: Strikes;
  readonly seed: number;
  readonly replicas: number;
  readonly writesPerSecond: number;
  /** Told every ten seconds. */
  readonly tell?: (tally: Tally) => void;
  /** Ends it before its time; what was seen by then is judged. */
  readonly signal?: AbortSignal;
  readonly logs?: string | undefined;
}

/** What there was by now. */
export interface Tally extends Strikes {
  /** Of the kills: those of all replicas at a time. */
  readonly allKilled: number;
  readonly seconds: number;
  readonly acknowledged: number;
  readonly operations: number;
  readonly looks: number;
  /** What must not be; nothing in a good run. */
  readonly broken: readonly string[];
}

type Strike = 'kill' | 'kill all' | 'stop' | 'member';

const LEASE_SECONDS = 2;
const ALL_KILLED_EVERY = 10;
/** So many strikes have one history, which is checked when they are over. */
const STRIKES_PER_HISTORY = 25;
const KEYS = 96;
const CLIENTS = 24;
const TELL_MS = 10_000;
/** Strikes come at any moment of what people have just asked for. */
const HURRY_MS = 500;
const MEMBER_AWAY_MS = 700;

/**
 * Strikes the leader, or etcd, again and again, as soon as everything runs, while people change a job and clients
 * write: no instance may have two live processes, no acknowledged write be lost, no task end that nobody touched.
 */
export async function measureAtMostOne(options: AtMostOneOptions): Promise<Tally> {
  const { strikes, seed, replicas, logs, tell, signal } = options;
  const random = seededRandom(seed);
  const cluster = await startCluster({ replicas, agents: 3, leaseSeconds: LEASE_SECONDS });
  const people = createPeople({ ...cluster, random });
  const watch = watchInstances(cluster.state);
  const tally = createTally(watch);
  const telling = setInterval(() => tell?.(tally.now()), TELL_MS);
  try {
    await people.begin();
    expect(await untilWell(people.lacks)).to.equal(undefined);
    const steady = steadyProcesses(cluster.state);
    const world = { ...options, cluster, people, random, tally, ...strikers(cluster, random) };
    const waiting = drawn(strikes, random);
    while (waiting.length > 0 && signal?.aborted !== true && tally.broken.length === 0) {
      await playOne(world, waiting.splice(0, STRIKES_PER_HISTORY));
      tally.broken.push(...missing(steady, steadyProcesses(cluster.state)));
    }
    return tally.now();
  } finally {
    clearInterval(telling);
    watch.stop();
    await cluster.stop(logs);
  }
}

/** All strikes in an order of chance. */
function drawn({ kills, stops, members }: Strikes, random: Random): Strike[] {
  const killing = (_: unknown, index: number): Strike =>
    index % ALL_KILLED_EVERY === ALL_KILLED_EVERY - 1 ? 'kill all' : 'kill';
  const all: readonly Strike[] = [
    ...Array.from({ length: kills }, killing),
    ...Array<Strike>(stops).fill('stop'),
    ...Array<Strike>(members).fill('member'),
  ];
  const ranked = all.map((strike) => ({ strike, rank: random.next() }));
  return ranked.toSorted((a, b) => a.rank - b.rank).map(({ strike }) => strike);
}

interface Playing extends AtMostOneOptions, ReturnType<typeof strikers> {
  readonly cluster: Cluster;
  readonly people: People;
  readonly random: Random;
  readonly tally: ReturnType<typeof createTally>;
}

/** The strikes of one history, and what is said of it. */
async function playOne(playing: Playing, strikes: readonly Strike[]): Promise<void> {
  const { cluster, people, random, tally, signal, writesPerSecond, strike, settled } = playing;
  const history = createHistory();
  const prefix = `after-${tally.struck}`;
  const load = { apis: cluster.apis, history, random, keys: KEYS, clients: CLIENTS, prefix };
  const clients = startClients({ ...load, perSecond: writesPerSecond * 1.25 });
  tally.follow(clients.acknowledged);
  try {
    for (const each of strikes) {
      if (signal?.aborted === true) break;
      await people.change();
      await pause(random.next() * HURRY_MS);
      await strike(each, () => people.change());
      tally.note(each);
      await people.settle();
      const lack = await untilWell(async () => people.misplaced());
      if (lack !== undefined) tally.broken.push(`after strike ${tally.struck}, ${each}: ${lack}`);
      if (tally.broken.length > 0) break;
    }
  } finally {
    await clients.stop();
  }
  await settled();
  await readAll(load);
  const lack = await untilWell(people.lacks);
  if (lack !== undefined) tally.broken.push(`after strike ${tally.struck}: ${lack}`);
  tally.judged(history.operations.length);
  for (const { text } of checkHistory(history.operations)) tally.broken.push(`history: ${text}`);
}

/** What strikes; `change` is done while the strike lasts. */
function strikers(cluster: Cluster, random: Random) {
  const { etcd, replicas } = cluster;
  const starting = new Map<Replica, Promise<void>>();
  let term = -1;

  /** The leader of a term that has not been struck yet. */
  async function freshLeader(): Promise<Replica> {
    const office = await officeOf(cluster, term);
    term = office.term;
    await starting.get(office.leader);
    return office.leader;
  }

  async function killAndStart(killed: readonly Replica[]): Promise<void> {
    for (const replica of killed) await starting.get(replica);
    await Promise.all(killed.map((replica) => replica.kill()));
    for (const replica of killed) {
      const start = replica.start();
      // Whoever waits for it hears of its failure.
      start.catch(() => {});
      starting.set(replica, start);
    }
  }

  async function stop(leader: Replica, change: () => Promise<void>): Promise<void> {
    leader.signal('SIGSTOP');
    const changing = change();
    await pause(LEASE_SECONDS * 1_000 * (0.5 + random.next()));
    leader.signal('SIGCONT');
    await changing;
  }

  async function strike(what: Strike, change: () => Promise<void>): Promise<void> {
    switch (what) {
      case 'kill':
        await killAndStart([await freshLeader()]);
        return change();
      case 'kill all':
        await freshLeader();
        return killAndStart(replicas);
      case 'stop':
        await stop((await officeOf(cluster)).leader, change);
        return;
      case 'member': {
        const member = etcd.member(Math.floor(random.next() * etcd.endpoints.length));
        await member.kill();
        await Promise.all([change(), pause(MEMBER_AWAY_MS)]);
        return member.restart();
      }
    }
  }

  return {
    strike,
    /** Resolves when every replica that was killed answers again. */
    settled: async () => void (await Promise.all(starting.values())),
  };
}

function createTally(watch: InstanceWatch) {
  const done: Record<Strike, number> = { kill: 0, 'kill all': 0, stop: 0, member: 0 };
  const broken: string[] = [];
  const followed: { readonly count: number }[] = [];
  const beganAt = performance.now();
  let operations = 0;
  return {
    broken,
    get struck() {
      return done.kill + done['kill all'] + done.stop + done.member;
    },
    note(strike: Strike) {
      done[strike] += 1;
    },
    follow: (acknowledged: { readonly count: number }) => void followed.push(acknowledged),
    judged(more: number) {
      operations += more;
    },
    now: (): Tally => ({
      kills: done.kill + done['kill all'],
      allKilled: done['kill all'],
      stops: done.stop,
      members: done.member,
      seconds: (performance.now() - beganAt) / 1_000,
      acknowledged: followed.reduce((sum, { count }) => sum + count, 0),
      operations,
      looks: watch.looks,
      broken: [...broken, ...watch.doubled.map((text) => `two live at a time: ${text}`)],
    }),
  };
}
