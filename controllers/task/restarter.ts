import { asTitanError, hasReason } from '../../src/api/error.ts';
import type { Task } from '../../src/api/kinds.gen.ts';
import type { Millis } from '../../src/api/object.ts';
import type { Framework, Launch, Offer } from '../../src/mesos/port.ts';
import type { Clock, Log } from '../../src/runtime/port.ts';
import type { RateLimit } from '../../src/runtime/rate-limit.ts';
import type { Restart } from './restart.ts';

export interface RestarterOptions {
  readonly framework: Pick<Framework, 'launch' | 'offers' | 'setDemand'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Bounds the launches of the whole fault domain. */
  readonly launches: RateLimit;
  readonly launchOf: (task: Task) => Launch;
  /** Makes it durable that `task` follows the attempt whose uid is `after`. */
  keep(after: string, task: Task): Promise<void>;
  /** Does things one after the other. */
  inTurn(work: () => Promise<void>): Promise<void>;
}

/** Launches restarts when they are due and their agents offer what they take. */
export interface Restarter {
  add(after: string, restart: Restart): void;
  look(): void;
  /** Nothing is launched any more. */
  end(): void;
}

/** Restarts that wait at once; what is beyond it waits for the store. */
const WAITING_MAX = 10_000;
/** How often those that wait are looked at. */
const AGAIN_MS: Millis = 1_000;

export function createRestarter(options: RestarterOptions): Restarter {
  const { framework, clock, log, launches, launchOf, keep, inTurn } = options;
  const waiting = new Map<string, Restart>();
  let isOver = false;
  let cancelNext = () => {};

  function look(): void {
    if (isOver) return;
    const looked = inTurn(launchAll).catch((thrown: unknown) => {
      log.warn('not restarted while the store is away', { error: asTitanError(thrown).message });
    });
    void looked.then(() => lookIn(AGAIN_MS));
  }

  /** Not on offers alone, since they may have come before a restart was due, or was allowed. */
  function lookIn(delayMs: Millis): void {
    cancelNext();
    if (!isOver && waiting.size > 0) cancelNext = clock.after(delayMs, look);
  }

  function isReady({ task, dueAt }: Restart): boolean {
    const offers = framework.offers().get(agentOf(task)) ?? [];
    return dueAt <= clock.now() && fits(launchOf(task), offers);
  }

  async function launchAll(): Promise<void> {
    for (const [after, restart] of waiting) {
      if (isOver || launches.left() === 0) return;
      if (isReady(restart)) await launch(after, restart);
    }
    if (waiting.size === 0) framework.setDemand(false, 'caretaker');
  }

  async function launch(after: string, restart: Restart): Promise<void> {
    const { task } = restart;
    await keep(after, task);
    waiting.delete(after);
    if (isOver) return;
    launches.took();
    const agentId = agentOf(task);
    try {
      await framework.launch(agentId, [launchOf(task)]);
      log.info('task restarted while the store is away', { task: task.metadata.name, agentId });
    } catch (thrown) {
      // Its offer had gone, so Mesos has surely not heard of it.
      if (hasReason(thrown, 'Conflict')) waiting.set(after, restart);
      throw thrown;
    }
  }

  return {
    add(after, restart) {
      if (waiting.size >= WAITING_MAX) return;
      waiting.set(after, restart);
      framework.setDemand(true, 'caretaker');
      lookIn(Math.min(AGAIN_MS, Math.max(0, restart.dueAt - clock.now())));
    },
    look,
    end() {
      isOver = true;
      cancelNext();
      framework.setDemand(false, 'caretaker');
    },
  };
}

function agentOf(task: Task): string {
  return task.status?.agentId ?? '';
}

/** Whether the offers of its agent hold what the launch takes, its own ports too. */
function fits(launch: Launch, offers: readonly Offer[]): boolean {
  const sum = (of: 'cpus' | 'memoryMiB' | 'diskMiB') =>
    offers.reduce((total, { resources }) => total + resources[of], 0);
  const ranges = offers.flatMap(({ resources }) => resources.ports);
  return (
    sum('cpus') >= launch.cpus &&
    sum('memoryMiB') >= launch.memoryMiB &&
    sum('diskMiB') >= launch.diskMiB &&
    launch.ports.every((port) => ranges.some(({ begin, end }) => begin <= port && port <= end))
  );
}
