/** Resources between Mesos' JSON and bags, in each of the forms in which Mesos writes them. */
import { joinRanges } from '../../resources.ts';
import type { V1Resource } from '../../v1.ts';
import {
  type Bag,
  keyOf,
  normalise,
  type Piece,
  plainTraits,
  type Reservation,
  type Traits,
} from './bag.ts';

/**
 * - `refined`: `reservations` alone, as frameworks with RESERVATION_REFINEMENT have it
 * - `old`: `role` and `reservation`, for the others
 * - `both`: what the operator API shows
 */
export type Form = 'refined' | 'old' | 'both';

export interface Shown {
  readonly form: Form;
  readonly allocatedTo?: string;
}

/** Reads both forms; what is nothing is left out. Only for resources that were found valid. */
export function readBag(resources: readonly V1Resource[] = []): Bag {
  return normalise(resources.map(readPiece));
}

export function readPiece(resource: V1Resource): Piece {
  const traits = readTraits(resource);
  const { name } = resource;
  const type = resource.ranges ? 'RANGES' : resource.set ? 'SET' : 'SCALAR';
  const named = { name, traits, key: keyOf(type, name, traits) };
  if (resource.ranges) {
    const ranges = (resource.ranges.range ?? []).map(({ begin, end }) => ({ begin, end }));
    return { ...named, type: 'RANGES', ranges: joinRanges(ranges) };
  }
  if (resource.set) {
    return { ...named, type: 'SET', items: [...new Set(resource.set.item)].toSorted() };
  }
  return {
    ...named,
    type: 'SCALAR',
    thousandths: Math.round((resource.scalar?.value ?? 0) * 1000),
  };
}

function readTraits(resource: V1Resource): Traits {
  const { disk, revocable, shared, provider_id: provider } = resource;
  const reservations = readReservations(resource);
  if (reservations.length === 0 && !disk && !revocable && !shared && !provider) return plainTraits;
  return {
    reservations,
    ...(disk ? { disk } : {}),
    ...(revocable ? { revocable: true } : {}),
    ...(shared ? { shared: true } : {}),
    ...(provider ? { provider: provider.value } : {}),
  };
}

function readReservations(resource: V1Resource): readonly Reservation[] {
  const { role = '*', reservation, reservations = [] } = resource;
  if (reservations.length > 0) {
    return reservations.map(({ type, role: to, principal, labels }) => ({
      type: type === 'STATIC' ? 'STATIC' : 'DYNAMIC',
      role: to ?? '*',
      ...(principal === undefined ? {} : { principal }),
      ...(labels ? { labels } : {}),
    }));
  }
  if (role === '*') return [];
  if (!reservation) return [{ type: 'STATIC', role }];
  const { principal, labels } = reservation;
  return [
    {
      type: 'DYNAMIC',
      role,
      ...(principal === undefined ? {} : { principal }),
      ...(labels ? { labels } : {}),
    },
  ];
}

export function bagToWire(bag: Bag, { form, allocatedTo }: Shown): V1Resource[] {
  return bag.map((piece) => ({
    ...amountToWire(piece),
    ...(form === 'refined' ? {} : oldReservation(piece.traits)),
    ...(allocatedTo === undefined ? {} : { allocation_info: { role: allocatedTo } }),
    ...(form === 'old' || piece.traits.reservations.length === 0
      ? {}
      : { reservations: piece.traits.reservations }),
    ...(piece.traits.disk ? { disk: piece.traits.disk } : {}),
    ...(piece.traits.revocable ? { revocable: {} } : {}),
    ...(piece.traits.shared ? { shared: {} } : {}),
    ...(piece.traits.provider ? { provider_id: { value: piece.traits.provider } } : {}),
  }));
}

function amountToWire(piece: Piece): V1Resource {
  const { name, type } = piece;
  if (type === 'SCALAR') return { name, type, scalar: { value: piece.thousandths / 1000 } };
  return type === 'RANGES'
    ? { name, type, ranges: { range: piece.ranges } }
    : { name, type, set: { item: piece.items } };
}

function oldReservation({ reservations }: Traits): Partial<V1Resource> {
  const last = reservations.at(-1);
  if (!last) return { role: '*' };
  if (last.type === 'STATIC') return { role: last.role };
  const { principal, labels } = last;
  const reservation = {
    ...(principal === undefined ? {} : { principal }),
    ...(labels ? { labels } : {}),
  };
  return { role: last.role, reservation };
}

/** As Mesos offers them: what is not counted first, then what is reserved, then the rest. */
export function inOfferOrder(bag: Bag): Bag {
  const rank = (piece: Piece) =>
    piece.traits.reservations.length > 0 ? 1 : piece.type === 'SCALAR' ? 2 : 0;
  return bag.toSorted((a, b) => rank(a) - rank(b));
}

/** As Mesos shows an agent's: the unreserved first. */
export function inAgentOrder(bag: Bag): Bag {
  const rank = (piece: Piece) =>
    (piece.traits.reservations.length > 0 ? 2 : 0) + (piece.type === 'SCALAR' ? 0 : 1);
  return bag.toSorted((a, b) => rank(a) - rank(b));
}
