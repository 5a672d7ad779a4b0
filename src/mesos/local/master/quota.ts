/** What limits leave of a bag for a role: a role and those above it may hold no more. */
import type { Bag, Piece } from '../resources/bag.ts';
import type { MasterState } from './state.ts';

export function withinLimits(state: MasterState, role: string, bag: Bag): Bag {
  if (state.quotas.size === 0) return bag;
  const parts = role.split('/');
  const above = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  return above.reduce((left, name) => within(state, name, left), bag);
}

/** What is reserved is its role's already. */
function within(state: MasterState, role: string, bag: Bag): Bag {
  const limits = state.quotas.get(role);
  if (!limits) return bag;
  return bag.flatMap((piece): readonly Piece[] => {
    const limit = limits[piece.name];
    if (limit === undefined || piece.type !== 'SCALAR' || piece.traits.reservations.length > 0) {
      return [piece];
    }
    const held = state.held.get(role)?.get(piece.name) ?? 0;
    const thousandths = Math.min(piece.thousandths, Math.round(limit * 1000) - held);
    return thousandths > 0 ? [{ ...piece, thousandths }] : [];
  });
}
