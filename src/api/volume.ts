import type { Cause } from './error.ts';
import type { TaskSpec, Volume, VolumeStatus } from './kinds.gen.ts';
import { diskToMiB, sizeFaults } from './quantity.ts';

export type VolumePhase = NonNullable<VolumeStatus['phase']>;
type Claiming = Pick<TaskSpec, 'volumes'>;

/** Holds a Volume until nothing uses it, and what it says of its data is done. */
export const VOLUME_FINALIZER = 'titan.dev/volume';
/** On a Volume: deleting it leaves what Mesos has of it, wherever that is. For an agent that never returns. */
export const ABANDON_ANNOTATION = 'titan.dev/abandon';

/** The labels of a reservation at Mesos that is a Volume's: whose it is, for people and for programs. */
export const VOLUME_LABELS = {
  /** `namespace/name`. */
  name: 'titan.dev/volume',
  uid: 'titan.dev/volume-uid',
  reclaim: 'titan.dev/reclaim',
} as const;

export function volumePhase({ status }: Volume): VolumePhase {
  return status?.phase ?? 'Pending';
}

export function sizeMiBOf({ spec }: Volume): number {
  return diskToMiB(spec.size) ?? 0;
}

/** The id that a Volume's data has at Mesos: the same in every attempt, so that none makes a second one. */
export function persistenceIdOf({ metadata: { uid } }: Pick<Volume, 'metadata'>): string {
  return `titan-${uid}`;
}

export function claimsVolumes({ volumes = [] }: Claiming): boolean {
  return volumes.some(({ claim }) => claim !== undefined);
}

/** A volume of a task by its name in the job, and the Volume that it is. */
export interface Claim {
  readonly name: string;
  readonly volume: string;
}

export function claimsOf({
  volumes = [],
  slot,
}: Pick<TaskSpec, 'volumes' | 'slot'>): readonly Claim[] {
  return volumes.flatMap(({ name, claim }) => {
    if (claim === undefined) return [];
    return [{ name, volume: claim.perInstance ? `${claim.name}-${slot}` : claim.name }];
  });
}

/** What a schema cannot say about a Volume. */
export function validateVolume({ spec }: Volume): readonly Cause[] {
  const faults = sizeFaults('spec.size', spec.size, diskToMiB, 'GiB, for example 10 or 500Mi');
  if (faults.length > 0 || (diskToMiB(spec.size) ?? 0) >= 1) return faults;
  const message = `Invalid value: ${JSON.stringify(spec.size)}: must be at least 1Mi`;
  return [{ reason: 'FieldValueInvalid', field: 'spec.size', message }];
}
