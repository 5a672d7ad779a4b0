import type { AgentNode, AgentState } from './agent.ts';
import { movedPieces } from './pieces.ts';
import { moved } from './resources.ts';
import { withShare } from './slots.ts';
import type { HeldTask } from './task.ts';

/** @param takesFree whether the task takes of what may be given away, and not only of what is left */
export function stateWith(
  node: AgentNode,
  { task, amounts, given }: HeldTask,
  takesFree: boolean,
): AgentState {
  const { state, governed } = node;
  const left = moved(state.left, amounts, -1);
  const untouched = governed && !takesFree;
  const free = untouched ? state.free : governed ? moved(state.free, amounts, -1) : left;
  return {
    left,
    free,
    pieces: untouched ? state.pieces : movedPieces(state.pieces, given, -1),
    slots: given.slots.reduce((slots, share) => withShare(slots, share, 1), state.slots),
    tasks: state.tasks + 1,
    exclusive: state.exclusive || task.exclusive === true,
    ends:
      task.endsAt === undefined
        ? state.ends
        : [...state.ends, task.endsAt].toSorted((a, b) => a - b),
  };
}

interface Without {
  /** Whether what the task had may be given away at once. */
  readonly frees: boolean;
  /** The agent's other tasks. */
  readonly others: readonly HeldTask[];
}

export function stateWithout(
  { state, governed }: AgentNode,
  { amounts, given, task }: HeldTask,
  { frees, others }: Without,
): AgentState {
  const untouched = governed && !frees;
  const left = moved(state.left, amounts, 1);
  const end = state.ends.indexOf(task.endsAt ?? Number.NaN);
  return {
    left,
    free: governed ? (frees ? moved(state.free, amounts, 1) : state.free) : left,
    pieces: untouched ? state.pieces : movedPieces(state.pieces, given, 1),
    slots: given.slots.reduce((slots, share) => withShare(slots, share, -1), state.slots),
    tasks: state.tasks - 1,
    exclusive: state.exclusive && others.some((other) => other.task.exclusive),
    ends: end < 0 ? state.ends : state.ends.toSpliced(end, 1),
  };
}
