import { hasReason, TitanError } from '../api/error.ts';
import { apiVersionOf } from '../api/kind.ts';
import { JOB, JOB_REVISION, type Job, type JobRevision } from '../api/kinds.gen.ts';
import { TASK_LABELS } from '../api/task.ts';
import type { Cluster } from '../gitops/cluster.ts';

/** What is to be changed of a job's spec; `null` takes a field away. */
export type JobChange = Readonly<Record<string, unknown>>;

/** The Job objects of a fault domain and their history, as commands need them. */
export interface JobObjects {
  /** @throws TitanError `NotFound`, which says where to look */
  get(name: string): Promise<Job>;
  /** The versions of a job that are kept, the newest first. */
  history(job: Job): Promise<readonly JobRevision[]>;
  /** @throws TitanError `NotFound`; `Conflict` where it is not as it was looked at */
  change(job: Job, spec: JobChange): Promise<Job>;
}

export function jobObjects(cluster: Cluster, namespace = cluster.namespace): JobObjects {
  const header = (name: string) => ({
    apiVersion: apiVersionOf(JOB),
    kind: JOB.kind,
    metadata: { name, namespace },
  });
  return {
    async get(name) {
      const found = await cluster.get(header(name)).catch((thrown: unknown) => {
        throw hasReason(thrown, 'NotFound') ? noJob(name, namespace) : thrown;
      });
      return found as unknown as Job;
    },
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
    async change({ metadata: { name, resourceVersion } }, spec) {
      const { metadata, ...kind } = header(name);
      const object = { ...kind, metadata: { ...metadata, resourceVersion }, spec };
      return (await cluster.merge(object, 'titan')) as unknown as Job;
    },
  };
}

function noJob(name: string, namespace: string): TitanError {
  const message = `there is no job ${name} in the namespace ${namespace}: kubectl get jobs -A shows all`;
  return new TitanError('NotFound', message);
}

/** @throws TitanError `NotFound`, which names what there is */
export function numberedRevision(history: readonly JobRevision[], number: number): JobRevision {
  const found = history.find(({ spec }) => spec.number === number);
  if (found !== undefined) return found;
  const known = history.map(({ spec }) => spec.number).join(', ');
  throw new TitanError('NotFound', `there is no revision ${number}; kept are ${known || 'none'}`);
}
