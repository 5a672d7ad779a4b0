import { asTitanError, hasReason, TitanError } from '../../src/api/error.ts';
import type { EventReason } from '../../src/api/event-reason.ts';
import { TASK, type Task, type TaskStatus } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, keyOf, type Millis } from '../../src/api/object.ts';
import {
  isAtMesos,
  isTerminal,
  phaseOf,
  sidecarOfMesosTask,
  uidOfMesosTask,
} from '../../src/api/task.ts';
import type { Framework, FrameworkHost, TaskUpdate } from '../../src/mesos/port.ts';
import type { Runtime } from '../../src/runtime/controller.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import { foldUpdate, isRevenant, saysAlive } from './fold.ts';
import { type FrameworkRecord, frameworkRecord } from './framework-record.ts';
import { createMailbox } from './messages.ts';
import { placeOf } from './place.ts';
import { foldSidecar } from './sidecar.ts';
import { createStrays, type Strays, type StraysOptions } from './strays.ts';

export interface TaskHostOptions extends Runtime, StraysOptions {
  /** Whether a framework that Mesos has removed may be replaced while tasks live; not unless told. */
  readonly mayTakeNewId?: boolean;
  /** With indexes `mesosUid` and `mesos` (`yes` for tasks that may be at Mesos), and `job`. */
  readonly tasks: Informer<Task>;
}

export interface TaskHost extends FrameworkHost {
  /** Tasks that run unknown at Mesos. */
  readonly strays: Pick<Strays, 'isAdopting' | 'areAny' | 'beside'>;
  /** The session that was made with this host, once it exists. */
  attach(framework: Pick<Framework, 'kill' | 'shutdown' | 'tasks'>): void;
}

/** An update about a task or one of its sidecars, and what it makes of the task's status. */
interface News {
  readonly uid: string;
  readonly update: TaskUpdate;
  fold(task: Task, now: Millis): TaskStatus | undefined;
}

function newsOf(update: TaskUpdate): News | undefined {
  const uid = uidOfMesosTask(update.taskId);
  if (uid !== undefined) {
    return { uid, update, fold: (task, now) => foldUpdate(task, update, now) };
  }
  const sidecar = sidecarOfMesosTask(update.taskId);
  if (sidecar === undefined) return undefined;
  return { uid: sidecar.uid, update, fold: (task) => foldSidecar(task, sidecar.name, update) };
}

/** Attempts to store one update while others write the same task; Mesos sends it again after that. */
const ATTEMPTS_MAX = 8;
/** A launch may be on its way this long: until then "not known" from Mesos would mean nothing. */
const LAUNCHING_MS = 30_000;

/** Takes what Mesos says of tasks into the store, before it is acknowledged. */
export function taskHost(options: TaskHostOptions): TaskHost {
  const { client, clock, log, recorder, tasks } = options;
  const record: FrameworkRecord = frameworkRecord(client);
  const startedAt = clock.now();
  const lines = new Map<string, Promise<void>>();
  const strays = createStrays(options);
  const mailbox = createMailbox(options);

  /** Updates of one task are taken one after the other, in the order in which they came. */
  function inLine(uid: string, work: () => Promise<void>): Promise<void> {
    const before = lines.get(uid);
    const turn = before === undefined ? work() : before.then(work, work);
    lines.set(uid, turn);
    const leave = () => {
      if (lines.get(uid) === turn) lines.delete(uid);
    };
    turn.then(leave, leave);
    return turn;
  }

  /** The end of a task that is being adopted waits until it is. */
  async function ownerOf(update: TaskUpdate, uid: string): Promise<Task | undefined> {
    const [task] = tasks.by('mesosUid', uid);
    if (task !== undefined || saysAlive(update)) return task;
    await strays.decided(update.taskId);
    return tasks.by('mesosUid', uid)[0];
  }

  async function store({ uid, update, fold }: News): Promise<void> {
    let task = await ownerOf(update, uid);
    for (let attempt = 0; task !== undefined; attempt += 1) {
      if (isRevenant(task, update)) strays.stop(update, 'it had ended for Titan');
      const status = fold(task, clock.now());
      if (status === undefined) return;
      const written = await client
        .updateStatus(TASK, { ...task, status })
        .catch((error: unknown) => afterRefusal(error, attempt));
      if (written !== undefined) return told(written);
      task = await newest(task);
    }
    // What cannot be stored now is not acknowledged: Mesos sends it again.
    if (options.mayBeKnown?.(update.taskId) === true) {
      throw new TitanError('ServiceUnavailable', 'its record may be one that cannot be read');
    }
    strays.foreign(update);
  }

  function told(task: Task): void {
    const { metadata, status } = task;
    if (isTerminal(task)) strays.endExecutor(task);
    log.info('task changed', { task: metadata.name, phase: phaseOf(task), reason: status?.reason });
    const failed = status?.fault === 'Program' || status?.fault === 'System';
    if (failed && status.finishedAt !== undefined) {
      recorder.warning(task, reasonOfEnd(task), status.message ?? status.reason ?? 'no reason');
    }
  }

  async function newest(task: Task): Promise<Task | undefined> {
    const found = await client.get(TASK, keyOf(task)).catch((error: unknown) => {
      if (hasReason(error, 'NotFound')) return undefined;
      throw error;
    });
    return found?.metadata.uid === task.metadata.uid ? found : undefined;
  }

  function isSettled(task: Task): boolean {
    if (phaseOf(task) !== 'Staging') return true;
    const boundAt = fromTimestamp(task.status?.boundAt) ?? 0;
    return boundAt + 1_000 < startedAt || clock.now() - boundAt > LAUNCHING_MS;
  }

  return {
    attach: strays.attach,
    strays,
    async onUpdate(update) {
      await tasks.whenSynced();
      const news = newsOf(update);
      if (news !== undefined) await inLine(news.uid, () => store(news));
      else strays.foreign(update);
    },
    onMessage: mailbox.take,
    *knownTasks() {
      for (const task of tasks.by('mesos', 'yes')) if (isSettled(task)) yield placeOf(task);
    },
    loadFrameworkId: () => record.load(),
    saveFrameworkId: (id) => record.save(id),
    liveTasks: () => tasks.count('mesos', 'yes'),
    mayTakeNewId: options.mayTakeNewId ?? false,
    forgetFrameworkId: (id) => record.forget(id),
  };
}

function afterRefusal(error: unknown, attempt: number): undefined {
  const { reason } = asTitanError(error);
  if (reason !== 'Conflict' && reason !== 'NotFound') throw error;
  if (attempt < ATTEMPTS_MAX) return undefined;
  throw new TitanError('Conflict', 'the task keeps changing', { cause: error });
}

/** By whoever's fault it ended. */
function reasonOfEnd(task: Task): EventReason {
  switch (phaseOf(task)) {
    case 'Lost':
      return 'TaskLost';
    case 'Killed':
      return 'TaskKilled';
    default:
      return 'TaskFailed';
  }
}

/** Whether a task belongs in the `mesos` index. */
export function mesosIndex(task: Task): readonly string[] {
  return isAtMesos(task) ? ['yes'] : [];
}
