import { TitanError } from '../api/error.ts';
import { apiVersionOf } from '../api/kind.ts';
import { JOB, JOB_REVISION, type Job, type JobRevision } from '../api/kinds.gen.ts';
import { TASK_LABELS } from '../api/task.ts';
import type { Cluster } from '../gitops/cluster.ts';

/** What is to be changed of a job's spec; `null` takes a field away. */
export type JobChange = Readonly<Record<string, unknown>>;

/** The Job objects of a fault domain and their history, as commands need them. */
export interface JobObjects {
  /** @throws TitanError `NotFound` */
  get(name: string): Promise<Job>;
  /** The versions of a job that are kept, the newest first. */
  history(job: Job): Promise<readonly JobRevision[]>;
  /** @throws TitanError `NotFound` */
  change(name: string, spec: JobChange): Promise<Job>;
}

export function jobObjects(cluster: Cluster, namespace = cluster.namespace): JobObjects {
  const header = (name: string) => ({
    apiVersion: apiVersionOf(JOB),
    kind: JOB.kind,
    metadata: { name, namespace },
  });
  return {
    get: async (name) => (await cluster.get(header(name))) as unknown as Job,
    async history(job) {
      const label = `${TASK_LABELS.job}=${job.metadata.name}`;
      const found = await cluster.list(apiVersionOf(JOB_REVISION), JOB_REVISION.kind, label);
      const all = found as unknown as readonly JobRevision[];
      return all
        .filter(({ metadata }) =>
          metadata.ownerReferences?.some(({ uid }) => uid === job.metadata.uid),
        )
        .toSorted((a, b) => b.spec.number - a.spec.number);
    },
    change: async (name, spec) =>
      (await cluster.merge({ ...header(name), spec }, 'titan')) as unknown as Job,
  };
}

/** @throws TitanError `NotFound`, which names what there is */
export function numberedRevision(history: readonly JobRevision[], number: number): JobRevision {
  const found = history.find(({ spec }) => spec.number === number);
  if (found !== undefined) return found;
  const known = history.map(({ spec }) => spec.number).join(', ');
  throw new TitanError('NotFound', `there is no revision ${number}; kept are ${known || 'none'}`);
}
