import { CPUS, DISK, MEMORY, type Vector } from '../cluster/resources.ts';
import { type Amounts, amountsFrom } from '../shares/amounts.ts';

/** What shares are counted in, of the scheduler's own amounts (all in thousandths). */
export function toAmounts(vector: Vector): Amounts {
  return amountsFrom({
    cpus: vector[CPUS] ?? 0,
    memory: (vector[MEMORY] ?? 0) / 1000,
    disk: (vector[DISK] ?? 0) / 1000,
  });
}
