import type { AgentState } from './agent.ts';
import type { Vector } from './resources.ts';
import { slotsText } from './slots.ts';

/**
 * Whether agents of one kind in these states are interchangeable for a task that none of its counters
 * tells apart: the same is free, in use or not, wanted alone or not, with the same end and named sets.
 */
export function isAlike(a: AgentState, b: AgentState): boolean {
  return (
    isEqual(a.free, b.free) &&
    useOf(a) === useOf(b) &&
    a.ends.at(-1) === b.ends.at(-1) &&
    (a.slots === b.slots || slotsText(a.slots) === slotsText(b.slots))
  );
}

/** The same number for states that are alike. FNV-1a over what is free and whether it is in use. */
export function hashOf(state: AgentState): number {
  let hash = Math.imul(0x811c9dc5 ^ useOf(state), 0x01000193);
  for (const amount of state.free) {
    hash = Math.imul(hash ^ (amount | 0), 0x01000193);
    hash ^= hash >>> 15;
  }
  return hash;
}

/** Idle, in use, or in use by one that wants it alone. */
function useOf({ exclusive, tasks }: AgentState): number {
  return exclusive ? 2 : Math.min(tasks, 1);
}

function isEqual(a: Vector, b: Vector): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false;
  return true;
}
