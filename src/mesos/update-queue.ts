import { asTitanError } from '../api/error.ts';
import type { Log } from '../runtime/port.ts';
import type { FrameworkHost, Master, TaskUpdate } from './port.ts';

export interface Updates {
  /** Takes an update; it returns at once. */
  add(update: TaskUpdate): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

interface UpdatesOptions {
  readonly master: Master;
  readonly host: FrameworkHost;
  readonly log: Log;
  readonly atOnce: number | undefined;
  /** An update that Mesos will not send again was lost here. */
  onMissed(): void;
}

const defaultAtOnce = 300;
const waitingMax = 100_000;

/**
 * Makes updates durable, then acknowledges them: those of one task in order, those of different
 * tasks side by side. An update that can't be made durable is not acknowledged, so Mesos sends it
 * again. Beyond the bound updates are dropped, which is the same.
 */
export function createUpdates(options: UpdatesOptions): Updates {
  const { master, host, log, atOnce = defaultAtOnce, onMissed } = options;
  const waiting = new Map<string, TaskUpdate[]>();
  const ready: string[] = [];
  let size = 0;
  let busy = 0;
  let wake: (() => void)[] = [];

  async function handle(update: TaskUpdate): Promise<void> {
    try {
      await host.onUpdate(update);
    } catch (error) {
      log.warn('An update was not made durable', {
        taskId: update.taskId,
        state: update.state,
        error: asTitanError(error).message,
      });
      if (update.uuid === undefined) onMissed();
      return;
    }
    if (update.uuid === undefined) return;
    await master.acknowledge(update).catch((error) => {
      log.info('An update was not acknowledged; Mesos sends it again', {
        taskId: update.taskId,
        error: asTitanError(error).message,
      });
    });
  }

  async function work(taskId: string): Promise<void> {
    const queue = waiting.get(taskId) ?? [];
    for (let update = queue[0]; update !== undefined; update = queue[0]) {
      await handle(update);
      queue.shift();
      size -= 1;
    }
    waiting.delete(taskId);
    busy -= 1;
    begin();
  }

  function begin(): void {
    while (busy < atOnce) {
      const next = ready.shift();
      if (next === undefined) break;
      busy += 1;
      void work(next);
    }
    if (busy > 0) return;
    for (const resolve of wake) resolve();
    wake = [];
  }

  return {
    add(update) {
      const queue = waiting.get(update.taskId);
      const isRepeated =
        update.uuid !== undefined && queue?.some(({ uuid }) => uuid === update.uuid) === true;
      if (isRepeated) return;
      if (size >= waitingMax) {
        if (update.uuid === undefined) onMissed();
        return;
      }
      size += 1;
      if (queue) queue.push(update);
      else {
        waiting.set(update.taskId, [update]);
        ready.push(update.taskId);
        begin();
      }
    },
    idle: () =>
      busy === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            wake.push(resolve);
          }),
  };
}
