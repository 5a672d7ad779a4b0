import { SECRET, type Secret } from '../api/builtin.ts';
import { hasReason } from '../api/error.ts';
import type { Task } from '../api/kinds.gen.ts';
import type { Client } from '../registry/port.ts';
import { inGroups } from './group.ts';

type Variable = NonNullable<Task['spec']['env']>[number];
type SecretKey = NonNullable<Variable['valueFrom']>['secretKeyRef'];

/** A task, or a job as its tasks would be. */
export interface Naming {
  readonly metadata: { readonly namespace?: string };
  readonly spec: Pick<Task['spec'], 'env' | 'sidecars'>;
}

/** The Secrets that some tasks name, as they are now. */
export interface Secrets {
  valueFor(task: Naming, ref: SecretKey): string | undefined;
  /** What a task needs and is not there, for people; `undefined` where nothing is missing. */
  missing(task: Naming): string | undefined;
}

const READS_AT_ONCE = 50;

export async function readSecrets(client: Client, tasks: readonly Naming[]): Promise<Secrets> {
  const wanted = new Map(
    tasks.flatMap((task) =>
      refsOf(task).map(({ name }) => {
        const namespace = namespaceOf(task);
        return [`${namespace}/${name}`, { namespace, name }] as const;
      }),
    ),
  );
  const found = new Map<string, Secret>();
  const reads = await inGroups([...wanted], READS_AT_ONCE, async ([key, place]) => {
    found.set(key, await client.get(SECRET, place));
  });
  for (const read of reads) {
    if (read.status === 'rejected' && !hasReason(read.reason, 'NotFound')) throw read.reason;
  }

  function valueFor(task: Naming, { name, key }: SecretKey): string | undefined {
    const coded = found.get(`${namespaceOf(task)}/${name}`)?.data?.[key];
    return coded === undefined ? undefined : Buffer.from(coded, 'base64').toString('utf8');
  }

  return {
    valueFor,
    missing(task) {
      const lacks = refsOf(task).find((ref) => !ref.optional && valueFor(task, ref) === undefined);
      if (lacks === undefined) return undefined;
      const full = `${namespaceOf(task)}/${lacks.name}`;
      return found.has(full)
        ? `the Secret ${full} has no key ${lacks.key}: add it`
        : `there is no Secret ${full}: create it with the key ${lacks.key}`;
    },
  };
}

function refsOf({ spec }: Naming): readonly SecretKey[] {
  const programs = [spec, ...(spec.sidecars ?? [])];
  return programs.flatMap(({ env = [] }) =>
    env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []),
  );
}

function namespaceOf({ metadata }: Naming): string {
  return metadata.namespace ?? 'default';
}
