import { asTitanError, hasReason, TitanError } from '../../../src/api/error.ts';
import { LEADER_KEY } from '../../../src/runtime/leader.ts';
import type { PlantBug } from '../../../src/sim/domain.ts';
import type { Store } from '../../../src/store/port.ts';
import { changingStore, changingWrites } from './tools.ts';

const TASKS = '/titan/registry/titan.dev/tasks/';

/** What compares the caches with the store finds nothing. */
function unaudited(store: Store): Pick<Store, 'range'> {
  return {
    range(prefix, options) {
      if (options?.keysOnly !== true) return store.range(prefix, options);
      return Promise.reject(new TitanError('ServiceUnavailable', 'nobody looks'));
    },
  };
}

/** Bugs in how a control plane treats the store. */
export const OF_STORE = {
  'writes do not compare the leadership': changingWrites(({ when, write }) => ({
    when: when.filter(({ key }) => key !== LEADER_KEY),
    write,
  })),
  'writes of tasks compare nothing': changingWrites(({ when, write }) =>
    write.some(({ key }) => key.startsWith(TASKS)) ? { when: [], write } : { when, write },
  ),
  'a watch whose history was compacted goes on from now': changingStore((store) => ({
    ...unaudited(store),
    async *watch(prefix, options, signal) {
      let { after } = options;
      while (!signal.aborted) {
        try {
          for await (const batch of store.watch(prefix, { after }, signal)) {
            after = batch.revision;
            yield batch;
          }
        } catch (thrown) {
          if (!hasReason(asTitanError(thrown), 'Expired')) throw thrown;
          after = await store.revision();
        }
      }
    },
  })),
  'events that a watch has lost are not looked for': changingStore(unaudited),
  'a new leader does not wait for what was written before it': changingStore(() => ({
    revision: async () => 0,
  })),
  'a write that failed counts as done': changingStore((store) => ({
    async transact(transaction) {
      try {
        return await store.transact(transaction);
      } catch {
        return { ok: true, revisions: transaction.write.map(() => 1) };
      }
    },
  })),
} as const satisfies Readonly<Record<string, PlantBug>>;
