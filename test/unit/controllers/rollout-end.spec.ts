import { expect } from 'chai';
import { intentOf } from '../../../controllers/job/disruptions.ts';
import { OPEN } from '../../../controllers/job/rollout/gate.ts';
import {
  advance,
  type Rollout,
  type RolloutWorld,
} from '../../../controllers/job/rollout/rollout.ts';
import type { Job } from '../../../src/api/kinds.gen.ts';
import { toTimestamp } from '../../../src/api/object.ts';
import { updateOf } from '../../../src/api/update.ts';
import { aJob, aTask } from '../../support/builders.ts';
import { START } from '../../support/clock.ts';

const AT = toTimestamp(START);
const NEW = { revision: 'new', stable: 'old', number: 2, startedAt: AT, progressAt: AT };

/** What becomes of a rollout that failed, once there is nothing that is not healthy. */
function phaseAfter(reason: NonNullable<Rollout['reason']>, given: Partial<RolloutWorld> = {}) {
  const before: Rollout = { ...NEW, phase: 'Failed', reason, message: '' };
  const world: RolloutWorld = {
    revision: 'new',
    number: 2,
    update: updateOf(aJob({ update: { rollback: false } })),
    slots: [[aTask('0#1 Running ran=100 rev=new')]],
    now: START + 100_000,
    isBlind: false,
    frozen: false,
    heldBy: undefined,
    isService: true,
    gate: OPEN,
    knows: () => true,
  };
  return advance(before, { ...world, ...given }).rollout.phase;
}

describe('a rollout that failed, and is left as it is', () => {
  const cases: readonly (readonly [NonNullable<Rollout['reason']>, Rollout['phase']])[] = [
    ['NotHealthyInTime', 'Complete'],
    ['TooManyFailures', 'Complete'],
    ['ProgressDeadlineExceeded', 'Complete'],
    ['AnalysisFailed', 'Failed'],
    ['FailedElsewhere', 'Failed'],
  ];
  for (const [reason, phase] of cases) {
    it(`is ${phase} once all are healthy, where it failed for ${reason}`, () => {
      expect(phaseAfter(reason)).to.equal(phase);
    });
  }

  it('is not Complete without the checks that were to speak for it', () => {
    const analysis = { checks: [{ name: 'up', http: { url: 'http://a/' } }] };
    const update = updateOf(aJob({ update: { rollback: false, analysis } }));
    expect(phaseAfter('TooManyFailures', { update })).to.equal('Failed');
  });

  it('is not Complete because nothing can be read of any instance', () => {
    expect(phaseAfter('TooManyFailures', { slots: [], isBlind: true })).to.equal('Failed');
  });
});

describe('what is stored before anything is stopped', () => {
  const spent = { ledger: [{ cause: 'Drain', at: AT, count: 1 }] } as const;
  const cases: readonly {
    readonly name: string;
    readonly was: Rollout['phase'];
    readonly is: Rollout['phase'];
    readonly budget?: Job['spec']['disruptionBudget'];
    readonly stored: Rollout['phase'] | undefined;
  }[] = [
    {
      name: 'that a rollout goes back',
      was: 'Analysing',
      is: 'RollingBack',
      stored: 'RollingBack',
    },
    { name: 'not that it goes on back', was: 'RollingBack', is: 'RollingBack', stored: undefined },
    {
      name: 'nothing where nothing is bounded',
      was: 'Complete',
      is: 'Complete',
      stored: undefined,
    },
    {
      name: 'what is spent of a rate, and how the rollout is then',
      was: 'Analysing',
      is: 'Progressing',
      budget: { rate: { limit: 2, interval: '1h' } },
      stored: 'Progressing',
    },
  ];
  for (const { name, was, is, budget, stored } of cases) {
    it(`is ${name}`, () => {
      const entry = { name: 'dc1', rollout: { ...NEW, phase: was } };
      const job = aJob(budget === undefined ? {} : { disruptionBudget: budget });
      const rollout = { ...NEW, phase: is };
      const known = { ...job, status: { domains: [entry] } };
      const intent = intentOf(known, { home: 'dc1', disruptions: spent, rollout });
      expect(intent?.status?.domains?.[0]?.rollout?.phase).to.equal(stored);
    });
  }
});
