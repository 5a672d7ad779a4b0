import type { Millis } from '../../../api/object.ts';
import type { Clock } from '../../../runtime/port.ts';
import type { V1Status } from '../../v1.ts';

export interface UpdateStream {
  /** Unacknowledged, oldest first; only the first is ever under way. */
  readonly pending: readonly V1Status[];
  add(status: V1Status): void;
  /** Whether an update with this uuid waits, or was the last one that did. */
  has(uuid: string): boolean;
  /** @returns the status that was acknowledged, if the uuid is that of the one under way */
  acknowledge(uuid: string): V1Status | undefined;
  /** Sends the one under way again, as after a reconnect. */
  resend(): void;
  stop(): void;
}

const firstRetryMs = 10_000;
const lastRetryMs = 600_000;
/** Unacknowledged updates of one task; beyond it the oldest that waits is dropped for newer ones. */
const pendingMax = 1_000;

/**
 * The updates of one task on their way to the framework: one at a time, each sent again until it is
 * acknowledged, first after 10 seconds and then ever more seldom. There are few, a task has as many
 * states, but for those of checks that come and go while nobody acknowledges.
 */
export function updateStream(
  clock: Clock,
  send: (status: V1Status) => void,
  unacknowledged: readonly V1Status[] = [],
): UpdateStream {
  const pending = [...unacknowledged];
  let stopTimer = () => {};
  let last: string | undefined;

  function sendHead(retryMs: Millis): void {
    stopTimer();
    const head = pending[0];
    if (!head) return;
    stopTimer = clock.after(retryMs, () => sendHead(Math.min(retryMs * 2, lastRetryMs)));
    send(head);
  }

  return {
    pending,
    add(status) {
      pending.push(status);
      if (pending.length > pendingMax) pending.splice(1, 1);
      if (pending.length === 1) sendHead(firstRetryMs);
    },
    acknowledge(uuid) {
      if (pending[0]?.uuid !== uuid) return undefined;
      const done = pending.shift();
      last = uuid;
      sendHead(firstRetryMs);
      return done;
    },
    has: (uuid) => uuid === last || pending.some((status) => status.uuid === uuid),
    resend: () => sendHead(firstRetryMs),
    stop: () => stopTimer(),
  };
}
