import type { Amounts, Ask } from './resources.ts';
import type { SlotShare } from './slots.ts';

/** A task so far as its agent's room is concerned. */
export interface TaskView {
  /** What names it in the snapshot and in every answer. */
  readonly key: string;
  /** Its job, as `namespace/name`. */
  readonly job: string;
  readonly ask: Ask;
  /** Whose kept resources it may use. */
  readonly role?: string;
  /** It wants its agent alone. */
  readonly exclusive?: boolean;
  /** When it will end, where that is known, in milliseconds since 1970. */
  readonly endsAt?: number;
}

/** The concrete things that a task was given. */
export interface Given {
  /** Values of ranges, by resource, ascending: its ports for one. */
  readonly ranges: Readonly<Record<string, readonly number[]>>;
  readonly sets: Readonly<Record<string, readonly string[]>>;
  readonly slots: readonly SlotShare[];
}

/** A task on its agent. */
export interface HeldTask {
  readonly task: TaskView;
  readonly agent: string;
  readonly given: Given;
  readonly amounts: Amounts;
}

export const NOTHING_GIVEN: Given = { ranges: {}, sets: {}, slots: [] };
