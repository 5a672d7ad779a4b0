import { TitanError } from '../../../src/api/error.ts';
import type { Kind } from '../../../src/api/kind.ts';
import {
  JOB,
  JOB_REVISION,
  type Job,
  type JobRevision,
  TASK,
  type Task,
} from '../../../src/api/kinds.gen.ts';
import {
  type ApiObject,
  isDeleting,
  keyOf,
  keyText,
  type Millis,
  type ObjectKey,
  toTimestamp,
} from '../../../src/api/object.ts';
import { isAtMesos } from '../../../src/api/task.ts';
import { jobKeysBefore } from '../../../src/compose/informers.ts';
import type { Client, DeleteOptions, Premises } from '../../../src/registry/port.ts';
import type { VirtualClock } from '../../../src/runtime/clock.ts';
import type { Change } from '../../../src/runtime/informer.ts';
import type { Random } from '../../../src/runtime/port.ts';
import { createTable, type Table } from './table.ts';

/** The API as far as the life of a job needs it: versions, conflicts, premises, finalizers. */
export interface LifeApi {
  readonly jobs: Table<Job>;
  readonly tasks: Table<Task>;
  readonly revisions: Table<JobRevision>;
  /** Tasks whose records cannot be read as far as caches know, by their names: who runs them goes on. */
  readonly garbled: ReadonlyMap<string, Task>;
  /** Writes of control planes since the beginning. */
  readonly writes: Readonly<Record<'creates' | 'updates' | 'statuses' | 'deletes', number>>;
  /** @param fails thrown by each write of which it says so */
  client(fails: () => boolean): Client;
  garble(task: Task): void;
  /** @param how its record is readable again, or gone: what is readable is so once caches have it */
  mend(name: string, how: 'written' | 'removed'): void;
  catchUp(): void;
}

export interface LifeApiOptions {
  readonly clock: VirtualClock;
  readonly random: Random;
  lagMs(): Millis;
  /** Told of every write of tasks, in order, before caches are. */
  onTask(change: Change<Task>): void;
  /** Told of every deletion that a control plane asks for, before it is done. */
  onStop(task: Task): void;
}

type AnyTable = Table<ApiObject>;

export function createLifeApi(options: LifeApiOptions): LifeApi {
  const { clock, random, lagMs } = options;
  const writes = { creates: 0, updates: 0, statuses: 0, deletes: 0 };
  let version = 0;
  const common = { clock, lagMs, nextVersion: () => ++version };
  const ownerOf = ({ metadata }: ApiObject) =>
    metadata.ownerReferences?.map(({ uid }) => uid) ?? [];
  const jobs = createTable<Job>({
    ...common,
    kind: JOB,
    indexes: { after: jobKeysBefore },
    written: () => undefined,
  });
  const tasks = createTable<Task>({
    ...common,
    kind: TASK,
    indexes: { job: ownerOf, mesos: (task) => (isAtMesos(task) ? ['yes'] : []) },
    written: options.onTask,
  });
  const revisions = createTable<JobRevision>({
    ...common,
    kind: JOB_REVISION,
    indexes: { job: ownerOf },
    written: () => undefined,
  });
  const tables: ReadonlyMap<string, AnyTable> = new Map(
    [jobs, tasks, revisions].map((table) => [
      table.cache.kind.plural,
      table as unknown as AnyTable,
    ]),
  );

  function tableOf(kind: Kind): AnyTable {
    const table = tables.get(kind.plural);
    if (table === undefined) throw new TitanError('NotFound', `there are no ${kind.plural} here`);
    return table;
  }

  function check({ given = [] }: Premises): void {
    for (const { kind, object } of given) {
      const now = tableOf(kind).get(keyText(keyOf(object)));
      if (now?.metadata.resourceVersion === object.metadata.resourceVersion) continue;
      throw new TitanError('Conflict', `${object.metadata.name} has changed`);
    }
  }

  function replace(table: AnyTable, object: ApiObject, part: 'status' | 'others'): ApiObject {
    const now = table.must(keyText(keyOf(object)));
    if (now.metadata.resourceVersion !== object.metadata.resourceVersion) {
      throw new TitanError('Conflict', `${object.metadata.name} has changed`);
    }
    const next =
      part === 'status' ? { ...now, status: object.status } : { ...object, status: now.status };
    const stored = table.put(next as ApiObject, true);
    const hasGone = isDeleting(stored) && (stored.metadata.finalizers ?? []).length === 0;
    if (hasGone) table.drop(keyText(keyOf(stored)));
    return stored;
  }

  function remove(kind: Kind, key: ObjectKey, given: DeleteOptions): void {
    const table = tableOf(kind);
    const now = table.must(keyText(key));
    if (given.uid !== undefined && now.metadata.uid !== given.uid) {
      throw new TitanError('Conflict', `${key.name} is another`);
    }
    check(given);
    if (isDeleting(now)) return;
    if (kind.plural === TASK.plural) options.onStop(now as Task);
    if ((now.metadata.finalizers ?? []).length === 0) table.drop(keyText(key));
    else {
      const deletionTimestamp = toTimestamp(clock.now());
      table.put({ ...now, metadata: { ...now.metadata, deletionTimestamp } });
    }
  }

  function client(fails: () => boolean): Client {
    function count(what: keyof typeof writes): void {
      if (fails()) throw new TitanError('ServiceUnavailable', 'the control plane has died');
      writes[what] += 1;
    }
    return {
      get: async (kind, key) => tableOf(kind).must(keyText(key)) as never,
      known: (kind, key) => tableOf(kind).get(keyText(key)) as never,
      list: async () => {
        throw new TitanError('ServiceUnavailable', 'nothing is listed here');
      },
      async *watch() {
        yield [];
      },
      async create(kind, draft, premises = {}) {
        count('creates');
        check(premises);
        const table = tableOf(kind);
        const metadata = {
          ...draft.metadata,
          uid: random.uuid(),
          generation: 1,
          creationTimestamp: toTimestamp(clock.now()),
        };
        const object = { ...draft, metadata } as unknown as ApiObject;
        const key = keyText(keyOf(object));
        if (table.get(key) !== undefined) throw new TitanError('AlreadyExists', `${key} exists`);
        return table.put(object, true) as never;
      },
      async update(kind, object) {
        count('updates');
        return replace(tableOf(kind), object, 'others') as never;
      },
      async updateStatus(kind, object) {
        count('statuses');
        return replace(tableOf(kind), object, 'status') as never;
      },
      async delete(kind, key, given = {}) {
        count('deletes');
        remove(kind, key, given);
      },
      replicate: async () => {
        throw new TitanError('ServiceUnavailable', 'there is no other fault domain');
      },
    };
  }

  const garbled = new Map<string, Task>();
  tasks.cache.onChange(({ key, now }) => {
    if (now !== undefined && tasks.get(key) !== undefined) garbled.delete(now.metadata.name);
  });

  return {
    jobs,
    tasks,
    revisions,
    garbled,
    writes,
    client,
    garble(task) {
      garbled.set(task.metadata.name, task);
      tasks.drop(keyText(keyOf(task)));
    },
    mend(name, how) {
      const task = garbled.get(name);
      if (task === undefined || tasks.get(keyText(keyOf(task))) !== undefined) return;
      if (how === 'written') tasks.put(task);
      else garbled.delete(name);
    },
    catchUp() {
      for (const table of tables.values()) table.catchUp();
    },
  };
}
