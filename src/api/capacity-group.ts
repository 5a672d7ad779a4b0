import type { Cause } from './error.ts';
import type { CapacityGroup, CapacityGroupSpec } from './kinds.gen.ts';
import { diskToMiB, memoryToMiB, sizeFaults } from './quantity.ts';

/** An amount of each resource as a capacity group states it; what is left out is `undefined`. */
export type StatedAmounts = NonNullable<CapacityGroupSpec['guarantee']>;

/** The label of a reservation at Mesos by which an operator keeps it for the tasks of one capacity group. */
export const CAPACITY_GROUP_LABEL = 'titan.dev/capacity-group';

const STATED = ['guarantee', 'borrowingLimit', 'lendingLimit'] as const;

/** What a schema cannot say about a capacity group: every fault, with its field and what was expected. */
export function validateCapacityGroup({ spec }: CapacityGroup): readonly Cause[] {
  return STATED.flatMap((field) => {
    const { memory = 0, disk = 0 } = spec[field] ?? {};
    return [
      ...sizeFaults(`spec.${field}.memory`, memory, memoryToMiB, 'MiB, for example 65536 or 64Gi'),
      ...sizeFaults(`spec.${field}.disk`, disk, diskToMiB, 'GiB, for example 500 or 500Gi'),
    ];
  });
}
