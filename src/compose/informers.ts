import { tombstoneUids } from '../../controllers/replication/controller.ts';
import { mesosIndex } from '../../controllers/task/host.ts';
import { dependenciesOf } from '../api/dependencies.ts';
import {
  AGENT,
  type Agent,
  CAPACITY_GROUP,
  type CapacityGroup,
  FAULT_DOMAIN,
  type FaultDomain,
  JOB,
  JOB_REVISION,
  type Job,
  type JobRevision,
  TASK,
  type Task,
  TOMBSTONE,
  type Tombstone,
  VOLUME,
  type Volume,
} from '../api/kinds.gen.ts';
import type { ApiObject } from '../api/object.ts';
import { isLive, isMoving, uidOfMesosTask } from '../api/task.ts';
import { claimsOf } from '../api/volume.ts';
import type { Client } from '../registry/port.ts';
import { createInformer, type Informer } from '../runtime/informer.ts';
import type { Clock, Log, Random } from '../runtime/port.ts';

/** What all controllers of a fault domain read from. */
export interface Informers {
  /** Index `after`: `namespace/name` of each job that it depends on. */
  readonly jobs: Informer<Job>;
  /**
   * Indexes: `job` (the owner's uid), `uid`, `agent` (agent id, live tasks only), `pending` (`yes`:
   * waits for an agent), `nominated` (`yes`: waits, and others are stopped for it), `failed` (`yes`: ended so), `ended` (`yes`: in whatever way), `running` (`yes`), `mesos` (`yes`: may be at Mesos), `moving` (`yes`: is to move elsewhere),
   * `mesosUid` (the uid that its id at Mesos ends with: another than its own where it was adopted),
   * `volume` (`namespace/name` of the Volumes that a live task names).
   */
  readonly tasks: Informer<Task>;
  /** Index `id`: the agent's id at Mesos. */
  readonly agents: Informer<Agent>;
  readonly domains: Informer<FaultDomain>;
  readonly groups: Informer<CapacityGroup>;
  /** Index `job`: the owner's uid. */
  readonly revisions: Informer<JobRevision>;
  /** Index `uid`. */
  readonly volumes: Informer<Volume>;
  /** Index `uid`: of what was deleted. */
  readonly tombstones: Informer<Tombstone>;
}

export interface InformersOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Resolves when every cache has been filled; they follow the API until `signal` aborts. */
export async function startInformers(
  common: InformersOptions,
  signal: AbortSignal,
): Promise<Informers> {
  const informers: Informers = {
    jobs: createInformer({ ...common, kind: JOB, indexes: { after: jobKeysBefore } }),
    tasks: createInformer({ ...common, kind: TASK, indexes: taskIndexes }),
    agents: createInformer({ ...common, kind: AGENT, indexes: { id: agentIds } }),
    domains: createInformer({ ...common, kind: FAULT_DOMAIN }),
    groups: createInformer({ ...common, kind: CAPACITY_GROUP }),
    revisions: createInformer({ ...common, kind: JOB_REVISION, indexes: { job: ownersOf } }),
    volumes: createInformer({ ...common, kind: VOLUME, indexes: volumeIndexes }),
    tombstones: createInformer({ ...common, kind: TOMBSTONE, indexes: { uid: tombstoneUids } }),
  };
  const all = Object.values(informers);
  for (const informer of all) void informer.run(signal);
  await Promise.all(all.map((informer) => informer.whenSynced()));
  return informers;
}

function isPending(task: Task): boolean {
  return isLive(task) && task.status?.mesosTaskId === undefined;
}

const taskIndexes = {
  job: ownersOf,
  uid: ({ metadata }: Task) => [metadata.uid],
  failed: (task: Task) => (task.status?.phase === 'Failed' ? ['yes'] : []),
  running: ({ status }: Task) => (status?.phase === 'Running' ? ['yes'] : []),
  ended: (task: Task) => (isLive(task) ? [] : ['yes']),
  moving: (task: Task) => (isLive(task) && isMoving(task) ? ['yes'] : []),
  agent: (task: Task) => {
    const { agentId } = task.status ?? {};
    return agentId !== undefined && isLive(task) ? [agentId] : [];
  },
  nominated: (task: Task) => (isPending(task) && task.status?.nomination ? ['yes'] : []),
  pending: (task: Task) => (isPending(task) ? ['yes'] : []),
  mesos: mesosIndex,
  mesosUid: ({ metadata, status }: Task) => {
    const uid = uidOfMesosTask(status?.mesosTaskId ?? '');
    if (uid === undefined) return [];
    // Mostly the same, and then one text for both indexes.
    return [uid === metadata.uid ? metadata.uid : uid];
  },
  volume: (task: Task) => (isLive(task) ? volumeKeysOf(task) : []),
};

function agentIds({ status }: Agent): readonly string[] {
  return status?.agentId === undefined ? [] : [status.agentId];
}

function ownersOf({ metadata }: ApiObject): readonly string[] {
  return metadata.ownerReferences?.map(({ uid }) => uid) ?? [];
}

/** The jobs that a job depends on, as `namespace/name`. */
export function jobKeysBefore(job: Job): readonly string[] {
  return dependenciesOf(job).map((name) => `${job.metadata.namespace ?? 'default'}/${name}`);
}

const volumeIndexes = { uid: ({ metadata }: Volume) => [metadata.uid] };

/** The Volumes that a task names, as `namespace/name`. */
export function volumeKeysOf({ metadata, spec }: Task): readonly string[] {
  return claimsOf(spec).map(({ volume }) => `${metadata.namespace ?? 'default'}/${volume}`);
}
