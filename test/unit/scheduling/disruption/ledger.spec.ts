import { expect } from 'chai';
import type { CoordinatorAnswer } from '../../../../src/api/coordinator.ts';
import type { Disruptions } from '../../../../src/api/disruption.ts';
import type { Job } from '../../../../src/api/kinds.gen.ts';
import { toTimestamp } from '../../../../src/api/object.ts';
import { type Ask, createLedger } from '../../../../src/scheduling/disruption/ledger.ts';
import { aJob, aTask } from '../../../support/builders.ts';
import { START } from '../../../support/clock.ts';

type Budget = NonNullable<Job['spec']['disruptionBudget']>;

const HOUR_MS = 3_600_000;
const ten = Array.from({ length: 10 }, (_, slot) => `${slot}#0 Running`);

interface Row {
  readonly name: string;
  readonly budget?: Budget;
  readonly spec?: Partial<Job['spec']>;
  readonly tasks?: readonly string[];
  /** What the status of the job has kept. */
  readonly kept?: Disruptions;
  readonly answers?: readonly CoordinatorAnswer[];
  readonly ask?: Partial<Ask>;
  readonly frozen?: boolean;
  readonly domainLeft?: number;
  /** How many may go one after the other, and what refuses the next. */
  readonly goes: readonly [number, string | undefined];
}

function ledgerOf(row: Row) {
  const { budget, spec = {}, tasks = ten, kept, answers, frozen = false, domainLeft } = row;
  const block = budget === undefined ? {} : { disruptionBudget: budget };
  const job = aJob({ ...spec, ...block });
  const known = {
    ...(kept ? { disruptions: kept } : {}),
    ...(answers ? { coordinatorAnswers: answers } : {}),
  };
  const domains = Object.keys(known).length === 0 ? [] : [{ name: 'dc1', ...known }];
  const left = domainLeft === undefined ? {} : { domainLeft };
  const own = tasks.map((line) => aTask(line));
  const world = { job: { ...job, status: { domains } }, home: 'dc1', tasks: own, frozen, ...left };
  return { own, ledger: createLedger({ ...world, now: START }) };
}

/** Disrupts one task after the other until one is refused. */
function spend(row: Row): readonly [number, string | undefined] {
  const { own, ledger } = ledgerOf(row);
  for (const [count, task] of own.entries()) {
    const refusal = ledger.take({ task, cause: 'Request', breaks: true, ...row.ask });
    if (refusal !== undefined) return [count, refusal.layer];
  }
  return [own.length, undefined];
}

const spent = (count: number, agoMs: number, cause: 'Drain' | 'Loss' | 'ScaleIn' = 'Drain') => ({
  ledger: [{ cause, at: toTimestamp(START - agoMs), count }],
});

describe('the ledger of disruptions', () => {
  const rows: readonly Row[] = [
    { name: 'a quarter without a budget', goes: [3, 'Health'] },
    { name: 'maxUnavailable', budget: { maxUnavailable: 2 }, goes: [2, 'Health'] },
    { name: 'maxUnavailable as a part', budget: { maxUnavailable: '35%' }, goes: [4, 'Health'] },
    { name: 'minAvailable', budget: { minAvailable: 9 }, goes: [1, 'Health'] },
    { name: 'one in any case', budget: { minAvailable: '100%' }, goes: [1, 'Health'] },
    {
      name: 'nothing is asked of a single instance',
      budget: { minAvailable: 1 },
      tasks: ten.slice(0, 1),
      goes: [1, undefined],
    },
    { name: 'unlimited', budget: { unlimited: true }, goes: [10, undefined] },
    {
      name: 'what is down already counts',
      budget: { maxUnavailable: 2 },
      tasks: [...ten.slice(0, 9), '9#0 Failed @0'],
      spec: { location: 'dc1:10' },
      goes: [2, 'Health'],
    },
    {
      name: 'what is not well is spared by nobody',
      budget: { maxUnavailable: 1 },
      tasks: ten.map((line) => line.replace('Running', 'Starting')),
      goes: [10, undefined],
    },
    {
      name: 'moves beside what runs are bounded by their number',
      budget: { maxUnavailable: 2 },
      ask: { breaks: false },
      goes: [2, 'Health'],
    },
    {
      name: 'a move is possible while others are down',
      budget: { maxUnavailable: 1 },
      tasks: [...ten.slice(0, 8), '8#0 Starting', '9#0 Starting'],
      ask: { breaks: false, cause: 'Drain' },
      goes: [1, 'Health'],
    },
    {
      name: 'but not a rebalancing',
      budget: { maxUnavailable: 1 },
      tasks: [...ten.slice(0, 8), '8#0 Starting', '9#0 Starting'],
      ask: { breaks: false, cause: 'Rebalance' },
      goes: [0, 'Health'],
    },
    {
      name: 'what is forced passes all',
      budget: { minAvailable: 10, rate: { limit: 1 } },
      ask: { forced: true },
      goes: [10, undefined],
    },
    { name: 'rate', budget: { unlimited: true, rate: { limit: 4 } }, goes: [4, 'Rate'] },
    {
      name: 'rate as a part, rounded down to at least one',
      budget: { unlimited: true, rate: { limit: '19%' } },
      goes: [1, 'Rate'],
    },
    {
      name: 'what was lost counts against the rate',
      budget: { unlimited: true, rate: { limit: 4 } },
      kept: spent(3, 60_000, 'Loss'),
      goes: [1, 'Rate'],
    },
    {
      name: 'what is wanted no more does not',
      budget: { unlimited: true, rate: { limit: 4 } },
      kept: spent(3, 60_000, 'ScaleIn'),
      goes: [4, 'Rate'],
    },
    {
      name: 'what happened before the interval does not',
      budget: { unlimited: true, rate: { limit: 4, interval: '10m' } },
      kept: spent(3, 601_000),
      goes: [4, 'Rate'],
    },
    {
      name: 'a rollout is not held back by the rate',
      budget: { unlimited: true, rate: { limit: 1 } },
      ask: { cause: 'Rollout' },
      goes: [3, 'Health'],
    },
    {
      name: 'a rollout is held by the budget as well as by its own bound',
      budget: { maxUnavailable: 1 },
      ask: { cause: 'Rollout' },
      goes: [1, 'Health'],
    },
    {
      name: 'time window that is closed',
      budget: { timeWindows: [{ from: '01:00', to: '02:00' }] },
      goes: [0, 'TimeWindow'],
    },
    {
      name: 'time window that is open',
      budget: { timeWindows: [{ from: '23:00', to: '02:00' }] },
      goes: [3, 'Health'],
    },
    {
      name: 'self-managed, in the time of the owner',
      budget: { selfManaged: { relocationTime: '10m' } },
      ask: { since: START - 599_000 },
      goes: [0, 'SelfManaged'],
    },
    {
      name: 'self-managed, after it',
      budget: { selfManaged: { relocationTime: '10m' } },
      ask: { since: START - 600_000 },
      goes: [1, 'Health'],
    },
    {
      name: 'self-managed, after it, at most a fifth an hour',
      budget: { selfManaged: {} },
      kept: spent(2, HOUR_MS / 2),
      ask: { since: 0 },
      goes: [0, 'Rate'],
    },
    {
      name: 'relocation limit',
      budget: { relocationLimit: 2 },
      kept: { relocations: [{ slot: '3', count: 2 }] },
      goes: [3, 'RelocationLimit'],
    },
    { name: 'mass loss', frozen: true, ask: { cause: 'Rebalance' }, goes: [0, 'MassLoss'] },
    { name: 'a drain in a mass loss', frozen: true, ask: { cause: 'Drain' }, goes: [3, 'Health'] },
    { name: 'the bound of the fault domain', domainLeft: 2, goes: [2, 'DomainRate'] },
    {
      name: 'a liveness provider that has not said yes',
      budget: { maxUnavailable: 1, healthProviders: ['Liveness'] },
      goes: [10, undefined],
    },
  ];
  const asked = (line: string) => `${line} moving`;
  const coordinator = { url: 'http://keeper/$(task)' };
  const answer = (agoMs: number, allowed: boolean) => [
    { task: 'web-dc1-0-0', allowed, at: toTimestamp(START - agoMs) },
  ];
  const coordinated: readonly Row[] = [
    { name: 'a coordinator that is to be asked', goes: [0, 'Coordinator'] },
    { name: 'one that is not asked for rollouts', ask: { cause: 'Rollout' }, goes: [3, 'Health'] },
    { name: 'one whose deadline is over', ask: { forced: true }, goes: [10, undefined] },
    { name: 'a yes for one task', answers: answer(59_000, true), goes: [1, 'Coordinator'] },
    { name: 'a yes of long ago', answers: answer(60_000, true), goes: [0, 'Coordinator'] },
    {
      name: 'a yes from ahead of the clock',
      answers: answer(-60_000, true),
      goes: [0, 'Coordinator'],
    },
    { name: 'a wish that is not stated yet', tasks: ten, goes: [3, 'Health'] },
    {
      name: 'the same after a no',
      tasks: ten,
      answers: answer(0, false),
      goes: [0, 'Coordinator'],
    },
    {
      name: 'the same after a no of long ago',
      tasks: ten,
      answers: answer(30_000, false),
      goes: [3, 'Health'],
    },
  ];
  for (const row of [
    ...rows,
    ...coordinated.map((each) => ({ budget: { coordinator }, tasks: ten.map(asked), ...each })),
  ]) {
    it(row.name, () => expect(spend(row)).to.deep.equal(row.goes));
  }

  it('says why, and when to ask again', () => {
    const row = { budget: { unlimited: true, rate: { limit: 3 } }, kept: spent(3, 60_000) };
    const { own, ledger } = ledgerOf({ name: '', ...row, goes: [0, undefined] });
    const [task] = own as [ReturnType<typeof aTask>];
    expect(ledger.ask({ task, cause: 'Drain', breaks: true })).to.deep.equal({
      layer: 'Rate',
      message: '3 instances were disrupted or lost within 1 h, at most 3 may be disrupted',
      againAt: START + HOUR_MS - 59_000,
    });
  });

  it('keeps what it spent, so that who follows knows of it', () => {
    const row: Row = { name: '', budget: { relocationLimit: 5 }, goes: [0, undefined] };
    const { own, ledger } = ledgerOf(row);
    for (const task of own.slice(0, 2)) ledger.take({ task, cause: 'Drain', breaks: true });
    ledger.note('Loss', 1);
    const at = toTimestamp(START);
    expect(ledger.sum()).to.deep.equal({
      healthy: 8,
      needed: 0,
      allowed: 8,
      moving: 0,
      ledger: [
        { cause: 'Drain', at, count: 2 },
        { cause: 'Loss', at, count: 1 },
      ],
      relocations: [
        { slot: '0', count: 1 },
        { slot: '1', count: 1 },
      ],
    });
  });
});
