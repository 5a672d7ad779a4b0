/** How tasks of a fault domain are moved to where they rather be. */
import type { FaultDomain } from './kinds.gen.ts';

export interface RebalanceTerms {
  /** 0: nothing is moved. */
  readonly movesPerMinute: number;
  /** Whether agents are emptied whose tasks others have room for. */
  readonly packs: boolean;
}

export function rebalanceOf(domain: FaultDomain | undefined): RebalanceTerms {
  const { movesPerMinute = 10, packing = false } = domain?.spec.rebalance ?? {};
  return { movesPerMinute, packs: packing };
}
