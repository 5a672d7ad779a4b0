import { hasReason } from '../api/error.ts';
import { apiVersionOf } from '../api/kind.ts';
import { JOB, type Job, TASK } from '../api/kinds.gen.ts';
import { keyOf } from '../api/object.ts';
import type { Client } from '../registry/port.ts';
import type { Clock, Random } from '../runtime/port.ts';
import type { Machine, Machines } from './machines.ts';

export interface WeatherOptions {
  readonly client: Client;
  readonly machines: Machines;
  readonly domain: string;
  readonly random: Random;
  readonly clock: Clock;
  note(text: string): void;
  /** Told of each task that ends by itself. */
  ended(taskId: string): void;
}

/** A service, and a batch job. */
const JOBS = ['web', 'batch'] as const;
const REPLICAS_MAX = 6;
/** Most are back soon, some stay away until their tasks are given up. */
const AWAY_MAX_MS = 600_000;

/** What people, machines and networks do to a domain, drawn from a seed. */
export interface Weather {
  /** One thing happens. */
  strike(): Promise<void>;
  /** All machines and networks work again. */
  clear(): void;
}

export function createWeather(options: WeatherOptions): Weather {
  const { client, machines, domain, random, clock, note, ended } = options;

  function pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(random.next() * items.length)];
  }

  function upTo(limit: number): number {
    return Math.floor(random.next() * (limit + 1));
  }

  async function person(what: string, deed: () => Promise<unknown>): Promise<void> {
    note(what);
    await deed().catch((error: unknown) => {
      const expected = ['NotFound', 'Conflict', 'AlreadyExists'] as const;
      if (!expected.some((reason) => hasReason(error, reason))) throw error;
    });
  }

  async function apply(name: string): Promise<void> {
    const key = { namespace: 'default', name };
    const found = await client.get(JOB, key).catch(() => undefined);
    const count = upTo(REPLICAS_MAX);
    const location = `${domain}:${count}`;
    if (found === undefined) {
      await person(`create ${name} ${location}`, () => client.create(JOB, draft(name, location)));
      return;
    }
    const version = random.next() < 0.3 ? String(upTo(9)) : found.spec.version;
    const next: Job = { ...found, spec: { ...found.spec, location, version } };
    await person(`update ${name} ${location} ${version}`, () => client.update(JOB, next));
  }

  function comeBack(machine: Machine): void {
    clock.after(random.next() ** 3 * AWAY_MAX_MS, () => {
      note(`${machine.hostname} comes back`);
      machine.reconnect();
    });
  }

  function machineFault(): void {
    const machine = pick(machines.machines.filter(({ connected }) => connected));
    if (machine === undefined) return;
    const crash = random.next() < 0.3;
    note(`${machine.hostname} ${crash ? 'loses power' : 'is cut off'}`);
    if (crash) machine.crash();
    else machine.cutOff();
    comeBack(machine);
  }

  function taskEnds(): void {
    const machine = pick(machines.machines.filter(({ connected }) => connected));
    const taskId = pick(machine?.taskIds() ?? []);
    if (machine === undefined || taskId === undefined) return;
    const code = upTo(1);
    note(`${taskId} ends with ${code} on ${machine.hostname}`);
    ended(taskId);
    machine.endTask(taskId, { how: 'exited', code });
  }

  function mesosAway(): void {
    note('mesos cannot be reached');
    machines.setReachable(false);
    clock.after(random.next() ** 3 * 120_000, () => machines.setReachable(true));
  }

  async function deleteTask(): Promise<void> {
    const { items } = await client.list(TASK);
    const task = pick(items);
    if (task === undefined) return;
    await person(`delete ${task.metadata.name}`, () => client.delete(TASK, keyOf(task)));
  }

  return {
    async strike() {
      const name = pick(JOBS) ?? 'web';
      const chance = random.next();
      if (chance < 0.3) await apply(name);
      else if (chance < 0.33) {
        await person(`delete ${name}`, () => client.delete(JOB, { namespace: 'default', name }));
      } else if (chance < 0.43) machineFault();
      else if (chance < 0.8) taskEnds();
      else if (chance < 0.95) await deleteTask();
      else mesosAway();
    },
    clear() {
      machines.setReachable(true);
      for (const machine of machines.machines) machine.reconnect();
    },
  };
}

function draft(name: string, location: string) {
  return {
    apiVersion: apiVersionOf(JOB),
    kind: JOB.kind,
    metadata: { name, namespace: 'default' },
    spec: {
      applicationName: name,
      version: '1',
      location,
      ...(name === 'batch' ? { restartOnSuccess: false } : {}),
    } as Job['spec'],
  };
}
