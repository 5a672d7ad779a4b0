import type { V1Status } from '../v1.ts';

/** What was told of a task with one more: of several in a row with one state the last is kept. */
export function withNewest(told: readonly V1Status[], status: V1Status): readonly V1Status[] {
  const before = told.at(-1)?.state === status.state ? told.slice(0, -1) : told;
  return [...before, status].slice(-toldMax);
}

/** Checks come and go in one state; states seldom do. */
const toldMax = 20;
