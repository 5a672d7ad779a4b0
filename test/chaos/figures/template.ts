import type { Entry, Operation, Store } from '../../../src/store/port.ts';
import { persist } from '../parts/api.ts';
import type { Cluster } from '../parts/cluster.ts';
import { until } from '../wait.ts';

const PREFIX = '/titan/registry/titan.dev/';
const JOBS = '/apis/titan.dev/v1beta1/namespaces/default/jobs';
const NAME = 'template';

/** A job with one task that runs, as a replica has stored it. */
export interface Template {
  readonly job: Entry;
  readonly revision: Entry;
  readonly task: Entry;
}

/** A service of `count` instances. */
export function serviceOf(name: string, count: number): object {
  const size = { cpus: 0.5, memory: 32 };
  const spec = {
    applicationName: 'nf-rocker',
    version: '1.06',
    location: `dc1:${count}`,
    ...size,
  };
  return { apiVersion: 'titan.dev/v1beta1', kind: 'Job', metadata: { name }, spec };
}

/** Lets a cluster run one job, and takes what it has stored of it. */
export async function takeTemplate({ apis }: Cluster, store: Store): Promise<Template> {
  const [api] = apis;
  if (api === undefined) throw new Error('there is no replica');
  await persist(api, 'POST', JOBS, { body: serviceOf(NAME, 1) });
  await until('the template has run for long enough to be ready', async () => {
    const { body } = await persist(api, 'GET', `${JOBS}/${NAME}`);
    const conditions: readonly { type: string; status: string }[] = body.status?.conditions ?? [];
    return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
  });
  const { entries } = await store.range(PREFIX);
  const find = (folder: string) => {
    const found = entries.find(({ key }) => key.startsWith(`${PREFIX}${folder}/default/${NAME}`));
    if (found === undefined) throw new Error(`nothing of the template is stored under ${folder}`);
    return found;
  };
  return { job: find('jobs'), revision: find('jobrevisions'), task: find('tasks') };
}

export interface Crowd {
  readonly tasks: number;
  readonly tasksPerJob: number;
  readonly agents: number;
}

/** One of the crowd's tasks, by the number of its job and its slot in it. */
export interface Place {
  readonly job: number;
  readonly slot: number;
}

export function* placesOf({ tasks, tasksPerJob }: Crowd): Generator<Place> {
  for (let number = 0; number < tasks; number += 1) {
    yield { job: Math.floor(number / tasksPerJob), slot: number % tasksPerJob };
  }
}

const PUTS = 100;
/** Transactions on their way at once. */
const ABREAST = 16;

/** Puts running tasks of as many jobs as it takes into a store, in the template's place. */
export async function multiply(store: Store, template: Template, crowd: Crowd): Promise<void> {
  const batches = inBatches(writesOf(template, crowd));
  async function put(): Promise<void> {
    for (const write of batches) await store.transact({ when: [], write });
  }
  await Promise.all(Array.from({ length: ABREAST }, put));
}

function* inBatches<T>(all: Iterable<T>): Generator<readonly T[], void> {
  let batch: T[] = [];
  for (const each of all) {
    batch.push(each);
    if (batch.length < PUTS) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

function* writesOf(template: Template, crowd: Crowd): Generator<Operation, void> {
  for (const { key } of Object.values(template)) yield { do: 'delete', key };
  for (const place of placesOf(crowd)) {
    if (place.slot === 0) yield put(jobOf(template, place, crowd));
    if (place.slot === 0) yield put(revisionOf(template, place));
    yield put(taskOf(template, place, crowd));
  }
}

interface Kept {
  readonly key: string;
  readonly text: string;
}

function put({ key, text }: Kept): Operation {
  return { do: 'put', key, value: new TextEncoder().encode(text) };
}

function jobOf(template: Template, { job }: Place, { tasks, tasksPerJob }: Crowd): Kept {
  const count = Math.min(tasksPerJob, tasks - job * tasksPerJob);
  const counted = (text: string) =>
    text
      .replaceAll(/"(replicas|desired|running|ready|updated|target)":1\b/g, `"$1":${count}`)
      .replaceAll('dc1:1"', `dc1:${count}"`)
      .replaceAll('1 of 1 tasks', `${count} of ${count} tasks`);
  return renamed(template.job, job, counted);
}

function revisionOf({ revision }: Template, { job }: Place): Kept {
  const { uid } = Object(JSON.parse(textOf(revision))).metadata;
  return renamed(revision, job, (text) => text.replaceAll(uid, uidOf(job, REVISION)));
}

export function taskNameOf({ job, slot }: Place): string {
  return `${jobName(job)}-dc1-${slot}-0`;
}

/** The task's id at Mesos. */
export function mesosIdOf(place: Place): string {
  return `${taskNameOf(place)}.${uidOf(place.job, place.slot + 1)}`;
}

export function agentOf({ job, slot }: Place, { tasksPerJob, agents }: Crowd): number {
  return (job * tasksPerJob + slot) % agents;
}

export function agentIdOf(agent: number): string {
  return `played-S${agent}`;
}

function taskOf({ task }: Template, place: Place, crowd: Crowd): Kept {
  const { metadata, status } = Object(JSON.parse(textOf(task)));
  const agent = agentOf(place, crowd);
  const { key, text } = renamed(task, place.job, (from) =>
    from
      .replaceAll(metadata.uid, uidOf(place.job, place.slot + 1))
      .replaceAll(status.agentId, agentIdOf(agent))
      .replaceAll(status.agent, agentIdOf(agent)),
  );
  const own = `${jobName(place.job)}-dc1-0-0`;
  return {
    key: key.replaceAll(own, taskNameOf(place)),
    text: text.replaceAll(own, taskNameOf(place)).replaceAll('slot":"0"', `slot":"${place.slot}"`),
  };
}

/** A record of the template, of another job. */
function renamed(entry: Entry, job: number, change: (text: string) => string): Kept {
  const text = textOf(entry);
  const { metadata } = Object(JSON.parse(text));
  const owner = metadata.ownerReferences?.[0]?.uid ?? metadata.uid;
  return {
    key: entry.key.replaceAll(NAME, jobName(job)),
    text: change(text).replaceAll(owner, uidOf(job, 0)).replaceAll(NAME, jobName(job)),
  };
}

function textOf({ value }: Entry): string {
  return new TextDecoder().decode(value);
}

function jobName(job: number): string {
  return `load-${String(job).padStart(3, '0')}`;
}

const REVISION = 0xff_ff_ff;

function uidOf(job: number, part: number): string {
  const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0');
  return `${hex(job, 8)}-0000-4000-8000-${hex(part, 12)}`;
}
