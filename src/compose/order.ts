import type { Job } from '../api/kinds.gen.ts';
import { isDeleting, keyOf, keyText } from '../api/object.ts';
import { sameJson } from '../runtime/equal.ts';
import type { Informer } from '../runtime/informer.ts';
import { jobKeysBefore } from './informers.ts';

/** Has those looked at again that wait for a job before they start, or before they stop. @returns how to stop that */
export function watchOrder(jobs: Informer<Job>, look: (key: string) => void): () => void {
  return jobs.onChange(({ key, now, before }) => {
    if (!sameJson(now?.status?.conditions, before?.status?.conditions)) {
      for (const other of jobs.by('after', key)) look(keyText(keyOf(other)));
    }
    for (const other of [now, before].flatMap((job) => (job ? jobKeysBefore(job) : []))) {
      const first = jobs.get(other);
      if (first !== undefined && isToStop(first)) look(other);
    }
  });
}

function isToStop(job: Job): boolean {
  return isDeleting(job) || job.spec.suspend === true;
}
