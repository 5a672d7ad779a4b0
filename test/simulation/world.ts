import { EVENT } from '../../src/api/builtin.ts';
import { TitanError } from '../../src/api/error.ts';
import { apiVersionOf } from '../../src/api/kind.ts';
import { FAULT_DOMAIN, JOB, type Job, TASK, type Task } from '../../src/api/kinds.gen.ts';
import type { Millis } from '../../src/api/object.ts';
import { phaseOf } from '../../src/api/task.ts';
import type { OpenPeer } from '../../src/federation/port.ts';
import type { ScriptedOptions } from '../../src/mesos/local/executor/scripted.ts';
import type { Client } from '../../src/registry/port.ts';
import type { VirtualClock } from '../../src/runtime/clock.ts';
import type { ReadPage } from '../../src/runtime/page.ts';
import type { Clock } from '../../src/runtime/port.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import type { Plugin } from '../../src/scheduling/place/catalog.ts';
import { openSimDomain, type SimDomain, type SimLife } from '../../src/sim/domain.ts';
import {
  type AlikeOptions,
  createMachines,
  type Machines,
  machinesAlike,
} from '../../src/sim/machines.ts';
import type { Fate } from '../../src/sim/mortal.ts';
import { peerOver } from '../../src/sim/peers.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/port.ts';
import { aWorld } from '../support/clock.ts';
import { checkers, quietLog, schemas } from '../support/registry.ts';

export interface Place {
  readonly name: string;
  readonly domain: SimDomain;
  readonly client: Client;
  readonly store: Store;
  readonly machines: Machines;
  /** Starts a control plane; the one before it dies. It dies before or after its nth effect, where told. */
  begin(death?: { readonly at: number; readonly when: 'before' | 'after' }): void;
  /** The control plane dies. */
  crash(): void;
  /** Every effect that control planes had, by name. */
  readonly effects: readonly string[];
  tasks(): Promise<readonly Task[]>;
  /** `<slot>#<attempt> <phase>`, sorted, those that have ended left out unless told. */
  lines(options?: { readonly ended: boolean }): Promise<readonly string[]>;
  events(): Promise<readonly string[]>;
  /** Mesos ids of what really runs. */
  running(): readonly string[];
  apply(spec: Partial<Job['spec']>, name?: string): Promise<void>;
}

export interface WorldOptions {
  readonly names?: readonly string[];
  readonly agents?: number;
  readonly cpus?: number;
  /** The zones that the agents lie in, in turn. */
  readonly zones?: readonly string[];
  /** What the agents say beside that. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Ranges and sets of other names that each agent has. */
  readonly items?: AlikeOptions['items'];
  /** What jobs and capacity groups may name beside what Titan has. */
  readonly plugins?: readonly Plugin[];
  /** What the addresses answer that the checks of rollouts name. */
  readonly readPage?: ReadPage;
  /** What becomes of control planes at each effect; they live unless told. */
  readonly fate?: Fate;
  /** The store of each domain; one in memory unless told. */
  readonly openStore?: (clock: Clock) => Store;
  /** How long the store takes to write a value; nothing unless told. */
  readonly writeMs?: (json: string) => Millis;
  /** What becomes of tasks; they run until they are stopped unless told. */
  readonly script?: ScriptedOptions['script'];
}

export interface World {
  readonly clock: VirtualClock;
  readonly places: readonly Place[];
  /** Waits for a promise while time goes on. */
  wait<T>(promise: Promise<T>): Promise<T>;
  /** Cuts the network to a domain, or mends it. */
  setReachable(name: string, reachable: boolean): void;
  /** Ends all that goes on in it; where many are played one after the other they would be kept. */
  stop(): Promise<void>;
}

/** Fault domains on one virtual clock, that reach each other without sockets; control planes are up. */
export async function aSimWorld(options: WorldOptions = {}): Promise<World> {
  const {
    names = ['dc1'],
    agents = 3,
    cpus = 16,
    zones = [],
    attributes = {},
    items = {},
  } = options;
  const { fate = () => 'lives', script, writeMs } = options;
  const { openStore = (own) => memoryStore({ clock: own }) } = options;
  const { clock } = aWorld();
  const places = new Map<string, Place>();
  const away = new Set<string>();

  async function wait<T>(promise: Promise<T>): Promise<T> {
    let done = false;
    const settled = promise.finally(() => {
      done = true;
    });
    settled.catch(() => undefined);
    await clock.runUntil(() => done, 60_000);
    return settled;
  }

  const openPeer: OpenPeer = ({ metadata: { name } }) =>
    peerOver(() => (away.has(name) ? undefined : places.get(name)?.client));
  for (const [index, name] of names.entries()) {
    const memory = openStore(clock);
    const store = writeMs === undefined ? memory : slowly(memory, clock, writeMs);
    const random = seededRandom(index + 1);
    const log = quietLog;
    const size = { count: agents, cpus, memoryMiB: 65_536, zones, says: attributes, items };
    const machines = createMachines({
      fleet: machinesAlike(size),
      clock,
      random,
      log,
      ...(script === undefined ? {} : { script }),
    });
    const parts = {
      name,
      region: 'us-east-1',
      store,
      machines,
      clock,
      random,
      log,
      openPeer,
      crds: schemas,
      checkers,
      ...(options.plugins === undefined ? {} : { plugins: options.plugins }),
      ...(options.readPage === undefined ? {} : { readPage: options.readPage }),
    };
    const domain = await wait(openSimDomain(parts));
    places.set(name, placeOf({ name, domain, store, machines, seed: 100 * (index + 1), fate }));
  }
  for (const { client } of places.values()) {
    for (const name of names) await wait(declare(client, name));
  }
  for (const place of places.values()) place.begin();
  await clock.advance(3_000);
  const setReachable = (name: string, reachable: boolean) => {
    if (reachable) away.delete(name);
    else away.add(name);
  };
  async function stop(): Promise<void> {
    for (const { machines, domain, crash } of places.values()) {
      crash();
      machines.stop();
      await wait(domain.stop());
    }
  }

  return { clock, places: [...places.values()], wait, setReachable, stop };
}

function slowly(store: Store, clock: VirtualClock, writeMs: (json: string) => Millis): Store {
  return {
    ...store,
    async transact(transaction) {
      const values = transaction.write.flatMap((one) => (one.do === 'put' ? [one.value] : []));
      const times = values.map((value) => writeMs(Buffer.from(value).toString()));
      await clock.sleep(Math.max(0, ...times));
      return store.transact(transaction);
    },
  };
}

interface Parts extends Pick<Place, 'name' | 'domain' | 'store' | 'machines'> {
  readonly seed: number;
  readonly fate: Fate;
}

function placeOf({ name, domain, store, machines, seed, fate }: Parts): Place {
  const { client } = domain;
  const effects: string[] = [];
  let lives = 0;
  let life: SimLife | undefined;
  const tasks = async () => (await client.list(TASK)).items;
  return {
    name,
    domain,
    client,
    store,
    machines,
    effects,
    crash: () => life?.mortal.die(),
    begin(death) {
      lives += 1;
      let effect = 0;
      const fateOfLife: Fate = (name) => {
        const isNow = effect === death?.at;
        effect += 1;
        return isNow ? (`dies-${death.when}` as const) : fate(name);
      };
      life?.mortal.die();
      life = domain.startLife({
        identity: 'titan-1',
        random: seededRandom(seed + lives),
        fate: fateOfLife,
        garble: (event, deliver) => deliver(event),
        note: (text) => effects.push(text),
      });
    },
    tasks,
    async lines({ ended } = { ended: false }) {
      const shown = (await tasks()).filter(
        (task) => ended || !['Succeeded', 'Failed', 'Killed', 'Lost'].includes(phaseOf(task)),
      );
      return shown
        .map((task) => `${task.spec.slot}#${task.spec.attempt} ${phaseOf(task)}`)
        .toSorted();
    },
    async events() {
      const { items } = await client.list(EVENT);
      return items.map(({ reason, message }) => `${reason}: ${message}`);
    },
    running: () => machines.machines.flatMap((machine) => machine.taskIds()),
    async apply(spec, job = 'web') {
      const metadata = { name: job, namespace: 'default' };
      const full = {
        applicationName: job,
        version: '1',
        location: 'dc1:3',
        ...spec,
      } as Job['spec'];
      await client.create(JOB, {
        apiVersion: apiVersionOf(JOB),
        kind: JOB.kind,
        metadata,
        spec: full,
      });
    },
  };
}

async function declare(client: Client, name: string): Promise<void> {
  const spec = { region: 'us-east-1', api: `http://${name}.example` };
  const draft = {
    apiVersion: apiVersionOf(FAULT_DOMAIN),
    kind: FAULT_DOMAIN.kind,
    metadata: { name },
    spec,
  };
  await client.create(FAULT_DOMAIN, draft).catch((error: unknown) => {
    if (!(error instanceof TitanError) || error.reason !== 'AlreadyExists') throw error;
  });
}
