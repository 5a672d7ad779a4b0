import type { Placer } from '../place/placer.ts';
import type { Crew, Move } from './crew.ts';
import { packingMoves } from './packing.ts';
import { spreadMoves } from './spread.ts';

interface RebalanceWorld {
  /** In no transaction, and nobody else's while this goes on. */
  readonly placer: Placer;
  readonly crews: readonly Crew[];
  /** Moves at most. */
  readonly most: number;
  /** Whether agents are emptied that others have room for. */
  readonly packs: boolean;
  isOfItsAgent(key: string): boolean;
}

/**
 * What to move, so that spread and packing are again what the jobs ask for. Every move lowers the
 * deviation of its job's spread; or, where no job's can be lowered, that of the packing, with no job's
 * spread the worse. So no sequence of moves comes to where it was before. Every step is one move, or
 * one agent looked at; afterwards the snapshot is as it was.
 */
export function* planMoves(world: RebalanceWorld): Generator<void, readonly Move[]> {
  const { placer, crews, most, packs } = world;
  const { snapshot } = placer;
  const moves: Move[] = [];
  snapshot.begin();
  try {
    for (const crew of crews) {
      moves.push(...(yield* spreadMoves(crew, { placer, most: most - moves.length })));
      yield;
    }
    if (moves.length > 0 || !packs || most === 0) return moves;
    return yield* packingMoves(crews, world);
  } finally {
    snapshot.undo();
  }
}
