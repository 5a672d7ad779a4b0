import type { Clock } from '../../runtime/port.ts';
import type { LeaseId, Store } from '../../store/port.ts';

const EVENT_LIFE_MS = 3_600_000;
const SHARED_MS = 60_000;
const SHARED_MAX = 1_000;

/** Leases that let events expire after about an hour; many events share one. */
export interface EventLeases {
  take(): Promise<LeaseId>;
}

export function createEventLeases({
  store,
  clock,
}: {
  readonly store: Store;
  readonly clock: Clock;
}): EventLeases {
  let lease: Promise<LeaseId> | undefined;
  let since = 0;
  let taken = 0;

  async function grant(): Promise<LeaseId> {
    try {
      return await store.grantLease(EVENT_LIFE_MS + SHARED_MS);
    } catch (thrown) {
      lease = undefined;
      throw thrown;
    }
  }

  return {
    take() {
      const now = clock.now();
      if (lease === undefined || now - since >= SHARED_MS || taken >= SHARED_MAX) {
        lease = grant();
        since = now;
        taken = 0;
      }
      taken += 1;
      return lease;
    },
  };
}
