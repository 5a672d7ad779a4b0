/** What Mesos offers of a Volume, and what must be asked of it to make the Volume or to end it. */
import type { Volume } from '../api/kinds.gen.ts';
import { keyOf, keyText } from '../api/object.ts';
import { persistenceIdOf, sizeMiBOf, VOLUME_LABELS } from '../api/volume.ts';
import type { Operation, ResourcePiece } from '../mesos/port.ts';

/** What there is of one Volume: its data, or disk that is reserved for it and holds none. */
export interface Found {
  readonly data?: ResourcePiece;
  readonly space?: ResourcePiece;
}

/** The uid of the Volume that a piece is of; `undefined` where it is of none. */
export function volumeUidOf({ reservations }: ResourcePiece): string | undefined {
  return reservations.at(-1)?.labels[VOLUME_LABELS.uid];
}

export function findVolume(uid: string, pieces: readonly ResourcePiece[]): Found {
  const own = pieces.filter((piece) => volumeUidOf(piece) === uid);
  const data = own.find(({ volume }) => volume !== undefined);
  const space = own.find(({ volume }) => volume === undefined);
  return { ...(data ? { data } : {}), ...(space ? { space } : {}) };
}

/** How a task comes to its Volume: what to mount, once the operations are done. */
export interface Provision {
  readonly operations: readonly Operation[];
  readonly piece: ResourcePiece;
}

export interface ProvisionOptions {
  /** What the offers of the agent hold. */
  readonly pieces: readonly ResourcePiece[];
  /** As whom Titan reserves; absent where it has told Mesos no name. */
  readonly principal: string | undefined;
}

/**
 * Makes what is missing of a Volume, and no more, so that it can be asked for again after stopping
 * anywhere. One that is `Ready` is never made anew: its data would seem to be gone.
 *
 * @returns a text where the offers have not what it takes
 */
export function provisionOf(
  volume: Volume,
  { pieces, principal }: ProvisionOptions,
): Provision | string {
  const { data, space } = findVolume(volume.metadata.uid, pieces);
  if (data !== undefined) return { operations: [], piece: data };
  const name = keyText(keyOf(volume));
  if (volume.status?.phase === 'Ready') return `the Volume ${name} is not among what is offered`;
  if (space !== undefined) return { ...created(volume, space, principal) };
  const sizeMiB = sizeMiBOf(volume);
  const free = pieces.find((piece) => isFreeDisk(piece) && amountOf(piece) >= sizeMiB);
  if (free === undefined) {
    return `the agent has no ${sizeMiB} MiB of disk in one piece that could be reserved for the Volume ${name}`;
  }
  const { role } = free;
  if (role === undefined || role === '*') {
    return `a Volume needs a role to be reserved for: start Titan with --role, as ${name} cannot be reserved for *`;
  }
  const own = principal === undefined ? {} : { principal };
  const labels = labelsOf(volume);
  const reserved: ResourcePiece = {
    ...free,
    amount: { type: 'scalar', value: sizeMiB },
    reservations: [{ dynamic: true, role, ...own, labels }],
  };
  const { operations, piece } = created(volume, reserved, principal);
  return { operations: [{ do: 'reserve', pieces: [reserved] }, ...operations], piece };
}

/** The operation bears the id that is kept in the status, so that its end is told until it is heard. */
function created(volume: Volume, space: ResourcePiece, principal: string | undefined): Provision {
  const id = persistenceIdOf(volume);
  const own = principal === undefined ? {} : { principal };
  const piece = { ...space, volume: { id, ...own, path: 'volume', readOnly: false } };
  return { operations: [{ do: 'create', ...named(volume), pieces: [piece] }], piece };
}

/** Destroys the data and gives the disk back; nothing where neither is among the pieces. */
export function releaseOf(volume: Volume, pieces: readonly ResourcePiece[]): readonly Operation[] {
  const { data, space } = findVolume(volume.metadata.uid, pieces);
  const freed = space ?? (data && withoutVolume(data));
  if (freed === undefined) return [];
  return [
    ...(data === undefined ? [] : [{ do: 'destroy', pieces: [data] } as const]),
    { do: 'unreserve', ...named(volume), pieces: [freed] },
  ];
}

function named({ status }: Volume): Pick<Operation, 'id'> {
  return status?.operationId === undefined ? {} : { id: status.operationId };
}

function withoutVolume(piece: ResourcePiece): ResourcePiece {
  const { volume: _, ...space } = piece;
  return space;
}

function labelsOf(volume: Volume): Readonly<Record<string, string>> {
  return {
    [VOLUME_LABELS.name]: keyText(keyOf(volume)),
    [VOLUME_LABELS.uid]: volume.metadata.uid,
    [VOLUME_LABELS.reclaim]: volume.spec.reclaimPolicy,
  };
}

function isFreeDisk(piece: ResourcePiece): boolean {
  const { name, reservations, volume, diskSource, revocable, shared, providerId } = piece;
  const isOwned = reservations.length > 0 || volume !== undefined || providerId !== undefined;
  return name === 'disk' && !isOwned && diskSource === undefined && !revocable && !shared;
}

function amountOf({ amount }: ResourcePiece): number {
  return amount.type === 'scalar' ? amount.value : 0;
}
