import type { Task } from '../../src/api/kinds.gen.ts';
import type { Move } from '../../src/scheduling/rebalance/crew.ts';

/** What people are told of a move: why, from where, and what it is good for. */
export function moveText({ metadata }: Task, { from, to, why, deviation }: Move): string {
  const [before, after] = deviation.map((value) => Math.round(value * 100) / 100);
  const what = why === 'Spread' ? "the deviation of its job's spread" : 'the deviation of packing';
  return `${metadata.name} moves from ${from} to ${to}: ${what} falls from ${before} to ${after}`;
}

/** What the task bears while it moves. */
export function moveReason({ why }: Move): string {
  return why === 'Spread' ? 'the spread of its job is restored' : 'its agent is emptied';
}
