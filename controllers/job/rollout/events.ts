import type { EventReason } from '../../../src/api/event-reason.ts';
import type { Job } from '../../../src/api/kinds.gen.ts';
import type { EventRecorder } from '../../../src/runtime/events.ts';
import { instancesText } from './cause.ts';
import type { Rollout } from './rollout.ts';

export interface Change {
  readonly was: Rollout | undefined;
  readonly is: Rollout | undefined;
}

interface Told {
  readonly how: 'normal' | 'warning';
  readonly reason: EventReason;
  readonly text: (rollout: Rollout) => string;
}

/** What is told when a rollout comes into a phase; docs/rollouts.md has all of the reasons. */
const tells: Readonly<Record<Rollout['phase'], Told>> = {
  Waiting: {
    how: 'normal',
    reason: 'RolloutWaiting',
    text: ({ number, message }) => `Revision ${number} ${message}`,
  },
  Progressing: {
    how: 'normal',
    reason: 'RolloutStep',
    text: ({ number, target }) => `Revision ${number} goes on to ${instancesText(target ?? 0)}`,
  },
  Paused: {
    how: 'normal',
    reason: 'RolloutPaused',
    text: ({ number }) => `Revision ${number} is paused (spec.update.paused)`,
  },
  AwaitingPromotion: {
    how: 'normal',
    reason: 'RolloutAwaitingPromotion',
    text: ({ number, healthy, revision }) =>
      `Revision ${number} is healthy in ${instancesText(healthy ?? 0)}; it goes on when spec.update.promoted is ${revision}`,
  },
  Analysing: {
    how: 'normal',
    reason: 'RolloutAnalysing',
    text: ({ number, healthy }) =>
      `Revision ${number} is healthy in ${instancesText(healthy ?? 0)} and asks its checks`,
  },
  KeepingOld: {
    how: 'normal',
    reason: 'RolloutPromoted',
    text: ({ number, keepOldUntil }) =>
      `Revision ${number} is promoted; the set before it runs on until ${keepOldUntil}`,
  },
  Complete: {
    how: 'normal',
    reason: 'RolloutComplete',
    text: ({ number }) => `Revision ${number} is rolled out`,
  },
  RollingBack: {
    how: 'warning',
    reason: 'RolloutFailed',
    text: ({ number, message }) => `Revision ${number} is rolled back: ${message}`,
  },
  RolledBack: {
    how: 'warning',
    reason: 'RolloutRolledBack',
    text: ({ number, message }) => `Revision ${number} was rolled back: ${message}`,
  },
  Failed: {
    how: 'warning',
    reason: 'RolloutFailed',
    text: ({ number, message }) => `Revision ${number} failed and is left as it is: ${message}`,
  },
  RollbackFailed: {
    how: 'warning',
    reason: 'RollbackFailed',
    text: ({ number, message }) =>
      `Revision ${number} failed, and the one before it is not healthy in time either: ${message}`,
  },
};

/** One event for each turn that a rollout takes; none where nothing had to be waited for. */
export function tellOfRollout(recorder: EventRecorder, job: Job, { was, is }: Change): void {
  if (is === undefined) return;
  const isFresh = was?.revision !== is.revision || was.number !== is.number;
  if (isFresh && is.phase === 'Complete') return;
  if (isFresh) {
    recorder.normal(job, 'RolloutStarted', `Rolling out revision ${is.number} (${is.revision})`);
  }
  const entered = isFresh ? is.phase !== 'Progressing' : was.phase !== is.phase;
  const isNextStep = !isFresh && is.phase === 'Progressing' && (is.step ?? 0) > (was.step ?? 0);
  if (!entered && !isNextStep) return;
  const { how, reason, text } = tells[is.phase];
  recorder[how](job, reason, text(is));
}
