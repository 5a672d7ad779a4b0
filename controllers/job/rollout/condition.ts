import type { Condition } from '../../../src/api/condition.ts';
import type { JobStatus } from '../../../src/api/kinds.gen.ts';
import { instancesText } from './cause.ts';
import { withLastWords } from './last-words.ts';
import type { Rollout } from './rollout.ts';

type DomainStatus = NonNullable<JobStatus['domains']>[number];

interface Told {
  readonly reason: string;
  readonly text: (rollout: Rollout) => string;
}

/** What is said of each phase, the one that a person should know of first. */
const says: Readonly<Record<Rollout['phase'], Told>> = {
  RollbackFailed: {
    reason: 'RollbackFailed',
    text: ({ number, message }) =>
      `revision ${number} failed, and the one before it is not healthy in time either: ${message}`,
  },
  Failed: {
    reason: 'Failed',
    text: ({ number, message }) => `revision ${number} failed and is left as it is: ${message}`,
  },
  RollingBack: {
    reason: 'RollingBack',
    text: ({ number, message }) => `revision ${number} is rolled back: ${message}`,
  },
  RolledBack: {
    reason: 'RolledBack',
    text: ({ number, message }) => `revision ${number} was rolled back: ${message}`,
  },
  Paused: {
    reason: 'Paused',
    text: ({ number }) => `revision ${number} is paused (spec.update.paused)`,
  },
  AwaitingPromotion: {
    reason: 'AwaitingPromotion',
    text: ({ number, healthy, revision }) =>
      `revision ${number} is healthy in ${instancesText(healthy ?? 0)} and waits to be promoted: set spec.update.promoted to ${revision} to go on`,
  },
  Analysing: {
    reason: 'Analysing',
    text: ({ number, healthy }) =>
      `revision ${number} is healthy in ${instancesText(healthy ?? 0)} and asks its checks (spec.update.analysis)`,
  },
  KeepingOld: {
    reason: 'KeepingOld',
    text: ({ number, keepOldUntil }) =>
      `revision ${number} is promoted; the set before it runs on until ${keepOldUntil}`,
  },
  Progressing: {
    reason: 'Progressing',
    text: ({ number, healthy, target, message }) => {
      const lack = message === undefined ? '' : `: ${message}`;
      return `revision ${number} is healthy in ${healthy} of ${instancesText(target ?? 0)}${lack}`;
    },
  },
  Waiting: {
    reason: 'Progressing',
    text: ({ number, message }) => `revision ${number} ${message}`,
  },
  Complete: {
    reason: 'Complete',
    text: ({ number }) => `revision ${number} is rolled out`,
  },
};

/**
 * Whether what the spec asks for is what runs, in every fault domain. Where it is not, the message says
 * why in one line: of a version that was rolled back, its cause.
 *
 * @param domains what each domain of the location says; `undefined` where it has not looked at the spec yet
 */
export function rolledOut(domains: readonly (DomainStatus | undefined)[]): Condition {
  const told = domains.flatMap((domain) => {
    const rollout = domain && withLastWords(domain);
    return domain === undefined || rollout === undefined ? [] : [{ name: domain.name, rollout }];
  });
  for (const [phase, { reason, text }] of Object.entries(says)) {
    if (phase === 'Complete') break;
    const lines = told
      .filter(({ rollout }) => rollout.phase === phase)
      .map(({ name, rollout }) => `${name}: ${text(rollout)}`);
    if (lines.length > 0) return falseFor(reason, lines.join('; '));
  }
  if (told.length < domains.length) {
    return falseFor('Progressing', 'Not every fault domain has looked at the spec yet');
  }
  const lines = told.map(({ name, rollout }) => `${name}: ${says.Complete.text(rollout)}`);
  const message = lines.join('; ') || 'There is nothing to roll out';
  return { type: 'RolledOut', status: 'True', reason: 'Complete', message };
}

function falseFor(reason: string, message: string): Condition {
  return { type: 'RolledOut', status: 'False', reason, message };
}
