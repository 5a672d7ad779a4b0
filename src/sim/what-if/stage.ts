import { NAMESPACE, SECRET } from '../../api/builtin.ts';
import { hasReason } from '../../api/error.ts';
import { apiVersionOf } from '../../api/kind.ts';
import { AGENT, CAPACITY_GROUP, FAULT_DOMAIN, JOB, VOLUME } from '../../api/kinds.gen.ts';
import { keyOf, keyText } from '../../api/object.ts';
import type { Client } from '../../registry/port.ts';
import type { VirtualClock } from '../../runtime/clock.ts';
import type { Log, Random } from '../../runtime/port.ts';
import { memoryStore } from '../../store/memory.ts';
import { type Checkers, openSimDomain, type SimDomain, type SimLife } from '../domain.ts';
import { createMachines, type Machines } from '../machines.ts';
import { peerOver } from '../peers.ts';
import { draftOf, emptySecret, secretKeysOf } from './drafts.ts';
import { fleetOf } from './fleet.ts';
import { createPins, type Pins } from './pins.ts';
import type { Question, RecordedDomain } from './port.ts';
import { type Story, tellStory } from './story.ts';

/** A fault domain that is played. */
export interface Place {
  readonly name: string;
  readonly recorded: RecordedDomain;
  readonly client: Client;
  readonly machines: Machines;
  readonly pins: Pins;
  readonly story: Story;
  readonly alive: boolean;
  /** Its power goes: machines, control plane and API. */
  fail(): void;
  stop(): Promise<void>;
}

export interface StageOptions {
  readonly question: Question;
  readonly crds: readonly unknown[];
  readonly clock: VirtualClock;
  readonly random: (salt: number) => Random;
  readonly log: Log;
}

/** Opens all fault domains, each with machines like its agents, and puts in what was recorded, jobs last. */
export async function setStage(options: StageOptions): Promise<readonly Place[]> {
  const { question } = options;
  const places = new Map<string, Place>();
  const reach = (name: string) => {
    const place = places.get(name);
    return place?.alive === true ? place.client : undefined;
  };
  const checkers: Checkers = new Map();
  for (const [index, recorded] of question.domains.entries()) {
    const parts = { ...options, checkers, reach, salt: 10 * (index + 1) };
    places.set(recorded.domain.metadata.name, await openPlace(recorded, parts));
  }
  const all = [...places.values()];
  for (const place of all) await furnish(place, question);
  await applyJobs(all);
  return all;
}

interface Parts extends StageOptions {
  readonly checkers: Checkers;
  readonly reach: (name: string) => Client | undefined;
  readonly salt: number;
}

async function openPlace(recorded: RecordedDomain, parts: Parts): Promise<Place> {
  const { question, crds, clock, random, log, checkers, reach, salt } = parts;
  const { name } = recorded.domain.metadata;
  const { region } = recorded.domain.spec;
  const fleet = fleetOf(recorded.agents);
  const machines = createMachines({ fleet, clock, log, random: random(salt) });
  const domain: SimDomain = await openSimDomain({
    name,
    region,
    store: memoryStore({ clock }),
    machines,
    clock,
    random: random(salt + 1),
    log,
    openPeer: ({ metadata }) => peerOver(() => reach(metadata.name)),
    crds,
    checkers,
    plugins: question.plugins,
    domain: recorded.domain.spec,
  });
  const pins = createPins(recorded.tasks, new Set(fleet.map(({ hostname }) => hostname)));
  const stopping = new AbortController();
  const sum = (of: (shape: (typeof fleet)[number]['resources']) => number) =>
    fleet.reduce((total, { resources }) => total + of(resources), 0);
  const total = { cpus: sum(({ cpus }) => cpus), memoryMiB: sum(({ memoryMiB }) => memoryMiB) };
  const { client } = domain;
  const story = tellStory({ domain: name, client, clock, total, signal: stopping.signal });
  const life: SimLife = domain.startLife({
    identity: 'titan-1',
    random: random(salt + 2),
    fate: () => 'lives',
    garble: (event, deliver) => deliver(event),
    note: () => undefined,
    plant: pins.plant,
  });
  let alive = true;
  const fail = () => {
    alive = false;
    life.mortal.die();
    for (const machine of machines.machines) machine.crash();
  };
  return {
    name,
    recorded,
    client,
    machines,
    pins,
    story,
    get alive() {
      return alive;
    },
    fail,
    async stop() {
      stopping.abort();
      life.mortal.die();
      machines.stop();
      await domain.stop();
    },
  };
}

/** Everything that jobs refer to. What is in Secrets is not known; that they are there is enough. */
async function furnish({ client, name, recorded }: Place, question: Question): Promise<void> {
  const unlessThere = (error: unknown) => {
    if (!hasReason(error, 'AlreadyExists')) throw error;
  };
  for (const { domain } of question.domains) {
    if (domain.metadata.name !== name) {
      await client.create(FAULT_DOMAIN, draftOf(FAULT_DOMAIN, domain));
    }
  }
  const jobs = [...question.domains.flatMap((each) => each.jobs), ...question.jobs];
  const named = [...jobs, ...recorded.volumes].map(({ metadata }) => metadata.namespace);
  for (const namespace of new Set(named)) {
    const draft = { apiVersion: apiVersionOf(NAMESPACE), kind: NAMESPACE.kind };
    if (namespace === undefined) continue;
    await client.create(NAMESPACE, { ...draft, metadata: { name: namespace } }).catch(unlessThere);
  }
  for (const job of jobs) {
    for (const [secret, keys] of secretKeysOf(job)) {
      const draft = emptySecret(job.metadata.namespace ?? 'default', secret, keys);
      await client.create(SECRET, draft).catch(unlessThere);
    }
  }
  for (const group of recorded.groups)
    await client.create(CAPACITY_GROUP, draftOf(CAPACITY_GROUP, group));
  for (const volume of recorded.volumes) await client.create(VOLUME, draftOf(VOLUME, volume));
}

/** Each job once, where it was seen first: it is replicated from there. */
async function applyJobs(places: readonly Place[]): Promise<void> {
  const applied = new Set<string>();
  for (const { client, recorded } of places) {
    for (const job of recorded.jobs) {
      const key = keyText(keyOf(job));
      if (applied.has(key) || job.metadata.deletionTimestamp !== undefined) continue;
      applied.add(key);
      await client.create(JOB, draftOf(JOB, job));
    }
  }
}

/** What people have said of agents holds again: it is put in once all runs where it was recorded. */
export async function cordon({ client, recorded }: Place): Promise<void> {
  const said = new Map(recorded.agents.map(({ metadata, spec }) => [metadata.name, spec]));
  for (const agent of (await client.list(AGENT)).items) {
    const spec = said.get(agent.metadata.name);
    if (spec !== undefined && Object.keys(spec).length > 0) {
      await client.update(AGENT, { ...agent, spec });
    }
  }
}
