import { hasReason } from '../../src/api/error.ts';
import { executorIdOf, type Heard, heardOf, joinHeard } from '../../src/api/executor.ts';
import { TASK, type Task } from '../../src/api/kinds.gen.ts';
import { keyOf, keyText, type Millis } from '../../src/api/object.ts';
import type { ExecutorMessage } from '../../src/mesos/port.ts';
import type { Runtime } from '../../src/runtime/controller.ts';
import { inGroups } from '../../src/runtime/group.ts';
import type { Informer } from '../../src/runtime/informer.ts';

export interface MailboxOptions extends Pick<Runtime, 'client' | 'clock' | 'log'> {
  /** With index `agent` (by agent id, live tasks only). */
  readonly tasks: Informer<Task>;
}

/** Shows what executors say on the tasks that they run. */
export interface Mailbox {
  take(message: ExecutorMessage): void;
}

/** Messages of one task that come within this time are written together. */
const WRITE_AFTER_MS = 500;
/** Tasks whose messages wait to be written; those of others are dropped, as Mesos itself may. */
const WAITING_MAX = 10_000;
const AT_ONCE = 50;

/**
 * Mesos sends a message once and keeps none, so what waits here when Titan dies is lost. What an
 * executor says while nothing of it runs any more is dropped.
 */
export function createMailbox({ client, clock, log, tasks }: MailboxOptions): Mailbox {
  let waiting = new Map<string, Heard>();
  let isTimed = false;

  function later(): void {
    if (isTimed) return;
    isTimed = true;
    clock.after(WRITE_AFTER_MS, () => {
      isTimed = false;
      void write();
    });
  }

  async function write(): Promise<void> {
    const batch = [...waiting];
    waiting = new Map();
    const results = await inGroups(batch, AT_ONCE, async ([key, news]) => {
      const task = tasks.get(key);
      if (task === undefined) return;
      const status = {
        ...task.status,
        executorMessages: joinHeard(task.status?.executorMessages, news),
      };
      await client.updateStatus(TASK, { ...task, status });
    });
    results.forEach((result, at) => {
      if (result.status === 'fulfilled' || hasReason(result.reason, 'NotFound')) return;
      const [key, news] = batch[at] as (typeof batch)[number];
      log.info('messages of an executor not written, will be tried again', { task: key });
      const newer = waiting.get(key);
      waiting.set(key, newer === undefined ? news : joinHeard(news, newer));
      later();
    });
  }

  function hear(task: Task, data: Uint8Array, now: Millis): void {
    const key = keyText(keyOf(task));
    if (!waiting.has(key) && waiting.size >= WAITING_MAX) return;
    waiting.set(key, joinHeard(waiting.get(key), heardOf(data, now)));
    later();
  }

  return {
    take({ agentId, executorId, data }) {
      const now = clock.now();
      const own = tasks.by('agent', agentId).filter((task) => executorIdOf(task) === executorId);
      for (const task of own) hear(task, data, now);
    },
  };
}
