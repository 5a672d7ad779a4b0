import { TitanError } from '../../api/error.ts';
import type { Millis } from '../../api/object.ts';
import type { Attributes, User } from '../../auth/port.ts';
import { DOMAINS } from '../../auth/users.ts';
import type { Clock } from '../../runtime/port.ts';

/** Turns requests away while the process has more to do than it can. */
export interface Pressure {
  /**
   * @param underWay how much of this user has not been answered yet, of what counts as this does
   * @throws TooManyRequests, with the time after which to come again
   */
  admit(user: User, attributes: Attributes, underWay: number): void;
}

/** Made once, as all that is turned away must cost next to nothing. */
const OVERLOADED = new TitanError(
  'TooManyRequests',
  'The server is overloaded, please try again later.',
  { details: { retryAfterSeconds: 1 } },
);

const TICK_MS: Millis = 100;
/** Late by more than this so often in a row: what is asked of the process is too much. */
const LATE_MS: Millis = 100;
const LATE_TICKS = 3;
/** Nobody who asks for no more than this in a tick is turned away: 200 a second. */
const LEAST = 20;
/** One who has so much under way while the process is late is turned away: requests may be dear, and none answered in time. */
const UNDER_WAY_MAX = 20;
/** A tick with room for so many requests bounds nobody. */
const PLENTY = 5_000;
const LESS = 0.75;
const MORE = 1.05;

/**
 * Controllers and the API share one thread, so the measure of overload is how late that is. While it is late, each
 * tenth of a second lets a quarter fewer requests through than the one before; once it is not, 5 % more. What is
 * let through is shared alike among the users who ask, and those who ask little get all, as long as they do not have
 * much under way: few requests may be too many. Between ticks without requests nothing is measured.
 */
export function createPressure(clock: Clock): Pressure {
  let room = Number.POSITIVE_INFINITY;
  let users = new Map<string, number>();
  let before = 1;
  let late = 0;
  let admitted = 0;
  let isTicking = false;

  function tick(dueAt: Millis): void {
    late = clock.elapsed() - dueAt > LATE_MS ? late + 1 : 0;
    if (late >= LATE_TICKS) room = LESS * Math.min(room, Math.max(admitted, LEAST));
    else if (late === 0) room = room > PLENTY ? Number.POSITIVE_INFINITY : room * MORE + 1;
    isTicking = admitted > 0 || room !== Number.POSITIVE_INFINITY;
    before = Math.max(1, users.size);
    users = new Map();
    admitted = 0;
    if (isTicking) arm();
  }

  function arm(): void {
    isTicking = true;
    const dueAt = clock.elapsed() + TICK_MS;
    clock.after(TICK_MS, () => tick(dueAt));
  }

  return {
    admit(user, attributes, underWay) {
      if (!isTicking) arm();
      if (isUrgent(user, attributes)) return;
      const own = users.get(user.name) ?? 0;
      const share = Math.max(LEAST, room / Math.max(before, users.size));
      const isPressed = room !== Number.POSITIVE_INFINITY;
      if (own >= share || (isPressed && underWay >= UNDER_WAY_MAX)) throw OVERLOADED;
      users.set(user.name, own + 1);
      admitted += 1;
    },
  };
}

/** Heartbeats, what ends tasks, and what leaders say to each other goes through first. */
function isUrgent({ groups }: User, attributes: Attributes): boolean {
  if ('path' in attributes) return /^\/(?:healthz|livez|readyz)/.test(attributes.path);
  const { verb, group, resource, subresource } = attributes;
  return (
    groups.includes(DOMAINS) ||
    verb === 'delete' ||
    subresource === 'eviction' ||
    (group === 'coordination.k8s.io' &&
      resource === 'leases' &&
      verb !== 'list' &&
      verb !== 'watch')
  );
}
