import type { Millis } from '../../../api/object.ts';
import type { Clock } from '../../../runtime/port.ts';
import type { V1Status } from '../../v1.ts';

const firstRetryMs = 10_000;
const lastRetryMs = 600_000;
/** Unacknowledged updates of one task; beyond it the oldest that waits is dropped for newer ones. */
const pendingMax = 1_000;

const nothing = () => {};

/**
 * The updates of one task on their way to the framework: one at a time, each sent again until it is
 * acknowledged, first after 10 seconds and then ever more seldom. There are few, a task has as many
 * states, but for those of checks that come and go while nobody acknowledges.
 */
export class UpdateStream {
  readonly #clock: Clock;
  readonly #send: (status: V1Status) => void;
  #pending: readonly V1Status[];
  #stopTimer = nothing;
  #last: string | undefined;

  constructor(
    clock: Clock,
    send: (status: V1Status) => void,
    unacknowledged: readonly V1Status[] = none,
  ) {
    this.#clock = clock;
    this.#send = send;
    this.#pending = unacknowledged;
  }

  /** Unacknowledged, oldest first; only the first is ever under way. */
  get pending(): readonly V1Status[] {
    return this.#pending;
  }

  add(status: V1Status): void {
    const [head, ...rest] = this.#pending;
    const isFull = this.#pending.length >= pendingMax;
    this.#pending = head && isFull ? [head, ...rest.slice(1), status] : [...this.#pending, status];
    if (!head) this.resend();
  }

  /** Whether an update with this uuid waits, or was the last one that did. */
  has(uuid: string): boolean {
    return uuid === this.#last || this.#pending.some((status) => status.uuid === uuid);
  }

  /** @returns the status that was acknowledged, if the uuid is that of the one under way */
  acknowledge(uuid: string): V1Status | undefined {
    const [done, ...rest] = this.#pending;
    if (done?.uuid !== uuid) return undefined;
    this.#pending = rest.length > 0 ? rest : none;
    this.#last = uuid;
    this.resend();
    return done;
  }

  /** Sends the one under way again, as after a reconnect. */
  resend(): void {
    this.#sendHead(firstRetryMs);
  }

  stop(): void {
    this.#stopTimer();
    this.#stopTimer = nothing;
  }

  #sendHead(retryMs: Millis): void {
    this.stop();
    const [head] = this.#pending;
    if (!head) return;
    const next = Math.min(retryMs * 2, lastRetryMs);
    this.#stopTimer = this.#clock.after(retryMs, () => this.#sendHead(next));
    this.#send(head);
  }
}

const none: readonly V1Status[] = [];
