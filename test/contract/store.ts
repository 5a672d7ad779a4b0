import type { MakeStore } from './store/harness.ts';
import { keepsLeaseRules } from './store/leases.ts';
import { agreesWithModel } from './store/model.ts';
import { keepsReadRules } from './store/reads.ts';
import { keepsWatchRules } from './store/watches.ts';
import { keepsWriteRules } from './store/writes.ts';

export type { MakeStore, StoreUnderTest } from './store/harness.ts';

/** Runs the rules of `src/store/port.ts` against one implementation. */
export function keepsStoreContract(name: string, make: MakeStore): void {
  describe(`${name} keeps the Store contract`, () => {
    keepsWriteRules(make);
    keepsReadRules(make);
    keepsWatchRules(make);
    keepsLeaseRules(make);
    agreesWithModel(make);
  });
}
