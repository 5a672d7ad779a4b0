import type { Pieces } from './agent.ts';
import type { Ask, Resources } from './resources.ts';
import { type Span, takeLowest, withNumbers, without } from './spans.ts';
import { type Given, NOTHING_GIVEN } from './task.ts';

export function piecesOf({ ranges = {}, sets = {} }: Resources): Pieces {
  return { ranges, sets };
}

/** The lowest free values of every range, and the first free items of every set, that are asked for. */
export function pickPieces({ counts }: Ask, pieces: Pieces): Omit<Given, 'slots'> {
  if (counts === undefined) return NOTHING_GIVEN;
  const ranges: Record<string, readonly number[]> = {};
  const sets: Record<string, readonly string[]> = {};
  for (const [name, count] of Object.entries(counts)) {
    const spans = pieces.ranges[name];
    if (spans !== undefined) ranges[name] = takeLowest(spans, count).taken;
    const items = pieces.sets[name];
    if (items !== undefined) sets[name] = items.slice(0, count);
  }
  return { ranges, sets };
}

/** @param sign 1 gives back, -1 takes */
export function movedPieces(pieces: Pieces, given: Omit<Given, 'slots'>, sign: 1 | -1): Pieces {
  if (given.ranges === NOTHING_GIVEN.ranges) return pieces;
  const ranges = { ...pieces.ranges };
  for (const [name, numbers] of Object.entries(given.ranges)) {
    ranges[name] = spansAfter(ranges[name] ?? [], numbers, sign);
  }
  const sets = { ...pieces.sets };
  for (const [name, items] of Object.entries(given.sets)) {
    const held = sets[name] ?? [];
    const kept = held.filter((item) => !items.includes(item));
    sets[name] = sign === 1 ? [...kept, ...items].toSorted() : kept;
  }
  return { ranges, sets };
}

function spansAfter(
  spans: readonly Span[],
  numbers: readonly number[],
  sign: 1 | -1,
): readonly Span[] {
  return sign === 1 ? withNumbers(spans, numbers) : without(spans, numbers);
}
