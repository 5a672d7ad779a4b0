import { TitanError } from '../api/error.ts';
import { apiVersionOf } from '../api/kind.ts';
import { FAULT_DOMAIN, type FaultDomain } from '../api/kinds.gen.ts';
import type { Millis } from '../api/object.ts';
import { kindRules } from '../api/rules.ts';
import { type Leading, leadForever } from '../compose/lead.ts';
import type { OpenPeer } from '../federation/port.ts';
import { masterOver } from '../mesos/adapter.ts';
import { directTransport } from '../mesos/local/master/direct.ts';
import type { LocalMaster } from '../mesos/local/master/master.ts';
import { operatorOver } from '../mesos/operator.ts';
import type { Transport } from '../mesos/transport.ts';
import type { V1Call } from '../mesos/v1.ts';
import type { ClientOptions } from '../registry/client.ts';
import type { Client } from '../registry/port.ts';
import { createRegistry, type RunningRegistry } from '../registry/registry.ts';
import type { ReadPage } from '../runtime/page.ts';
import type { Clock, Journal, Log, Random } from '../runtime/port.ts';
import { namesOf, type Plugin } from '../scheduling/place/catalog.ts';
import type { Store } from '../store/port.ts';
import type { Garble } from './garbled.ts';
import type { Machines } from './machines.ts';
import { createMortal, type Fate, type Mortal } from './mortal.ts';

/** What was compiled of the schemas: one for all simulations of a process saves most of the start of each. */
export type Checkers = NonNullable<Parameters<typeof createRegistry>[0]['checkers']>;

export interface SimDomainOptions {
  readonly name: string;
  readonly region: string;
  readonly store: Store;
  readonly machines: Machines;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly openPeer: OpenPeer;
  /** CustomResourceDefinitions, parsed. */
  readonly crds: readonly unknown[];
  readonly checkers?: Checkers | undefined;
  readonly adoptionGraceMs?: Millis;
  /** What jobs and capacity groups may name beside what Titan has. */
  readonly plugins?: readonly Plugin[];
  /** What the addresses answer that the checks of rollouts name. */
  readonly readPage?: ReadPage;
  /** More of what its FaultDomain says. */
  readonly domain?: Partial<FaultDomain['spec']>;
}

/** A bug, put in by what stands between a control plane and its world; each part is as it is unless told. */
export interface Bug {
  store?(store: Store): Store;
  transport?(transport: Transport): Transport;
  client?(open: (options: ClientOptions) => Client, options: ClientOptions): Client;
}

/** Makes a bug anew for each life of a control plane. */
export type PlantBug = (life: { readonly clock: Clock; readonly random: Random }) => Bug;

/** The API of a simulated domain, which outlives its control planes. */
export interface SimDomain {
  readonly client: Client;
  /** Starts a control plane, a new life each time; of several one leads. */
  startLife(life: LifeOptions): SimLife;
  /** Ends all that waits, also in lives that are over: the platform keeps a signal that is listened to until it aborts. */
  stop(): Promise<void>;
}

export interface LifeOptions {
  /** Who it is in the election; no two that live at the same time may share one. */
  readonly identity: string;
  readonly random: Random;
  readonly fate: Fate;
  readonly garble: Garble;
  /** The store and the master as it reaches them; those of the domain unless told. */
  readonly store?: Store;
  readonly reach?: () => LocalMaster | undefined;
  /** Hears each call that reaches Mesos. */
  readonly heard?: (call: V1Call) => void;
  readonly plant?: PlantBug | undefined;
  /** With one, it looks after running tasks while the store is away. */
  readonly journal?: Journal;
  /** Names it in what is noted. */
  readonly label?: string;
  note(text: string): void;
}

/** One life of a control plane, from its start to its death. */
export interface SimLife {
  readonly mortal: Mortal;
  /** Ends it in order, as SIGTERM does. */
  terminate(): void;
}

const LEASE_MS = 10_000;

/** Opens the registry and says that the domain exists. */
export async function openSimDomain(options: SimDomainOptions): Promise<SimDomain> {
  const { name, region, store, checkers = new Map() } = options;
  const registry = registryOf({ ...options, checkers });
  await registry.start(new AbortController().signal);
  const client = registry.client({ manager: 'people' });
  await client.create(FAULT_DOMAIN, {
    apiVersion: apiVersionOf(FAULT_DOMAIN),
    kind: FAULT_DOMAIN.kind,
    metadata: { name },
    spec: { region, api: `http://${name}.example`, ...options.domain },
  });
  const lives: SimLife[] = [];
  return {
    client,
    startLife(given) {
      const life = startLife({ ...options, checkers }, given);
      lives.push(life);
      return life;
    },
    async stop() {
      for (const life of lives) life.terminate();
      await registry.stop();
      await store.close();
    },
  };
}

function registryOf(
  parts: Pick<
    SimDomainOptions,
    'name' | 'store' | 'clock' | 'random' | 'log' | 'crds' | 'plugins'
  > & {
    readonly checkers: Checkers;
  },
): RunningRegistry {
  const { name: domain, plugins = [], ...others } = parts;
  return createRegistry({
    ...others,
    domain,
    rules: kindRules(namesOf(plugins)),
    replicated: ['Job'],
  });
}

/** The same parts as in production, over a store, a network and a clock that die with it. */
function startLife(
  options: SimDomainOptions & { readonly checkers: Checkers },
  life: LifeOptions,
): SimLife {
  const { name, region, log, openPeer, machines, checkers, adoptionGraceMs } = options;
  const { random, identity, reach = machines.reach } = life;
  const mortal = createMortal({ ...life, ...(life.label ? { name: life.label } : {}) });
  const clock = mortal.clock(options.clock);
  const bug = life.plant?.({ clock, random }) ?? {};
  const own = mortal.store(life.store ?? options.store);
  const store = bug.store?.(own) ?? own;
  const stopping = new AbortController();

  function openMaster(): ReturnType<Leading['openMaster']> {
    const direct = tapped(directTransport(reach), life.heard);
    const net = mortal.transport(direct, life.garble);
    const transport = bug.transport?.(net) ?? net;
    const operator = operatorOver({ transport, clock });
    return { ...masterOver({ transport, clock, log }), operator, close: async () => undefined };
  }

  async function run(): Promise<void> {
    const registry = registryOf({ ...options, store, clock, random, checkers });
    await registry.start(stopping.signal);
    const client = (each: ClientOptions) =>
      bug.client?.(registry.client, each) ?? registry.client(each);
    const lead = { name, region, store, clock, random, log, openPeer, identity, openMaster };
    await leadForever(
      {
        ...lead,
        registry: { ...registry, client },
        leaseMs: LEASE_MS,
        framework: FRAMEWORK,
        journal: life.journal,
        ...(adoptionGraceMs === undefined ? {} : { adoptionGraceMs }),
        ...(options.plugins === undefined ? {} : { plugins: options.plugins }),
        readPage: options.readPage ?? unreachable,
      },
      stopping.signal,
    );
    mortal.die();
  }

  run().catch((error: unknown) => life.note(`the control plane failed: ${String(error)}`));
  return { mortal, terminate: () => stopping.abort() };
}

/** No address answers in a simulation, unless told. */
const unreachable: ReadPage = async (url) => {
  throw new TitanError('ServiceUnavailable', `${url} cannot be reached`);
};

const FRAMEWORK = {
  name: 'titan',
  user: 'titan',
  roles: ['titan'],
  failoverTimeoutMs: 86_400_000,
};

function tapped(transport: Transport, heard: LifeOptions['heard']): Transport {
  if (heard === undefined) return transport;
  return {
    call(path, call, streamId) {
      heard(call);
      return transport.call(path, call, streamId);
    },
    subscribe(call, signal, path) {
      if (path !== '/api/v1') heard(call);
      return transport.subscribe(call, signal, path);
    },
  };
}
