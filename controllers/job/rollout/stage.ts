import { amountOf } from '../../../src/api/amount.ts';
import { fromTimestamp, type Millis, toTimestamp } from '../../../src/api/object.ts';
import type { Update } from '../../../src/api/update.ts';
import { verdictOf } from './analysis.ts';
import type { Rollout, RolloutWorld } from './rollout.ts';
import type { Fare } from './view.ts';

/** Where a rollout is that has not failed. */
export interface Stage
  extends Required<Pick<Rollout, 'phase' | 'step' | 'target' | 'healthy'>>,
    Pick<Rollout, 'keepOldUntil'> {
  /** When that ends by itself; `Infinity` where it does not. */
  readonly wakeAt: Millis;
  /** Why its checks say that it has failed. */
  readonly failure?: string;
}

const NEVER = Number.POSITIVE_INFINITY;

/**
 * The step that a rollout is in: the next begins when all instances of this one are healthy, its checks are
 * content, and the first is promoted where it is to be.
 */
export function stageOf(rollout: Rollout, fares: readonly Fare[], world: RolloutWorld): Stage {
  const { update, slots } = world;
  const last = update.steps.length - 1;
  if (rollout.keepOldUntil !== undefined) return keeping(rollout, fares, world);
  let step = Math.min(rollout.step ?? 0, last);
  for (; ; step += 1) {
    const target = targetOf({ ...rollout, step }, update, slots.length);
    const healthy = fares.slice(0, target).filter((fare) => fare.healthy).length;
    const stage = { step, target, healthy, wakeAt: NEVER };
    if (healthy < target) return { ...stage, phase: 'Progressing' };
    const hold = holdOf(rollout, step, world);
    if (hold !== undefined) return { ...stage, ...hold };
    if (step === last || target === slots.length) return { ...stage, ...endOf(rollout, world) };
  }
}

/** What follows its last step: the set of before may run on for a while. */
function endOf(
  rollout: Rollout,
  { update, now }: RolloutWorld,
): Pick<Stage, 'phase' | 'keepOldUntil' | 'wakeAt'> {
  const keepMs = isSecondSet(rollout) ? (update.keepOldMs ?? 0) : 0;
  if (keepMs === 0) return { phase: 'Complete', wakeAt: NEVER };
  const wakeAt = now + keepMs;
  return { phase: 'KeepingOld', keepOldUntil: toTimestamp(wakeAt), wakeAt };
}

/** Promoted, with the set of before beside it: however the new one fares, it goes on to its end or fails. */
function keeping(rollout: Rollout, fares: readonly Fare[], { slots, now }: RolloutWorld): Stage {
  const { step = 0, keepOldUntil = '' } = rollout;
  const healthy = fares.filter((fare) => fare.healthy).length;
  const stage = { step, target: slots.length, healthy };
  const wakeAt = fromTimestamp(keepOldUntil);
  if (now >= wakeAt) return { ...stage, phase: 'Complete', wakeAt: NEVER };
  return { ...stage, phase: 'KeepingOld', keepOldUntil, wakeAt };
}

/** What a step waits for that is healthy; what is gone back to by a person waits for nothing. */
function holdOf(
  rollout: Rollout,
  step: number,
  world: RolloutWorld,
): Pick<Stage, 'phase' | 'wakeAt' | 'failure'> | undefined {
  const { update, now } = world;
  if (!isSecondSet(rollout)) return undefined;
  const verdict = verdictOf(rollout, step, world);
  if (verdict !== undefined) return { ...verdict, phase: 'Analysing' };
  if (step > 0 || !update.gated || update.promoted === rollout.revision) return undefined;
  const since = rollout.phase === 'AwaitingPromotion' ? fromTimestamp(rollout.progressAt) : now;
  const wakeAt = since + update.promoteAfterMs;
  return wakeAt > now ? { phase: 'AwaitingPromotion', wakeAt } : undefined;
}

/** Whether there is another version before it. */
export function isSecondSet({ revision, stable }: Rollout): boolean {
  return stable !== undefined && stable !== revision;
}

/** How many instances, the first of them, are to run the new version. A first version has no steps. */
export function targetOf({ step = 0, stable }: Rollout, { steps }: Update, total: number): number {
  if (stable === undefined) return total;
  const named = steps.slice(0, step + 1).map((amount) => amountOf(amount, total));
  return Math.max(...named);
}

/** Phases in which the set before the new one is left as it is, where the job is rolled out blue and green. */
const KEEPS_OLD: ReadonlySet<Rollout['phase']> = new Set([
  'Waiting',
  'Progressing',
  'Paused',
  'Analysing',
  'AwaitingPromotion',
  'KeepingOld',
  'Failed',
]);

/** The version whose tasks run on beside the new ones; `undefined` where none does. */
export function keptVersion(
  rollout: Rollout | undefined,
  { keepOldMs }: Pick<Update, 'keepOldMs'>,
): string | undefined {
  if (keepOldMs === undefined || rollout === undefined || !isSecondSet(rollout)) return undefined;
  return KEEPS_OLD.has(rollout.phase) ? rollout.stable : undefined;
}
