import { asTitanError } from '../../src/api/error.ts';
import { executorIdOf } from '../../src/api/executor.ts';
import type { FaultDomain, Task } from '../../src/api/kinds.gen.ts';
import type { Millis } from '../../src/api/object.ts';
import { uidOfMesosTask } from '../../src/api/task.ts';
import type { Framework, TaskUpdate } from '../../src/mesos/port.ts';
import type { RateLimit } from '../../src/runtime/rate-limit.ts';
import { type AdopterOptions, createAdopter } from './adopter.ts';
import { saysAlive } from './fold.ts';
import { createLeftOut, type LeftOutTask } from './left-out.ts';

/** How often at most one is looked at again in whose instance a task waits. */
const LOOK_AGAIN_MS = 30_000;

export interface StraysOptions extends Omit<AdopterOptions, 'refused' | 'leftOut'> {
  /** The object of this fault domain, where there is one: events about foreign tasks go there. */
  readonly domain: () => FaultDomain | undefined;
  /** How long unknown tasks are left alone after the start. */
  readonly adoptionGraceMs: Millis;
  /** Whether a task may be one whose record cannot be read now: then it is not foreign for sure. Absent: never. */
  readonly mayBeKnown?: ((taskId: string) => boolean) | undefined;
  /** Bounds the kills of the whole fault domain. */
  readonly kills: RateLimit;
}

/** Takes up what runs at Mesos and Titan does not know, or ends it, as what nobody wants. */
export interface Strays {
  /** Whether it is being decided what becomes of some. */
  readonly isAdopting: boolean;
  /** Whether any run that were not adopted. */
  readonly areAny: boolean;
  /**
   * The Mesos id of one that runs in the instance of this task, which must not start beside it. It is looked
   * at again now and then, since the task that waits may stand for it, or its grace may be over.
   */
  beside(task: Task): string | undefined;
  attach(framework: Pick<Framework, 'kill' | 'shutdown' | 'tasks'>): void;
  /**
   * Nothing is known of it. If it runs it is adopted where a job of ours can take it; where none can, another
   * Titan's word may only be late: it is left alone for the grace.
   */
  foreign(update: TaskUpdate): void;
  /** Resolves when it is known whether this task is adopted. */
  decided(taskId: string): Promise<void>;
  stop(update: TaskUpdate, why: string): void;
  /**
   * What ran a task that has ended: a group's executor with its sidecars, or the job's own, after the
   * last of its tasks. They do not end by themselves.
   */
  endExecutor(task: Task): void;
}

export function createStrays(options: StraysOptions): Strays {
  const { clock, log, recorder, domain, kills, tasks, adoptionGraceMs } = options;
  const startedAt = clock.now();
  let framework: Pick<Framework, 'kill' | 'shutdown' | 'tasks'> | undefined;
  const leftOut = createLeftOut();
  const adopter = createAdopter({
    ...options,
    leftOut(update, origin) {
      if (origin === undefined) leftOut.forget(update.taskId);
      else leftOut.note(update, origin, clock.now());
    },
    refused(update, why) {
      if (clock.now() - startedAt < adoptionGraceMs) return;
      stop(update, `Titan does not know it, and ${why}`);
    },
  });

  /** Beyond the bound it runs on for now: the next reconciliation finds it again. */
  function stop({ taskId, agentId }: TaskUpdate, why: string): void {
    if (kills.left() === 0) return;
    kills.took();
    log.warn('stopping a task at Mesos', { taskId, why });
    const place = domain();
    const text = `Stopping the task ${taskId}, which runs at Mesos although ${why}`;
    if (place !== undefined) recorder.warning(place, 'StrayTask', text);
    const at = { taskId, ...(agentId === undefined ? {} : { agentId }) };
    framework?.kill(at, 0).catch((error: unknown) => {
      log.warn('kill not sent', { taskId, error: asTitanError(error).message });
    });
  }

  function foreign(update: TaskUpdate): void {
    if (!saysAlive(update)) leftOut.forget(update.taskId);
    else if (framework !== undefined && options.mayBeKnown?.(update.taskId) !== true) {
      adopter.consider(update, framework);
    }
  }

  /** One that has been adopted since is left out no more. */
  function isStrange({ update: { taskId } }: LeftOutTask): boolean {
    if (tasks.by('mesosUid', uidOfMesosTask(taskId) ?? '').length === 0) return true;
    leftOut.forget(taskId);
    return false;
  }

  return {
    get isAdopting() {
      return adopter.isBusy;
    },
    get areAny() {
      return leftOut.areAny;
    },
    beside(task) {
      const found = leftOut.beside(task).find(isStrange);
      if (found === undefined) return undefined;
      const { uid } = task.metadata;
      const now = clock.now();
      if (found.lookedFor !== uid || now - found.lookedAt >= LOOK_AGAIN_MS) {
        found.lookedFor = uid;
        found.lookedAt = now;
        foreign(found.update);
      }
      return found.update.taskId;
    },
    attach(session) {
      framework = session;
    },
    foreign,
    decided: adopter.decided,
    stop,
    endExecutor(task) {
      const { agentId, mesosTaskId } = task.status ?? {};
      const isGroup = (task.spec.sidecars ?? []).length > 0;
      const executorId = isGroup ? mesosTaskId : executorIdOf(task);
      if (executorId === undefined || agentId === undefined) return;
      const others = tasks.by('agent', agentId).filter(({ metadata }) => {
        return metadata.uid !== task.metadata.uid;
      });
      if (others.some((other) => executorIdOf(other) === executorId)) return;
      framework?.shutdown({ executorId, agentId }).catch((error: unknown) => {
        const { message } = asTitanError(error);
        log.warn('executor was not told to end', { task: task.metadata.name, error: message });
      });
    },
  };
}
