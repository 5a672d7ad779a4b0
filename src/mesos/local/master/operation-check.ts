/** Why an operation on resources is refused, in Mesos' own words. */
import type { V1Operation, V1Resource } from '../../v1.ts';
import { type Bag, mayHave, ownerOf, type Piece } from '../resources/bag.ts';
import { readPiece } from '../resources/wire.ts';
import { pieceInWords } from '../resources/words.ts';
import { findResourceFault } from './resource-check.ts';

/** Who asks, and of what. */
export interface Asking {
  readonly principal: string | undefined;
  /** `undefined` for an operator, who may reserve for any. */
  readonly role: string | undefined;
  readonly total: Bag;
  /** What tasks use, shared volumes included. */
  readonly used: Bag;
}

export function findOperationFault(operation: V1Operation, asking: Asking): string | undefined {
  const resources = resourcesOf(operation);
  const fault = findResourceFault(resources);
  if (fault !== undefined) return `Invalid resources: ${fault}`;
  const pieces = resources.map(readPiece);
  switch (operation.type) {
    case 'RESERVE':
      return findReserveFault(pieces, asking);
    case 'UNRESERVE':
      return findUnreserveFault(pieces);
    case 'CREATE':
      return findCreateFault(pieces, asking);
    default:
      return findDestroyFault(pieces, asking);
  }
}

export function resourcesOf(operation: V1Operation): readonly V1Resource[] {
  const { reserve, unreserve, create, destroy } = operation;
  return reserve?.resources ?? unreserve?.resources ?? create?.volumes ?? destroy?.volumes ?? [];
}

function findReserveFault(pieces: readonly Piece[], asking: Asking): string | undefined {
  for (const piece of pieces) {
    const last = piece.traits.reservations.at(-1);
    if (last?.type !== 'DYNAMIC') {
      return `Resource ${pieceInWords(piece)} is not dynamically reserved`;
    }
    if (piece.traits.disk?.persistence) {
      return `A persistent volume ${pieceInWords(piece)} must already be reserved`;
    }
    if (asking.principal !== undefined && last.principal !== asking.principal) {
      return (
        `A reserve operation was attempted by authenticated principal '${asking.principal}', ` +
        'which does not match a reserved resource in the request with principal ' +
        `'${last.principal ?? ''}'`
      );
    }
    if (asking.role !== undefined && !mayHave(asking.role, piece)) {
      return (
        `A reserve operation was attempted for a resource with role '${ownerOf(piece)}', ` +
        `but the framework can only reserve resources with role '${asking.role}'`
      );
    }
  }
  return undefined;
}

function findUnreserveFault(pieces: readonly Piece[]): string | undefined {
  for (const piece of pieces) {
    if (piece.traits.reservations.at(-1)?.type !== 'DYNAMIC') {
      return `Resource ${pieceInWords(piece)} is not dynamically reserved`;
    }
    if (piece.traits.disk?.persistence) {
      return (
        `A dynamically reserved persistent volume ${pieceInWords(piece)} cannot be unreserved ` +
        'directly. Please destroy the persistent volume first then unreserve the resource'
      );
    }
  }
  return undefined;
}

function findCreateFault(pieces: readonly Piece[], asking: Asking): string | undefined {
  const ids = asking.total.flatMap((piece) => piece.traits.disk?.persistence?.id ?? []);
  for (const piece of pieces) {
    const { disk, reservations } = piece.traits;
    const id = disk?.persistence?.id;
    if (id === undefined) return `Resource ${pieceInWords(piece)} does not have DiskInfo`;
    if (!disk?.volume) return "Expecting 'volume' to be set for persistent volume";
    if (reservations.length === 0)
      return 'Persistent volumes cannot be created from unreserved resources.';
    if (id === '' || id.includes('/')) return `Persistence ID '${id}' contains invalid characters`;
    if (ids.includes(id)) return `Persistence ID '${id}' is not unique`;
    ids.push(id);
  }
  return undefined;
}

function findDestroyFault(pieces: readonly Piece[], { total, used }: Asking): string | undefined {
  for (const piece of pieces) {
    if (!piece.traits.disk?.persistence) return `Resource ${pieceInWords(piece)} is no volume`;
    if (!total.some(({ key }) => key === piece.key)) return 'Persistent volumes not found';
    if (used.some(({ key }) => key === piece.key)) return 'Persistent volumes in use';
  }
  return undefined;
}
