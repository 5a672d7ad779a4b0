import { expect } from 'chai';
import fc from 'fast-check';
import type { Agent, Job, Task } from '../../../../src/api/kinds.gen.ts';
import { toTimestamp } from '../../../../src/api/object.ts';
import { slotsText, wantedSlots } from '../../../../src/scheduling/scale/slots.ts';
import { aJob, anAgent, aTask } from '../../../support/builders.ts';
import { START } from '../../../support/clock.ts';

type Status = NonNullable<NonNullable<Job['status']>['domains']>[number];

const agents: readonly Agent[] = [
  anAgent('a1', { attributes: { zone: 'z1' } }),
  anAgent('a2', { attributes: { zone: 'z1' } }),
  anAgent('a3', { attributes: { zone: 'z2' } }),
  anAgent('drained', { attributes: { zone: 'z2' } }, { unschedulable: true, drain: {} }),
];

/** `<line of aTask> [on <agent>] [made <second>]`, with readiness: `unready`. */
function task(text: string): Task {
  const [, line = '', agent = 'a1', second = '0', unready] =
    /^(.*?)(?: on (\S+))?(?: made (\d+))?( unready)?$/.exec(text) ?? [];
  const made = aTask(line);
  const probe = {
    readinessProbe: {
      tcpSocket: { port: 0 },
      initialDelaySeconds: 0,
      periodSeconds: 1,
      timeoutSeconds: 1,
    },
  };
  return {
    ...made,
    metadata: { ...made.metadata, creationTimestamp: toTimestamp(START + Number(second) * 1_000) },
    spec: { ...made.spec, ...(unready === undefined ? {} : probe) },
    status: { ...made.status, agent },
  };
}

interface Row {
  readonly name: string;
  readonly spec?: Partial<Job['spec']>;
  readonly status?: Partial<Status>;
  readonly tasks: readonly string[];
  readonly count: number;
  readonly slots: string;
}

function slotsIn({ spec, status, tasks, count }: Omit<Row, 'name' | 'slots'>): readonly string[] {
  const job = aJob(spec);
  const known =
    status === undefined ? job : { ...job, status: { domains: [{ name: 'dc1', ...status }] } };
  return wantedSlots(known, count, { home: 'dc1', agents, tasks: tasks.map(task), now: START });
}

const three = ['0#0 Running', '1#0 Running', '2#0 Running'];

describe('which instances a job has', () => {
  const rows: readonly Row[] = [
    { name: 'the lowest numbers of a new job', tasks: [], count: 3, slots: '0 1 2' },
    {
      name: 'the lowest free ones when it is to have more',
      tasks: ['3#0 Running'],
      count: 3,
      slots: '0 1 3',
    },
    {
      name: 'those that its status has, though nothing lives in them',
      status: { desired: 3, slots: '1-2,7' },
      tasks: ['1#0 Failed @0', '7#0 Running'],
      count: 3,
      slots: '1 2 7',
    },
    {
      name: 'not one in which nothing lives',
      status: { desired: 3 },
      tasks: ['1#0 Failed @0', '2#0 Running'],
      count: 2,
      slots: '1 2',
    },
    {
      name: 'not one that is being stopped already, whoever else is in a bad way',
      tasks: ['0#0 Killing deleting', '1#0 Pending', '2#0 Running'],
      status: { desired: 3 },
      count: 2,
      slots: '1 2',
    },
    {
      name: 'rather what is ready than what is not',
      tasks: ['0#0 Running unready', ...three.slice(1)],
      count: 2,
      slots: '1 2',
    },
    {
      name: 'rather what is not on a drained agent, though it is alone there',
      tasks: ['0#0 Running on a1', '1#0 Running on a1', '2#0 Running on drained'],
      count: 2,
      slots: '0 1',
    },
    {
      name: 'rather what is bound to an agent, then what has started',
      tasks: ['0#0 Pending', '1#0 Staging', '2#0 Unreachable'],
      count: 1,
      slots: '2',
    },
    {
      name: 'less on the agent that has most, then in the zone that has most',
      tasks: ['0#0 Running on a1', '1#0 Running on a1', '2#0 Running on a2', '3#0 Running on a3'],
      count: 2,
      slots: '0 3',
    },
    {
      name: 'the youngest of those that fare alike',
      tasks: ['0#0 Running made 9', '1#0 Running made 2', '2#0 Running made 5'],
      count: 1,
      slots: '0',
    },
    {
      name: 'or the oldest',
      spec: { scaleIn: { first: 'Youngest' } },
      tasks: ['0#0 Running made 9', '1#0 Running made 2', '2#0 Running made 5'],
      count: 1,
      slots: '1',
    },
    {
      name: 'or the lowest numbers',
      spec: { scaleIn: { first: 'HighestNumber' } },
      tasks: ['0#0 Pending', ...three.slice(1)],
      count: 2,
      slots: '0 1',
    },
    {
      name: 'always the lowest numbers of a batch job',
      spec: { restartOnSuccess: false },
      status: { desired: 3 },
      tasks: ['0#0 Failed @0', ...three.slice(1)],
      count: 2,
      slots: '0 1',
    },
  ];
  for (const { name, slots, ...row } of rows) {
    it(name, () => expect(slotsIn(row).join(' ')).to.equal(slots));
  }

  const anyTask = fc.tuple(
    fc.constantFrom(
      'Pending',
      'Staging',
      'Running',
      'Running unready',
      'Failed',
      'Killing deleting',
    ),
    fc.constantFrom('a1', 'a2', 'a3', 'drained'),
    fc.nat(3),
  );
  const line = ([what, agent, second]: readonly [string, string, number], slot: number) => {
    const [phase = '', ...more] = what.split(' ');
    const tail = more.includes('unready') ? ' unready' : '';
    const leaving = more.includes('deleting') ? ' deleting' : '';
    return `${slot}#0 ${phase}${leaving} on ${agent} made ${second}${tail}`;
  };

  it('gives up those of a large step as those of many small ones, and finds them again at a second look', () => {
    fc.assert(
      fc.property(fc.array(anyTask, { minLength: 1, maxLength: 12 }), fc.nat(12), (found, less) => {
        const tasks = found.map(line);
        const count = Math.max(0, tasks.length - less);
        const status = { desired: tasks.length };
        const once = slotsIn({ status, tasks, count });
        let left = tasks;
        for (let size = tasks.length - 1; size >= count; size -= 1) {
          const known = slotsText(left.map((text) => text.split('#')[0] ?? ''));
          const before = { desired: left.length, ...(known === undefined ? {} : { slots: known }) };
          const kept = new Set(slotsIn({ status: before, tasks: left, count: size }));
          left = left.filter((text) => kept.has(text.split('#')[0] ?? ''));
        }
        expect(left.map((text) => text.split('#')[0])).to.deep.equal(once);
        const stopping = tasks.map((text) =>
          once.includes(text.split('#')[0] ?? '') ||
          text.includes('deleting') ||
          text.includes('Failed')
            ? text
            : text.replace(' on ', ' deleting on '),
        );
        expect(slotsIn({ status, tasks: stopping, count })).to.deep.equal(once);
      }),
    );
  });

  it('keeps them in the status as short as they can be', () => {
    expect([
      slotsText(['0', '1', '2']),
      slotsText(['0', '1', '3', '5', '6']),
      slotsText(['agent-1']),
    ]).to.deep.equal([undefined, '0-1,3,5-6', undefined]);
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(30), { maxLength: 20 }), (numbers) => {
        const slots = numbers.toSorted((a, b) => a - b).map(String);
        const text = slotsText(slots);
        const status = { desired: slots.length, ...(text === undefined ? {} : { slots: text }) };
        expect(slotsIn({ status, tasks: [], count: slots.length })).to.deep.equal(slots);
      }),
    );
  });
});
