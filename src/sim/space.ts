import type { Millis } from '../api/object.ts';
import type { Clock } from '../runtime/port.ts';
import type { StoreUpkeep } from '../store/port.ts';

/** The space of a store, which runs full, and stays so until somebody makes room and says so. */
export interface Space {
  readonly full: boolean;
  /** How long it has been full; 0 where it is not. */
  readonly fullForMs: Millis;
  fill(): void;
  /** Told of each compaction. */
  compacted(): void;
  readonly upkeep: StoreUpkeep;
}

const BYTES = { all: 100 * 1024 * 1024, few: 1024 * 1024 };

/** As etcd with a quota: compaction frees pages, only defragmentation gives them back, and then the alarm must be disarmed. */
export function createSpace(clock: Pick<Clock, 'now'>): Space {
  let fullSince: Millis | undefined;
  let [usedBytes, bytes] = [BYTES.few, BYTES.few];
  return {
    get full() {
      return fullSince !== undefined;
    },
    get fullForMs() {
      return fullSince === undefined ? 0 : clock.now() - fullSince;
    },
    fill() {
      fullSince ??= clock.now();
      usedBytes = BYTES.all;
      bytes = BYTES.all;
    },
    compacted() {
      usedBytes = BYTES.few;
    },
    upkeep: {
      space: async () => ({ full: fullSince !== undefined, bytes, usedBytes }),
      async defragment() {
        bytes = usedBytes;
      },
      async disarm() {
        if (bytes < BYTES.all) fullSince = undefined;
      },
    },
  };
}
