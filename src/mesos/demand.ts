import { asTitanError } from '../api/error.ts';
import type { Clock, Log } from '../runtime/port.ts';
import type { Master } from './port.ts';

export interface Demand {
  readonly wanted: boolean;
  set(wanted: boolean): void;
  /** A subscription begins unsuppressed. */
  connected(): void;
  disconnected(): void;
}

interface DemandOptions {
  readonly master: Master;
  readonly clock: Clock;
  readonly log: Log;
  /** Demand went away: held offers are of no use. */
  onIdle(): void;
}

const retryMs = 1_000;

/** Keeps the master told whether we want offers; the newest wish wins, however often it changes. */
export function createDemand({ master, clock, log, onIdle }: DemandOptions): Demand {
  let wanted = true;
  /** What the master believes; `undefined` where it can't be told. */
  let told: boolean | undefined;
  let telling = false;

  async function tell(): Promise<void> {
    if (telling) return;
    telling = true;
    while (told !== undefined && told !== wanted) {
      const wish = wanted;
      try {
        await (wish ? master.revive() : master.suppress());
        if (told !== undefined) told = wish;
      } catch (error) {
        log.warn('Mesos was not told of the demand', { error: asTitanError(error).message });
        await clock.sleep(retryMs);
      }
    }
    telling = false;
  }

  return {
    get wanted() {
      return wanted;
    },
    set(wish) {
      if (wish === wanted) return;
      wanted = wish;
      if (!wanted) onIdle();
      void tell();
    },
    connected() {
      told = true;
      void tell();
    },
    disconnected() {
      told = undefined;
    },
  };
}
