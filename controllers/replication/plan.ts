import type { Job, JobStatus } from '../../src/api/kinds.gen.ts';
import { isDeleting } from '../../src/api/object.ts';

/** The annotation `<time>/<domain>` that the registry gives every written job. */
const WRITTEN = 'titan.dev/written';

/** One job as this fault domain and its peers have it. */
export interface ReplicaWorld {
  readonly local: Job | undefined;
  /** By fault domain; only those that have it. */
  readonly peers: ReadonlyMap<string, Job>;
  /** Whether a job with this uid is known to have been deleted. */
  isDead(uid: string): boolean;
}

export type ReplicaStep =
  | { readonly do: 'nothing' }
  /** Delete ours: the job was deleted elsewhere, or another of the same name wins. */
  | { readonly do: 'delete'; readonly job: Job }
  | { readonly do: 'take'; readonly job: Job }
  | { readonly do: 'status'; readonly job: Job; readonly status: JobStatus };

/**
 * Decides what one job's replicas elsewhere mean for ours. All fault domains decide alike: the higher
 * generation wins, then the later write, then the domain of that write. A deletion always wins for
 * its uid, and what was deleted once never comes back.
 */
export function planReplica(world: ReplicaWorld): ReplicaStep {
  const { local, peers } = world;
  if (local !== undefined && isDeleting(local)) return { do: 'nothing' };
  if (local !== undefined && isDeletedElsewhere(local, world)) return { do: 'delete', job: local };
  const best = bestOf(world);
  if (best === undefined || (local !== undefined && !beats(best, local))) {
    return local === undefined ? { do: 'nothing' } : statusStep(local, peers);
  }
  if (local === undefined || local.metadata.uid === best.metadata.uid) {
    return { do: 'take', job: best };
  }
  return { do: 'delete', job: local };
}

function isDeletedElsewhere(local: Job, { peers, isDead }: ReplicaWorld): boolean {
  const { uid } = local.metadata;
  if (isDead(uid)) return true;
  return [...peers.values()].some((job) => job.metadata.uid === uid && isDeleting(job));
}

/** A job that is on its way out anywhere is nobody's model, nor is one whose uid is dead. */
function bestOf({ peers, isDead }: ReplicaWorld): Job | undefined {
  const jobs = [...peers.values()];
  const leaving = new Set(jobs.filter(isDeleting).map(({ metadata }) => metadata.uid));
  return jobs
    .filter(({ metadata }) => !leaving.has(metadata.uid) && !isDead(metadata.uid))
    .reduce<Job | undefined>(
      (best, job) => (best === undefined || beats(job, best) ? job : best),
      undefined,
    );
}

function beats(a: Job, b: Job): boolean {
  const [left, right] = [a.metadata, b.metadata];
  if (left.generation !== right.generation) return left.generation > right.generation;
  const [leftWritten, rightWritten] = [writtenOf(a), writtenOf(b)];
  if (leftWritten !== rightWritten) return leftWritten > rightWritten;
  return left.uid !== right.uid && left.uid > right.uid;
}

/** Times are written with the same number of digits, so texts sort as moments, then by domain. */
function writtenOf({ metadata }: Job): string {
  return metadata.annotations?.[WRITTEN] ?? '';
}

/** Whether a domain that has looked at the job as it is now has nothing of it any more. */
function saysNothing(name: string, { metadata, status }: Job): boolean {
  if (status?.observedGeneration !== metadata.generation) return false;
  return status.domains?.some((entry) => entry.name === name) !== true;
}

/** Each domain speaks for itself alone. */
function statusStep(local: Job, peers: ReadonlyMap<string, Job>): ReplicaStep {
  const before = local.status?.domains ?? [];
  const told = [...peers].flatMap(([name, job]) => {
    if (job.metadata.uid !== local.metadata.uid) return [];
    return job.status?.domains?.find((entry) => entry.name === name) ?? [];
  });
  const named = new Map(told.map((entry) => [entry.name, entry]));
  const over = new Set(
    [...peers].filter(([name, job]) => saysNothing(name, job)).map(([name]) => name),
  );
  const kept = before
    .filter(({ name }) => !over.has(name))
    .map((entry) => named.get(entry.name) ?? entry);
  const fresh = told.filter(({ name }) => !before.some((entry) => entry.name === name));
  const status = { ...local.status, domains: [...kept, ...fresh] };
  return { do: 'status', job: local, status };
}
