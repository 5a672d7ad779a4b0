import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { taskHost } from '../../controllers/task/host.ts';
import { TASK, type Task } from '../../src/api/kinds.gen.ts';
import { startInformers } from '../../src/compose/informers.ts';
import { startFramework } from '../../src/mesos/framework.ts';
import { type HttpMaster, httpMaster } from '../../src/mesos/http.ts';
import type { FrameworkHost, Master, TaskUpdate } from '../../src/mesos/port.ts';
import type { Client } from '../../src/registry/port.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createEventRecorder } from '../../src/runtime/events.ts';
import { inGroups, throwFirst } from '../../src/runtime/group.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { createRateLimit } from '../../src/runtime/rate-limit.ts';
import { trackedClient } from '../../src/runtime/tracked-client.ts';
import { openRegistry } from '../support/bench-api.ts';
import { openLmdb } from '../support/bench-store.ts';
import { aTask } from '../support/builders.ts';
import type { Said, Telling, Told } from '../support/played-master.ts';
import { quietLog as log } from '../support/registry.ts';
import { type Bench, median, perCpuSecond, type Trial } from './harness.ts';
import { parseRecords, updateStream } from './mesos-updates.ts';

const TASKS = 3_000;
const SETUP_AT_ONCE = 500;
const SYNCS = 500;
const PACED_ROUNDS = 3;
/** Of the rate that the same run has just reached. */
const PACE = 0.5;
const clock = systemClock();
const random = systemRandom();

async function makeTasks(client: Client): Promise<readonly Task[]> {
  const drafts = Array.from({ length: TASKS }, (_, index) => {
    const { apiVersion, kind, spec } = aTask(`${index}#0 Pending`);
    const metadata = { namespace: 'default', name: `web-dc1-${index}-0` };
    return { apiVersion, kind, metadata, spec };
  });
  const made = await inGroups(drafts, SETUP_AT_ONCE, (draft) => client.create(TASK, draft));
  throwFirst(made);
  return made.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
}

/** As they are when they were launched. @returns their ids at Mesos */
async function launched(client: Client, names: readonly string[]): Promise<readonly string[]> {
  const ids: string[] = [];
  const written = await inGroups(names, SETUP_AT_ONCE, async (name) => {
    const task = await client.get(TASK, { namespace: 'default', name });
    const mesosTaskId = `${name}.${task.metadata.uid}`;
    ids.push(mesosTaskId);
    const bound = { agent: 'agent-1', agentId: 'a1', mesosTaskId };
    await client.updateStatus(TASK, { ...task, status: { phase: 'Staging', ...bound } });
  });
  throwFirst(written);
  return ids;
}

async function hear(master: ChildProcess): Promise<Said> {
  const [said] = await once(master, 'message');
  return said as Said;
}

/** A host and a master that note how long each update takes from the end of its decoding until it is stored. */
function waitsOf(host: FrameworkHost, master: HttpMaster) {
  const cameAt = new Map<TaskUpdate, number>();
  let waitsMs: number[] = [];
  return {
    master: {
      ...master,
      async *subscribe(...given: Parameters<Master['subscribe']>) {
        for await (const event of master.subscribe(...given)) {
          if (event.type === 'update') cameAt.set(event.update, performance.now());
          yield event;
        }
      },
    },
    host: {
      ...host,
      async onUpdate(update: TaskUpdate) {
        await host.onUpdate(update);
        waitsMs.push(performance.now() - (cameAt.get(update) ?? 0));
        cameAt.delete(update);
      },
    },
    take(): readonly number[] {
      const taken = waitsMs;
      waitsMs = [];
      return taken;
    },
  };
}

/** What Titan takes updates in with: registry, caches, task host and framework session. */
async function startIntake(url: string, client: Client) {
  const stopping = new AbortController();
  const informers = await startInformers({ client, clock, random, log }, stopping.signal);
  const recorder = createEventRecorder({ client, clock, random, log, component: 'bench' });
  const tracked = trackedClient(client, Object.values(informers));
  const kills = createRateLimit({ clock, perMinute: () => 1 });
  const host = taskHost({
    ...{ client: tracked, clock, random, log, recorder, kills },
    ...informers,
    home: 'dc1',
    domain: () => undefined,
    adoptionGraceMs: Number.POSITIVE_INFINITY,
  });
  const waits = waitsOf(host, httpMaster({ masters: [url], clock, log }));
  const { master } = waits;
  const framework = startFramework({
    ...{ master, clock, random, log, host: waits.host },
    framework: { name: 'titan', user: 'titan', roles: ['titan'], failoverTimeoutMs: 60_000 },
  });
  while (!framework.connected) await clock.sleep(10);
  return {
    takeWaits: waits.take,
    async stop() {
      await framework.stop();
      await master.close();
      stopping.abort();
    },
  };
}

/** Milliseconds that 99 of 100 syncs of a task's size take on this disk, one after the other. */
async function syncP99(): Promise<number> {
  const file = await open(join(tmpdir(), `titan-bench-sync-${random.uuid()}`), 'w');
  const times: number[] = [];
  for (let index = 0; index < SYNCS; index += 1) {
    const start = performance.now();
    await file.write(Buffer.alloc(2_300, 'x'));
    await file.datasync();
    times.push(performance.now() - start);
  }
  await file.close();
  return p99(times);
}

function p99(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0;
}

async function prepare(): Promise<Trial> {
  const opened = await openLmdb();
  const registry = await openRegistry(opened.store);
  const client = registry.client({ manager: 'bench' });
  const tasks = await makeTasks(client);
  const names = tasks.map(({ metadata }) => metadata.name);
  const player = fork(join(import.meta.dirname, '../support/played-master.ts'));
  const said = await hear(player);
  if (!('url' in said)) throw new Error('the played master does not say where it listens');
  const intake = await startIntake(said.url, client);
  const walls: number[] = [];
  const onMainUs: number[] = [];
  const burstP99s: number[] = [];
  const stream = updateStream(tasks.map(({ metadata }) => `${metadata.name}.${metadata.uid}`));

  async function tell(telling: Telling): Promise<Told> {
    player.send(telling);
    const told = await hear(player);
    if ('url' in told) throw new Error('the played master began anew');
    return told;
  }

  async function live(taskIds: readonly string[]): Promise<number> {
    intake.takeWaits();
    const start = performance.now();
    const before = process.threadCpuUsage();
    const { acknowledged } = await tell({ taskIds });
    const { user, system } = process.threadCpuUsage(before);
    onMainUs.push((user + system) / acknowledged);
    walls.push((acknowledged * 1_000) / (performance.now() - start));
    burstP99s.push(p99(intake.takeWaits()));
    return acknowledged;
  }

  /** At a pace that leaves room: what the path takes, and not the wait for the processor. */
  async function paced() {
    const taskIds = await launched(client, names);
    intake.takeWaits();
    const { waitsMs } = await tell({ taskIds, perSecond: PACE * median(walls) });
    const sync = await syncP99();
    const stored = p99(intake.takeWaits());
    return { stored, acknowledged: p99(waitsMs), sync, ratio: stored / sync };
  }

  async function pacedFacts(): Promise<Readonly<Record<string, number>>> {
    const rounds: Awaited<ReturnType<typeof paced>>[] = [];
    for (let round = 0; round < PACED_ROUNDS; round += 1) rounds.push(await paced());
    return {
      'paced p99 ms until stored': median(rounds.map(({ stored }) => stored)),
      'paced p99 ms until acknowledged': median(rounds.map(({ acknowledged }) => acknowledged)),
      'p99 ms of a sync': median(rounds.map(({ sync }) => sync)),
      'paced p99 in those of a sync': median(rounds.map(({ ratio }) => ratio)),
    };
  }

  return {
    async ours() {
      const ids = await launched(client, names);
      return perCpuSecond(() => live(ids));
    },
    bare: () => perCpuSecond(async () => parseRecords(stream)),
    facts: async () => ({
      'updates/s by the clock': median(walls),
      'µs on the main thread': median(onMainUs),
      'p99 ms until stored': median(burstP99s),
      ...(await pacedFacts()),
    }),
    async stop() {
      await intake.stop();
      player.kill();
      await registry.stop();
      await opened.close();
    },
  };
}

export const benches: readonly Bench[] = [
  {
    name: 'mesos-updates-acknowledged',
    unit: 'updates/s of processor time',
    about:
      'updates over HTTP stored in lmdb on disk and acknowledged; bare: a loop over lengths and JSON.parse alone',
    prepare,
  },
];
