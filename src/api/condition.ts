import { type Millis, toTimestamp } from './object.ts';

/** One thing that is or is not so about an object, as Kubernetes' tools read it. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime?: string;
}

/**
 * The new conditions, each with the time of its last change of status: kept from `before` where the
 * status is the same, `now` where it differs. Conditions of other types in `before` are kept.
 */
export function mergeConditions(
  before: readonly Condition[] | undefined,
  next: readonly Condition[],
  now: Millis,
): readonly Condition[] {
  const old = new Map((before ?? []).map((condition) => [condition.type, condition]));
  const named = new Set(next.map(({ type }) => type));
  const merged = next.map((condition) => {
    const last = old.get(condition.type);
    const same = last?.status === condition.status ? last.lastTransitionTime : undefined;
    return { ...condition, lastTransitionTime: same ?? toTimestamp(now) };
  });
  return [...merged, ...(before ?? []).filter(({ type }) => !named.has(type))];
}
