import { apiVersionOf } from '../api/kind.ts';
import { FAULT_DOMAIN, type FaultDomain } from '../api/kinds.gen.ts';
import type { Millis } from '../api/object.ts';
import { kindRules } from '../api/rules.ts';
import { type ControlPlane, startControlPlane } from '../control-plane.ts';
import type { OpenPeer } from '../federation/port.ts';
import { masterOver } from '../mesos/adapter.ts';
import { startFramework } from '../mesos/framework.ts';
import { directTransport } from '../mesos/local/master/direct.ts';
import { operatorOver } from '../mesos/operator.ts';
import type { Transport } from '../mesos/transport.ts';
import type { V1Call } from '../mesos/v1.ts';
import type { Client } from '../registry/port.ts';
import { createRegistry, type RunningRegistry } from '../registry/registry.ts';
import type { Clock, Log, Random } from '../runtime/port.ts';
import type { Store } from '../store/port.ts';
import type { Machines } from './machines.ts';
import { createMortal, type Fate, type Garble, type Mortal } from './mortal.ts';

export interface SimDomainOptions {
  readonly name: string;
  readonly region: string;
  readonly store: Store;
  /** The store as control planes reach it; the same unless told. */
  readonly lifeStore?: Store;
  readonly machines: Machines;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly openPeer: OpenPeer;
  /** CustomResourceDefinitions, parsed. */
  readonly crds: readonly unknown[];
  readonly adoptionGraceMs?: Millis;
  /** More of what its FaultDomain says. */
  readonly domain?: Partial<FaultDomain['spec']>;
}

/** What a bug that is planted in a life has at hand. */
export interface PlantedBug {
  readonly client: Client;
  readonly clock: Clock;
}

/** The API of a simulated domain, which outlives its control plane. */
export interface SimDomain {
  readonly client: Client;
  /** Starts a control plane, a new life each time. Only one may live. */
  startLife(life: LifeOptions): SimLife;
  stop(): Promise<void>;
}

export interface LifeOptions {
  readonly random: Random;
  readonly fate: Fate;
  readonly garble: Garble;
  /** Hears each call that reaches Mesos. */
  readonly heard?: (call: V1Call) => void;
  readonly plant?: ((bug: PlantedBug) => void) | undefined;
  note(text: string): void;
}

/** One life of the control plane, from its start to its death. */
export interface SimLife {
  readonly mortal: Mortal;
  /** Set once everything of it has been started. */
  readonly plane: () => ControlPlane | undefined;
}

/** Opens the registry and says that the domain exists. */
export async function openSimDomain(options: SimDomainOptions): Promise<SimDomain> {
  const { name, region, store } = options;
  const checkers: Checkers = new Map();
  const registry = registryOf({ ...options, checkers });
  await registry.start(new AbortController().signal);
  const client = registry.client({ manager: 'people' });
  await client.create(FAULT_DOMAIN, {
    apiVersion: apiVersionOf(FAULT_DOMAIN),
    kind: FAULT_DOMAIN.kind,
    metadata: { name },
    spec: { region, api: `http://${name}.example`, ...options.domain },
  });
  return {
    client,
    startLife: (life) => startLife({ ...options, checkers }, life),
    async stop() {
      await registry.stop();
      await store.close();
    },
  };
}

type Checkers = NonNullable<Parameters<typeof createRegistry>[0]['checkers']>;

function registryOf(
  parts: Pick<SimDomainOptions, 'name' | 'store' | 'clock' | 'random' | 'log' | 'crds'> & {
    readonly checkers: Checkers;
  },
): RunningRegistry {
  const { name: domain, store, clock, random, log, crds, checkers } = parts;
  return createRegistry({
    store,
    clock,
    random,
    log,
    domain,
    crds,
    rules: kindRules(),
    checkers,
    replicated: ['Job'],
  });
}

/** The same parts as in production, over a store, a network and a clock that die with it. */
function startLife(
  options: SimDomainOptions & { readonly checkers: Checkers },
  life: LifeOptions,
): SimLife {
  const { name, region, log, openPeer, machines, checkers, crds } = options;
  const { random } = life;
  const mortal = createMortal(life);
  const clock = mortal.clock(options.clock);
  const store = mortal.store(options.lifeStore ?? options.store);
  const registry = registryOf({ name, store, clock, random, log, crds, checkers });
  let plane: ControlPlane | undefined;

  async function start(): Promise<void> {
    await registry.start(mortal.signal);
    const { heard, plant } = life;
    const transport = mortal.transport(tapped(directTransport(machines.reach), heard), life.garble);
    const master = masterOver({ transport, clock, log });
    const framework = {
      name: 'titan',
      user: 'titan',
      roles: ['titan'],
      failoverTimeoutMs: 86_400_000,
    };
    const client = registry.client({ manager: 'titan' });
    plant?.({ client, clock });
    plane = await startControlPlane({
      client,
      kinds: registry,
      clock,
      random,
      log,
      domain: { name, region },
      openPeer,
      operator: operatorOver({ transport, clock }),
      openFramework: (host) => startFramework({ master, framework, host, clock, random, log }),
      ...(options.adoptionGraceMs === undefined
        ? {}
        : { adoptionGraceMs: options.adoptionGraceMs }),
    });
  }

  start().catch((error: unknown) => life.note(`the control plane did not start: ${String(error)}`));
  return { mortal, plane: () => plane };
}

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
