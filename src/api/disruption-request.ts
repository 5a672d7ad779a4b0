/** What controllers and people ask of a job's tasks by annotations; the job's own controller grants it. */
import type { DisruptionCause } from './disruption.ts';
import type { Task } from './kinds.gen.ts';
import { fromTimestamp, type Millis, toTimestamp } from './object.ts';
import { MOVE_ANNOTATION, MOVE_FOR_ROLLOUT, MOVE_TARGET_ANNOTATION } from './task.ts';

/** On a task that is to be stopped, and then started again elsewhere. Its value says why. */
const EVICT_ANNOTATION = 'titan.dev/evict';
/** Beside it, or beside `MOVE_ANNOTATION`: who asks, since when, and whether the budget is passed over. */
const CAUSE_ANNOTATION = 'titan.dev/disruption-cause';
const SINCE_ANNOTATION = 'titan.dev/disruption-since';
const FORCED_ANNOTATION = 'titan.dev/disruption-forced';

export type RequestCause = Extract<
  DisruptionCause,
  'Drain' | 'Rebalance' | 'Preemption' | 'Request'
>;

/** What is asked of a task. */
export interface DisruptionRequest {
  readonly cause: RequestCause;
  readonly why: string;
  readonly since: Millis;
  /** It is stopped before another runs in its place. */
  readonly evicts: boolean;
  /** The budget counts it and does not hold it back. */
  readonly forced: boolean;
}

/** A wish that a task moves: where to is its own business unless an agent is named. */
export interface MoveWish extends Pick<DisruptionRequest, 'cause' | 'why' | 'since'> {
  readonly to?: string;
}

const CAUSES: ReadonlySet<string> = new Set(['Drain', 'Rebalance', 'Preemption']);

/** What is asked of the task; a rollout's own moves are none of it. */
export function requestOf({ metadata }: Task): DisruptionRequest | undefined {
  const { annotations = {} } = metadata;
  const [move, evict] = [annotations[MOVE_ANNOTATION], annotations[EVICT_ANNOTATION]];
  const why = evict ?? (move === MOVE_FOR_ROLLOUT ? undefined : move);
  if (why === undefined) return undefined;
  const cause = annotations[CAUSE_ANNOTATION] ?? '';
  const since = fromTimestamp(annotations[SINCE_ANNOTATION] ?? metadata.creationTimestamp);
  return {
    cause: CAUSES.has(cause) ? (cause as RequestCause) : 'Request',
    why,
    since: Number.isFinite(since) ? since : fromTimestamp(metadata.creationTimestamp),
    evicts: evict !== undefined,
    forced: annotations[FORCED_ANNOTATION] === 'true',
  };
}

/** The task with the wish that it moves, or with nothing asked of it. */
export function withMove(task: Task, wish: MoveWish | undefined): Task {
  if (wish === undefined) return withRequest(task, {});
  const to = wish.to === undefined ? {} : { [MOVE_TARGET_ANNOTATION]: wish.to };
  return withRequest(task, { [MOVE_ANNOTATION]: wish.why, ...to, ...attributes(wish) });
}

/** The task with the wish that it is stopped; whether it moves stays as it is. */
export function withEviction(task: Task, wish: Omit<DisruptionRequest, 'evicts'>): Task {
  const { annotations = {} } = task.metadata;
  const forced = wish.forced ? { [FORCED_ANNOTATION]: 'true' } : {};
  const [move, to] = [annotations[MOVE_ANNOTATION], annotations[MOVE_TARGET_ANNOTATION]];
  return withRequest(task, {
    ...(move === undefined ? {} : { [MOVE_ANNOTATION]: move }),
    ...(to === undefined ? {} : { [MOVE_TARGET_ANNOTATION]: to }),
    [EVICT_ANNOTATION]: wish.why,
    ...attributes(wish),
    ...forced,
  });
}

function attributes({
  cause,
  since,
}: Pick<DisruptionRequest, 'cause' | 'since'>): Readonly<Record<string, string>> {
  return { [CAUSE_ANNOTATION]: cause, [SINCE_ANNOTATION]: toTimestamp(since) };
}

const OWN: ReadonlySet<string> = new Set([
  MOVE_ANNOTATION,
  MOVE_TARGET_ANNOTATION,
  EVICT_ANNOTATION,
  CAUSE_ANNOTATION,
  SINCE_ANNOTATION,
  FORCED_ANNOTATION,
]);

function withRequest(task: Task, request: Readonly<Record<string, string>>): Task {
  const kept = Object.entries(task.metadata.annotations ?? {}).filter(([name]) => !OWN.has(name));
  const annotations = { ...Object.fromEntries(kept), ...request };
  return { ...task, metadata: { ...task.metadata, annotations } };
}
