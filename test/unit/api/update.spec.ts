import { expect } from 'chai';
import { amountOf } from '../../../src/api/amount.ts';
import type { Check } from '../../../src/api/analysis.ts';
import type { Job } from '../../../src/api/kinds.gen.ts';
import { jobAt, revisionOf, templateOf } from '../../../src/api/revision.ts';
import { updateOf } from '../../../src/api/update.ts';
import { updateFaults } from '../../../src/api/update-faults.ts';
import { aJob } from '../../support/builders.ts';

const GOOD = { url: 'http://checks/web' };

function analysing(check: Check, more: Readonly<Record<string, string | number>> = {}) {
  return { update: { analysis: { checks: [check], ...more } } };
}

describe('spec.update', () => {
  const wrong: readonly [string, Partial<Job['spec']>, string][] = [
    ['no part of anything', { update: { maxUnavailable: '0%' } }, 'maxUnavailable'],
    ['more than all', { update: { canary: '101%' } }, 'canary'],
    ['no number', { update: { batches: [1, 'few'] } }, 'batches[1]'],
    ['no duration', { update: { healthyDeadline: 'soon' } }, 'healthyDeadline'],
    ['too short', { update: { minHealthySeconds: 60, healthyDeadline: 60 } }, 'healthyDeadline'],
    ['no longer', { update: { progressDeadline: '5m' } }, 'progressDeadline'],
    ['a batch job', { restartOnSuccess: false, update: { canary: 1 } }, 'canary'],
    ['at most one', { partition: { exclusive: true }, update: { surge: 1 } }, 'surge'],
    ['one on each agent', { location: 'dc1:*', update: { surge: 1 } }, 'surge'],
    ['at most one', { partition: { exclusive: true }, update: { blueGreen: {} } }, 'blueGreen'],
    ['one on each agent', { location: 'dc1:*', update: { blueGreen: {} } }, 'blueGreen'],
    ['one step', { update: { blueGreen: {}, canary: 1 } }, 'canary'],
    ['its own way', { update: { blueGreen: {}, surge: 1 } }, 'surge'],
    ['no time', { update: { blueGreen: { keepOldFor: 'long' } } }, 'blueGreen.keepOldFor'],
    ['nothing waits', { update: { promoteAfter: 60 } }, 'promoteAfter'],
    ['either', { update: { canary: 1, autoPromote: true, promoteAfter: 60 } }, 'promoteAfter'],
    [
      'no address',
      analysing({ name: 'a', http: { url: 'ftp://x' } }),
      'analysis.checks[0].http.url',
    ],
    [
      'no bound',
      analysing({ name: 'a', metric: { url: 'http://x' } }),
      'analysis.checks[0].metric',
    ],
    ['one of both', analysing({ name: 'a' }), 'analysis.checks[0]'],
    ['too often', analysing({ name: 'a', http: GOOD }, { interval: 0 }), 'analysis.interval'],
    ['too patient', analysing({ name: 'a', http: GOOD }, { timeout: '2m' }), 'analysis.timeout'],
    [
      'half a question',
      analysing({ name: 'a', http: { ...GOOD, jsonPath: 'state' } }),
      'analysis.checks[0].http',
    ],
    ['unknown', { update: { domains: { order: ['dc9'] } } }, 'domains.order'],
  ];
  for (const [name, spec, field] of wrong) {
    it(`refuses ${field}: ${name}`, () => {
      const faults = updateFaults(aJob(spec));
      expect(faults.map((fault) => fault.field)).to.deep.equal([`spec.update.${field}`]);
    });
  }

  it('has defaults that hold together', () => {
    expect(updateFaults(aJob({ update: {} }))).to.deep.equal([]);
    expect(updateFaults(aJob({ update: { surge: 1, maxUnavailable: 0 } }))).to.deep.equal([]);
    expect(updateFaults(aJob({ update: { healthyDeadline: '20m' } }))).to.deep.equal([]);
    expect(updateOf(aJob())).to.include({
      maxUnavailable: '25%',
      minHealthyMs: 10_000,
      healthyDeadlineMs: 300_000,
      progressDeadlineMs: 600_000,
      maxFailures: 0,
      rollback: true,
    });
  });

  it('rounds parts up', () => {
    const parts = [
      ['25%', 4],
      ['25%', 5],
      ['10%', 1],
      ['33.3%', 1_000],
      [7, 3],
      ['100%', 9],
    ] as const;
    expect(parts.map(([amount, total]) => amountOf(amount, total))).to.deep.equal([
      1, 2, 1, 333, 3, 9,
    ]);
  });
});

describe('a revision', () => {
  it('is another when the tasks run something else, or are to be restarted', () => {
    const plain = revisionOf(aJob());
    expect(revisionOf(aJob({ version: '2' }))).to.not.equal(plain);
    expect(revisionOf(aJob({ restartedAt: '2026-11-22T10:00:00Z' }))).to.not.equal(plain);
    expect(revisionOf(aJob({ location: 'dc1:9', update: { canary: 1 }, numRetries: 1 }))).to.equal(
      plain,
    );
  });

  it('comes back whole from its template, with the policy of today', () => {
    const old = aJob({ container: { command: ['a'] }, numRetries: 3 });
    const now = aJob({ version: '2', gpus: 1, numRetries: 7 });
    const back = jobAt(now, templateOf(old));
    expect(revisionOf(back)).to.equal(revisionOf(old));
    expect(back.spec.numRetries).to.equal(7);
  });
});
