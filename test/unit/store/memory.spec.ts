import { virtualClock } from '../../../src/runtime/clock.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import { keepsStoreContract } from '../../contract/store.ts';

keepsStoreContract('memoryStore', async () => {
  const clock = virtualClock();
  const store = memoryStore({ clock });
  return {
    store,
    pass: (spanMs) => clock.advance(spanMs),
    cut: async () => undefined,
    stop: () => store.close(),
  };
});
