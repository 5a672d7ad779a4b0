import { expect } from 'chai';
import type { Agent, CapacityGroup, Job, Task } from '../../../src/api/kinds.gen.ts';
import { addedAgents, failing } from '../../../src/scheduling/forecast/changes.ts';
import { type ForecastWorld, forecast } from '../../../src/scheduling/forecast/forecast.ts';
import { createCatalog } from '../../../src/scheduling/place/catalog.ts';
import { aGroup, aJob, anAgent, aTask } from '../../support/builders.ts';
import { START } from '../../support/clock.ts';

interface Question {
  readonly agents?: readonly Agent[];
  readonly tasks?: readonly string[];
  readonly before?: Partial<Job['spec']>;
  readonly after?: Partial<Job['spec']>;
  readonly groups?: readonly CapacityGroup[];
  readonly fail?: readonly string[];
  readonly add?: readonly string[];
}

const four = { capacity: { cpus: 4, memoryMiB: 65_536, diskMiB: 100_000, ports: 10 } };

/** What would become of the job web in dc1; running tasks are on agent-1. */
function asked(question: Question) {
  const { before, after, fail = [], add = [] } = question;
  const agents = question.agents ?? [anAgent('agent-1', { ...four, agentId: 'a1' })];
  const world: ForecastWorld = {
    home: { name: 'dc1', region: 'us-east-1' },
    agents,
    tasks: (question.tasks ?? []).map((line): Task => aTask(line)),
    jobs: before === undefined ? [] : [aJob(before)],
    groups: question.groups ?? [],
    changed: after === undefined ? [] : [aJob(after)],
    fails: failing(fail, 'dc1'),
    added: addedAgents(add, agents),
    isLost: fail.includes('dc1'),
    catalog: createCatalog(),
    now: START,
  };
  return forecast(world)
    .map(({ job, kept, stopped, placed, unplaced }) => {
      const places = Object.entries(placed).map(([agent, count]) => `${agent}=${count}`);
      const waits = unplaced.map(({ tasks, reason }) => `${tasks} wait: ${reason}`);
      return [job, `${kept}/${stopped}`, ...places, ...waits].join(' ');
    })
    .join('; ');
}

describe('what would happen', () => {
  const job = { location: 'dc1:2' };
  const run = ['0#0 Running', '1#0 Running'];
  const cases: readonly (Question & { name: string; said: string | RegExp })[] = [
    { name: 'nothing, to what stays', before: job, after: job, tasks: run, said: '' },
    {
      name: 'a rule of a plugin is not known',
      after: { ...job, constraints: [{ rule: 'EvenAgent' }] },
      said: /2 wait: nothing is known here of the rule EvenAgent.*--scheduler-plugin$/,
    },
    {
      name: 'a scheduler of a plugin is not known',
      after: { ...job, capacityGroup: 'web' },
      groups: [aGroup('web', { scheduler: 'Last' })],
      said: /2 wait: nothing is known here of the scheduler Last/,
    },
    { name: 'a new job is placed', after: job, said: 'default/web 0/0 agent-1=2' },
    {
      name: 'a job that grows keeps what it has',
      before: job,
      after: { location: 'dc1:3' },
      tasks: run,
      said: 'default/web 2/0 agent-1=1',
    },
    {
      name: 'a job that shrinks has its last tasks stopped',
      before: job,
      after: { location: 'dc1:1' },
      tasks: run,
      said: 'default/web 1/1',
    },
    {
      name: 'another version replaces all',
      before: job,
      after: { ...job, version: '2' },
      tasks: run,
      said: 'default/web 0/2 agent-1=2',
    },
    {
      name: 'what does not fit waits, and says why',
      after: { location: 'dc1:6' },
      said: /^default\/web 0\/0 agent-1=4 2 wait: none of 1 agents can take it: 1 have less than 1 cpus/,
    },
    {
      name: 'more agents make room',
      after: { location: 'dc1:6' },
      add: ['agent-1=1'],
      said: 'default/web 0/0 agent-1=4 agent-1-new-1=2',
    },
    {
      name: 'tasks of an agent that fails go elsewhere',
      before: job,
      tasks: run,
      fail: ['agent-1'],
      add: ['agent-1=1'],
      said: 'default/web 0/0 agent-1-new-1=2',
    },
    {
      name: 'a fault domain that fails leaves its tasks waiting',
      before: job,
      tasks: run,
      fail: ['dc1'],
      said: /^default\/web 0\/0 2 wait: dc1 would be gone, and tasks are not moved to another/,
    },
    {
      name: 'a limit of a capacity group holds',
      after: { location: 'dc1:2', capacityGroup: 'batch' },
      groups: [aGroup('batch', { borrowingLimit: { cpus: 1 } })],
      said: /agent-1=1 1 wait: capacity group batch may use 0 cpus more, 1 are needed/,
    },
    {
      name: 'a gang that has no room together waits whole',
      after: { location: 'dc1:5', gang: {} },
      said: 'default/web 0/0 5 wait: there is no room for all of its gang together',
    },
    {
      name: 'another fault domain is not touched',
      after: { location: 'dc2:5' },
      said: '',
    },
  ];
  for (const { name, said, ...question } of cases) {
    it(`is: ${name}`, () => {
      if (typeof said === 'string') expect(asked(question)).to.equal(said);
      else expect(asked(question)).to.match(said);
    });
  }

  it('thinks of agents as gone by an attribute', () => {
    const inZone = (zone: string) => anAgent(zone, { ...four, attributes: { zone } });
    const fails = failing(['zone=a'], 'dc1');
    expect([inZone('a'), inZone('b')].map(fails)).to.deep.equal([true, false]);
  });

  it('refuses to add agents without a number', () => {
    expect(() => addedAgents(['gold'], [])).to.throw('expected an agent or a pool and a number');
  });
});
