/** Which jobs a job starts after, and stops before. */
import type { Cause } from './error.ts';
import type { Job } from './kinds.gen.ts';

/** Finds a job of the same namespace by its name. */
export type FindJob = (name: string) => Job | undefined;

/** The names of the jobs that it depends on itself. */
export function dependenciesOf({ spec }: Job): readonly string[] {
  return (spec.dependsOn ?? []).map(({ job }) => job);
}

/** A way from a job over what it depends on back to itself, such as `web`, `db`, `web`; `undefined` where there is none. */
export function cycleOf(job: Job, find: FindJob): readonly string[] | undefined {
  const { name } = job.metadata;
  const seen = new Set<string>();
  const open = dependenciesOf(job).map((next): readonly string[] => [name, next]);
  for (let path = open.shift(); path !== undefined; path = open.shift()) {
    const last = path.at(-1) ?? '';
    if (last === name) return path;
    const other = seen.has(last) ? undefined : find(last);
    seen.add(last);
    if (other !== undefined) open.push(...dependenciesOf(other).map((next) => [...path, next]));
  }
  return undefined;
}

/** What neither a schema nor the job alone can say about `spec.dependsOn`. */
export function dependencyFaults(job: Job, find: FindJob): readonly Cause[] {
  const cycle = cycleOf(job, find);
  if (cycle === undefined) return [];
  const message = `Invalid value: ${JSON.stringify(cycle[1])}: makes a cycle (${cycle.join(' → ')}): take one of these away`;
  return [{ reason: 'FieldValueInvalid', field: 'spec.dependsOn', message }];
}
