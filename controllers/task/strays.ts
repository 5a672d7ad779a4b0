import { asTitanError } from '../../src/api/error.ts';
import type { FaultDomain, Task } from '../../src/api/kinds.gen.ts';
import type { Millis } from '../../src/api/object.ts';
import type { Framework, TaskUpdate } from '../../src/mesos/port.ts';
import type { RateLimit } from '../../src/runtime/rate-limit.ts';
import { type AdopterOptions, createAdopter } from './adopter.ts';

export interface StraysOptions extends Omit<AdopterOptions, 'refused'> {
  /** The object of this fault domain, where there is one: events about foreign tasks go there. */
  readonly domain: () => FaultDomain | undefined;
  /** How long unknown tasks are left alone after the start. */
  readonly adoptionGraceMs: Millis;
  /** Whether tasks may be known that cannot be read now: then none is foreign for sure. Absent: never. */
  readonly mayBeKnown?: (() => boolean) | undefined;
  /** Bounds the kills of the whole fault domain. */
  readonly kills: RateLimit;
}

/** Takes up what runs at Mesos and Titan does not know, or ends it, as what nobody wants. */
export interface Strays {
  /** Whether it is being decided what becomes of some. */
  readonly isAdopting: boolean;
  attach(framework: Pick<Framework, 'kill' | 'shutdown' | 'tasks'>): void;
  /**
   * Nothing is known of it. It is adopted where a job of ours can take it; where none can, another
   * Titan's word may only be late: it is left alone for the grace.
   */
  foreign(update: TaskUpdate): void;
  stop(update: TaskUpdate, why: string): void;
  /** Those of a task that has ended: they do not end with it by themselves. */
  endSidecars(task: Task): void;
}

export function createStrays(options: StraysOptions): Strays {
  const { clock, log, recorder, domain, kills, adoptionGraceMs } = options;
  const startedAt = clock.now();
  let framework: Pick<Framework, 'kill' | 'shutdown' | 'tasks'> | undefined;
  const adopter = createAdopter({
    ...options,
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

  return {
    get isAdopting() {
      return adopter.isBusy;
    },
    attach(session) {
      framework = session;
    },
    foreign(update) {
      if (options.mayBeKnown?.() === true) return;
      if (framework !== undefined) adopter.consider(update, framework);
    },
    stop,
    endSidecars({ metadata, spec, status }) {
      const { mesosTaskId: executorId, agentId } = status ?? {};
      if (!spec.sidecars?.length || executorId === undefined || agentId === undefined) return;
      framework?.shutdown({ executorId, agentId }).catch((error: unknown) => {
        const { message } = asTitanError(error);
        log.warn('sidecars were not told to stop', { task: metadata.name, error: message });
      });
    },
  };
}
