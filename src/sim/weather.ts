import { hasReason } from '../api/error.ts';
import { apiVersionOf } from '../api/kind.ts';
import { JOB, type Job, TASK } from '../api/kinds.gen.ts';
import { keyOf } from '../api/object.ts';
import type { Client } from '../registry/port.ts';
import type { Clock, Random } from '../runtime/port.ts';
import type { Machines } from './machines.ts';
import { outages } from './outages.ts';
import { replicaStrikes } from './replica-strikes.ts';
import type { Replicas } from './replicas.ts';
import type { RestorableStore } from './restorable-store.ts';
import type { Scenario, Strike } from './scenarios.ts';
import type { Space } from './space.ts';
import { storeStrikes } from './store-strikes.ts';
import type { Tally } from './tally.ts';
import { keepVolumes } from './volume-people.ts';

export interface WeatherOptions {
  readonly client: Client;
  readonly machines: Machines;
  readonly domain: string;
  readonly random: Random;
  readonly clock: Clock;
  note(text: string): void;
  readonly replicas: Replicas;
  readonly store: RestorableStore;
  readonly space: Space;
  readonly tally: Tally;
  readonly scenario: Pick<Scenario, 'strikes' | 'awayMaxMs' | 'jobs' | 'replicasMax' | 'volumes'>;
}

/** What people, machines and networks do to a domain, drawn from a seed. */
export interface Weather {
  /** One thing happens. */
  strike(): Promise<void>;
  /** All machines and networks work again. */
  clear(): void;
}

export function createWeather(options: WeatherOptions): Weather {
  const { client, machines, domain, random, note, scenario } = options;
  const { jobs, replicasMax } = scenario;
  const names = Object.keys(jobs);

  function pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(random.next() * items.length)];
  }

  function upTo(limit: number): number {
    return Math.floor(random.next() * (limit + 1));
  }

  async function person(what: string, deed: () => Promise<unknown>): Promise<void> {
    note(what);
    await deed().catch((error: unknown) => {
      const expected = ['NotFound', 'Conflict', 'AlreadyExists', 'InternalError'] as const;
      if (!expected.some((reason) => hasReason(error, reason))) throw error;
    });
  }

  async function apply(name: string): Promise<void> {
    const key = { namespace: 'default', name };
    const found = await client.get(JOB, key).catch(() => undefined);
    const count = upTo(replicasMax);
    const location = `${domain}:${count}`;
    if (found === undefined) {
      await person(`create ${name} ${location}`, () =>
        client.create(JOB, draft(name, location, jobs[name])),
      );
      return;
    }
    const version = random.next() < 0.3 ? String(upTo(9)) : found.spec.version;
    const next: Job = { ...found, spec: { ...found.spec, location, version } };
    await person(`update ${name} ${location} ${version}`, () => client.update(JOB, next));
  }

  function taskEnds(): void {
    const machine = pick(machines.machines.filter(({ connected }) => connected));
    const taskId = pick(machine?.taskIds() ?? []);
    if (machine === undefined || taskId === undefined) return;
    const code = upTo(1);
    note(`${taskId} ends with ${code} on ${machine.hostname}`);
    machine.endTask(taskId, { how: 'exited', code });
  }

  async function deleteTask(): Promise<void> {
    const { items } = await client.list(TASK);
    const task = pick(items);
    if (task === undefined) return;
    await person(`delete ${task.metadata.name}`, () => client.delete(TASK, keyOf(task)));
  }

  const ofStore = storeStrikes(options);
  const strikes: Readonly<Record<Strike, (name: string) => Promise<void> | void>> = {
    apply,
    'delete-job': (name) =>
      person(`delete ${name}`, () => client.delete(JOB, { namespace: 'default', name })),
    'delete-task': deleteTask,
    'task-ends': taskEnds,
    ...outages(options),
    ...replicaStrikes(options),
    ...ofStore.strikes,
    'delete-volume': keepVolumes({ ...options, person }),
  };

  function draw(): Strike {
    const weights = Object.entries(scenario.strikes) as [Strike, number][];
    let left = random.next() * weights.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [strike, weight] of weights) {
      left -= weight;
      if (left < 0) return strike;
    }
    return 'apply';
  }

  return {
    async strike() {
      const strike = draw();
      await strikes[strike](pick(names) ?? 'web');
      options.tally.count(strike);
    },
    clear() {
      ofStore.clear();
      machines.setReachable(true);
      for (const machine of machines.machines) machine.reconnect();
    },
  };
}

function draft(name: string, location: string, spec: Partial<Job['spec']> = {}) {
  return {
    apiVersion: apiVersionOf(JOB),
    kind: JOB.kind,
    metadata: { name, namespace: 'default' },
    spec: { applicationName: name, version: '1', location, ...spec } as Job['spec'],
  };
}
