import type { Journal } from '../../src/runtime/port.ts';

export interface MemoryJournal extends Journal {
  /** As many as there are. */
  readonly entries: readonly unknown[];
}

/** A journal that outlives simulated processes. */
export function memoryJournal(): MemoryJournal {
  let entries: string[] = [];
  return {
    get entries() {
      return entries.map((entry): unknown => JSON.parse(entry));
    },
    async append(entry) {
      entries.push(JSON.stringify(entry));
    },
    read: async () => entries.map((entry): unknown => JSON.parse(entry)),
    async clear() {
      entries = [];
    },
  };
}
