/** Single resources from Mesos' JSON to the port's type and back, without loss. */
import type { Amount, Operation, PersistentVolume, Reservation, ResourcePiece } from './port.ts';
import type { V1Disk, V1Operation, V1Reservation, V1Resource } from './v1.ts';

export function toPiece(resource: V1Resource): ResourcePiece {
  const { disk, provider_id } = resource;
  const volume = disk && toVolume(disk);
  return {
    name: resource.name,
    amount: toAmount(resource),
    ...(resource.allocation_info ? { role: resource.allocation_info.role } : {}),
    reservations: reservationsOf(resource).map(toReservation),
    ...(volume ? { volume } : {}),
    ...(disk?.source === undefined ? {} : { diskSource: disk.source }),
    revocable: resource.revocable !== undefined,
    shared: resource.shared !== undefined,
    ...(isValue(provider_id) ? { providerId: provider_id.value } : {}),
  };
}

/** As a framework with RESERVATION_REFINEMENT writes it. */
export function fromPiece(piece: ResourcePiece): V1Resource {
  const { role, reservations, providerId } = piece;
  const disk = fromDisk(piece);
  return {
    name: piece.name,
    ...fromAmount(piece.amount),
    ...(role === undefined ? {} : { allocation_info: { role } }),
    ...(reservations.length === 0 ? {} : { reservations: reservations.map(fromReservation) }),
    ...(disk === undefined ? {} : { disk }),
    ...(piece.revocable ? { revocable: {} } : {}),
    ...(piece.shared ? { shared: {} } : {}),
    ...(providerId === undefined ? {} : { provider_id: { value: providerId } }),
  };
}

export function toOperation({ do: what, id, pieces }: Operation): V1Operation {
  const named = id === undefined ? {} : { id: { value: id } };
  const wire = pieces.map(fromPiece);
  switch (what) {
    case 'reserve':
      return { type: 'RESERVE', ...named, reserve: { resources: wire } };
    case 'unreserve':
      return { type: 'UNRESERVE', ...named, unreserve: { resources: wire } };
    case 'create':
      return { type: 'CREATE', ...named, create: { volumes: wire } };
    case 'destroy':
      return { type: 'DESTROY', ...named, destroy: { volumes: wire } };
  }
}

/** What is set aside for nobody, or for one of the roles: a role may use what is set aside for those above it too. */
export function usableBy(
  roles: readonly string[],
  resources: readonly V1Resource[] = [],
): readonly V1Resource[] {
  return resources.filter((resource) => {
    const owner = reservationsOf(resource).at(-1)?.role;
    return (
      owner === undefined || roles.some((role) => role === owner || role.startsWith(`${owner}/`))
    );
  });
}

/** The layers, also where an agent reports them in the older form. */
function reservationsOf({ reservations, reservation, role }: V1Resource): readonly V1Reservation[] {
  if (reservations) return reservations;
  if (role === undefined || role === '*') return [];
  return [{ ...reservation, role, type: reservation ? 'DYNAMIC' : 'STATIC' }];
}

function toReservation({ type, role = '*', principal, labels }: V1Reservation): Reservation {
  return {
    dynamic: type !== 'STATIC',
    role,
    ...(principal === undefined ? {} : { principal }),
    labels: Object.fromEntries((labels?.labels ?? []).map(({ key, value }) => [key, value ?? ''])),
  };
}

function fromReservation({ dynamic, role, principal, labels }: Reservation): V1Reservation {
  const given = Object.entries(labels).map(([key, value]) => ({ key, value }));
  return {
    type: dynamic ? 'DYNAMIC' : 'STATIC',
    role,
    ...(principal === undefined ? {} : { principal }),
    ...(given.length === 0 ? {} : { labels: { labels: given } }),
  };
}

function toVolume({ persistence, volume }: V1Disk): PersistentVolume | undefined {
  if (!persistence) return undefined;
  const { id, principal } = persistence;
  return {
    id,
    ...(principal === undefined ? {} : { principal }),
    path: volume?.container_path ?? '',
    readOnly: volume?.mode === 'RO',
  };
}

function fromDisk({ volume, diskSource }: ResourcePiece): V1Disk | undefined {
  if (volume === undefined && diskSource === undefined) return undefined;
  const source = diskSource === undefined ? {} : { source: diskSource };
  if (volume === undefined) return source;
  const { id, principal, path, readOnly } = volume;
  return {
    persistence: { id, ...(principal === undefined ? {} : { principal }) },
    volume: { mode: readOnly ? 'RO' : 'RW', container_path: path },
    ...source,
  };
}

function toAmount({ scalar, ranges, set }: V1Resource): Amount {
  if (set) return { type: 'set', items: set.item ?? [] };
  if (ranges) return { type: 'ranges', ranges: ranges.range ?? [] };
  return { type: 'scalar', value: scalar?.value ?? 0 };
}

function fromAmount(amount: Amount): Pick<V1Resource, 'type' | 'scalar' | 'ranges' | 'set'> {
  switch (amount.type) {
    case 'scalar':
      return { type: 'SCALAR', scalar: { value: amount.value } };
    case 'ranges':
      return { type: 'RANGES', ranges: { range: amount.ranges } };
    case 'set':
      return { type: 'SET', set: { item: amount.items } };
  }
}

function isValue(part: unknown): part is { readonly value: string } {
  return typeof part === 'object' && part !== null && 'value' in part;
}
