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
  /**
   * What the master believes; `undefined` where it can't be told. While there is no demand offers are declined
   * for long, so that it is `unsure` from then on, whether the master has heard of that or not.
   */
  let told: boolean | 'unsure' | undefined;
  let telling = false;

  function doubt(): void {
    if (told !== undefined) told = 'unsure';
  }

  async function tell(): Promise<void> {
    if (telling) return;
    telling = true;
    while (told !== undefined && told !== wanted) {
      // Whoever changes his mind while this is under way says so.
      told = wanted;
      try {
        await (wanted ? master.revive() : master.suppress());
      } catch (error) {
        doubt();
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
      if (!wanted) {
        onIdle();
        doubt();
      }
      void tell();
    },
    connected() {
      told = wanted || 'unsure';
      void tell();
    },
    disconnected() {
      told = undefined;
    },
  };
}
