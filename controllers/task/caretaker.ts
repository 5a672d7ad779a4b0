import { asTitanError, TitanError } from '../../src/api/error.ts';
import type { Job, Task } from '../../src/api/kinds.gen.ts';
import type { Millis } from '../../src/api/object.ts';
import { isTerminal, uidOfMesosTask } from '../../src/api/task.ts';
import type { Framework, TaskUpdate } from '../../src/mesos/port.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import type { Journal, Random } from '../../src/runtime/port.ts';
import { foldUpdate } from './fold.ts';
import { restartOf, type SequelOf } from './restart.ts';
import { createRestarter, type RestarterOptions } from './restarter.ts';

/** What was journalled while the store was away. */
export type JournalEntry =
  | { readonly kind: 'update'; readonly at: Millis; readonly update: TaskUpdate }
  /** Written before the launch: `task` follows the attempt at Mesos whose uid is `after`. */
  | { readonly kind: 'restart'; readonly at: Millis; readonly after: string; readonly task: Task };

export interface CaretakerOptions extends Omit<RestarterOptions, 'keep' | 'inTurn'> {
  readonly framework: RestarterOptions['framework'] &
    Pick<Framework, 'connected' | 'onChange' | 'reconcile'>;
  readonly journal: Journal;
  /** As they were when the store was seen last; with index `mesosUid`. */
  readonly tasks: Informer<Task>;
  readonly jobs: Informer<Job>;
  readonly random: Random;
  /** The name of the fault domain. */
  readonly home: string;
  readonly sequelOf: SequelOf;
}

/** Looks after running tasks while the store is away. */
export interface Caretaker {
  /** Journals what Mesos says. It is not acknowledged, so that Mesos says it again to whoever has the store. */
  take(update: TaskUpdate): Promise<void>;
  /**
   * Restarts what may be, once: of what was restarted Mesos tells nothing more than its start, since that is not
   * acknowledged. It goes on until `signal` aborts or the connection to Mesos is lost, as when another leader
   * takes over. That connection must not be made again after it.
   */
  watch(signal: AbortSignal): Promise<void>;
}

export function createCaretaker(options: CaretakerOptions): Caretaker {
  const { framework, journal, tasks, jobs, clock, random, log, home, sequelOf } = options;
  /** Tasks as they are now, where that is not as the store had them, by the uid that they have at Mesos. */
  const seen = new Map<string, Task>();
  let turn: Promise<void> = Promise.resolve();

  /** What is journalled is in the order in which it happened. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const done = turn.then(work, work);
    turn = done.catch(() => undefined);
    return done;
  }

  function write(entry: JournalEntry): Promise<void> {
    return journal.append(entry);
  }

  const restarter = createRestarter({
    ...options,
    inTurn,
    keep: (after, task) => write({ kind: 'restart', at: clock.now(), after, task }),
  });

  async function fold(update: TaskUpdate): Promise<void> {
    const uid = uidOfMesosTask(update.taskId) ?? '';
    const task = seen.get(uid) ?? tasks.by('mesosUid', uid)[0];
    const now = clock.now();
    const status = task && foldUpdate(task, update, now);
    if (task === undefined || status === undefined) return;
    await write({ kind: 'update', at: now, update });
    const moved = { ...task, status };
    seen.set(uid, moved);
    if (!isTerminal(moved)) return;
    const job = jobs.get(`${moved.metadata.namespace ?? 'default'}/${moved.spec.jobName}`);
    const restart = restartOf(moved, job, { home, uid: random.uuid(), sequelOf, now });
    if (restart !== undefined) restarter.add(uid, restart);
  }

  return {
    async take(update) {
      await inTurn(() => fold(update));
      throw new TitanError('ServiceUnavailable', 'the store is away; the update is journalled');
    },
    async watch(signal) {
      const ended = untilLost(framework, signal);
      const unsubscribe = framework.onChange((what) => {
        if (what === 'offers') restarter.look();
      });
      log.warn('the store is away: running tasks are looked after from the journal', {});
      await framework.reconcile().catch((thrown: unknown) => {
        log.warn('Mesos was not asked', { error: asTitanError(thrown).message });
      });
      await ended;
      restarter.end();
      unsubscribe();
      await turn;
    },
  };
}

/** Resolves when the signal aborts or the connection is lost. */
function untilLost(
  framework: Pick<Framework, 'connected' | 'onChange'>,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      stop();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const stop = framework.onChange(() => {
      if (!framework.connected) end();
    });
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted || !framework.connected) end();
  });
}
