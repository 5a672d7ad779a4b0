import { expect } from 'chai';
import { apiVersionOf } from '../../../src/api/kind.ts';
import {
  type Agent,
  type CapacityGroup,
  type Job,
  type Task,
  VOLUME,
  type Volume,
} from '../../../src/api/kinds.gen.ts';
import { revisionOf } from '../../../src/api/revision.ts';
import { addedAgents, failing, unknownNames } from '../../../src/scheduling/forecast/changes.ts';
import { forecast } from '../../../src/scheduling/forecast/forecast.ts';
import type { ForecastWorld } from '../../../src/scheduling/forecast/world.ts';
import { createCatalog } from '../../../src/scheduling/place/catalog.ts';
import { aGroup, aJob, aMeta, anAgent, aTask } from '../../support/builders.ts';
import { START } from '../../support/clock.ts';

interface Question {
  readonly jobs?: readonly Job[];
  readonly volumes?: readonly Volume[];
  readonly agents?: readonly Agent[];
  readonly tasks?: readonly string[];
  readonly before?: Partial<Job['spec']>;
  readonly after?: Partial<Job['spec']>;
  readonly groups?: readonly CapacityGroup[];
  readonly fail?: readonly string[];
  readonly add?: readonly string[];
}

const home = { name: 'dc1', region: 'us-east-1' };
const four = { capacity: { cpus: 4, memoryMiB: 65_536, diskMiB: 100_000, ports: 10 } };

/** `[<job>: ]<line>`, of what its job runs; of `new` what web is to run. */
function taskOf(text: string, { before, after, jobs = [] }: Question): Task {
  const [line = '', prefix = 'web'] = text.split(': ').toReversed();
  const web = aJob(prefix === 'new' ? after : before);
  const job = jobs.find((each) => each.metadata.name === prefix) ?? web;
  const { metadata, spec, ...task } = aTask(line, revisionOf(job));
  const { name } = job.metadata;
  const uid = `${name}-${spec.slot}`;
  return { ...task, metadata: { ...metadata, name: uid, uid }, spec: { ...spec, jobName: name } };
}

/** What would become of the job web in dc1; running tasks are on agent-1. */
function asked(question: Question) {
  const { before, after, fail = [], add = [] } = question;
  const agents = question.agents ?? [anAgent('agent-1', { ...four, agentId: 'a1' })];
  const world: ForecastWorld = {
    home,
    agents,
    tasks: (question.tasks ?? []).map((line) => taskOf(line, question)),
    jobs: [...(before === undefined ? [] : [aJob(before)]), ...(question.jobs ?? [])],
    groups: question.groups ?? [],
    volumes: question.volumes ?? [],
    changed: after === undefined ? [] : [aJob(after)],
    fails: failing(fail, home),
    added: addedAgents(add, agents),
    isLost: fail.includes('dc1'),
    catalog: createCatalog(),
    now: START,
  };
  return forecast(world)
    .map(({ job, kept, replaced, stopped, preempted, placed, unplaced }) => {
      const yields = preempted.map(({ by, tasks }) => `${tasks} for ${by}`);
      const counts = [kept, replaced, stopped].join('/');
      const places = Object.entries(placed).map(([agent, count]) => `${agent}=${count}`);
      const waits = unplaced.map(({ tasks, reason }) => `${tasks} wait: ${reason}`);
      return [job, counts, ...yields, ...places, ...waits].join(' ');
    })
    .join('; ');
}

function aVolume(agent?: string, size = '1Gi'): Volume {
  return {
    apiVersion: apiVersionOf(VOLUME),
    kind: VOLUME.kind,
    metadata: aMeta('data', { namespace: 'default', uid: 'data' }),
    spec: { size, reclaimPolicy: 'Delete', driver: 'mesos' },
    ...(agent === undefined ? {} : { status: { phase: 'Ready', agent } }),
  };
}

describe('what would happen', () => {
  const job = { location: 'dc1:2' };
  const run = ['0#0 Running', '1#0 Running'];
  const full = [0, 1, 2, 3].map((slot) => `scrap: ${slot}#0 Running`);
  const scraps = aJob({ location: 'dc1:4', capacityGroup: 'scraps' }, { name: 'scrap' });
  const onFirst = { rule: 'Equals' as const, attribute: 'host', values: ['agent-1'] };
  const volumes = [{ name: 'data', claim: { name: 'data', perInstance: false } }];
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
    { name: 'a new job is placed', after: job, said: 'default/web 0/0/0 agent-1=2' },
    {
      name: 'blue and green have no room together',
      before: { location: 'dc1:3' },
      after: { location: 'dc1:3', version: '2', update: { blueGreen: {} } },
      tasks: [...run, '2#0 Running'],
      said: /^default\/web 0\/3\/0 agent-1=1 2 wait: .*cpu/,
    },
    {
      name: 'a surge has room',
      before: { location: 'dc1:3' },
      after: { location: 'dc1:3', version: '2', update: { surge: 1 } },
      tasks: [...run, '2#0 Running'],
      said: 'default/web 0/3/0 agent-1=3',
    },
    {
      name: 'a job that grows keeps what it has',
      before: job,
      after: { location: 'dc1:3' },
      tasks: run,
      said: 'default/web 2/0/0 agent-1=1',
    },
    {
      name: 'a job that shrinks has its last tasks stopped',
      before: job,
      after: { location: 'dc1:1' },
      tasks: run,
      said: 'default/web 1/0/1',
    },
    {
      name: 'another version replaces all',
      before: job,
      after: { ...job, version: '2' },
      tasks: run,
      said: 'default/web 0/2/0 agent-1=2',
    },
    {
      name: 'what does not fit waits, and says why',
      after: { location: 'dc1:6' },
      said: /^default\/web 0\/0\/0 agent-1=4 2 wait: the only agent cannot take it: 1 has less than 1 cpu/,
    },
    {
      name: 'more agents make room',
      after: { location: 'dc1:6' },
      add: ['agent-1=1'],
      said: 'default/web 0/0/0 agent-1=4 agent-1-new-1=2',
    },
    {
      name: 'tasks of an agent that fails go elsewhere',
      before: job,
      tasks: run,
      fail: ['agent-1'],
      add: ['agent-1=1'],
      said: 'default/web 0/0/0 agent-1-new-1=2',
    },
    {
      name: 'a fault domain that fails leaves its tasks waiting',
      before: job,
      tasks: run,
      fail: ['dc1'],
      said: /^default\/web 0\/0\/0 2 wait: dc1 would be gone, and tasks are not moved to another/,
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
      said: 'default/web 0/0/0 5 wait: there is no room for all of its gang together',
    },
    {
      name: 'half of a rollout done is half of it left',
      before: job,
      after: { ...job, version: '2' },
      tasks: ['0#0 Running', 'new: 1#0 Running'],
      said: 'default/web 1/1/0 agent-1=1',
    },
    {
      name: 'how a task is stopped replaces none',
      before: job,
      after: { ...job, killWaitSeconds: 5 },
      tasks: run,
      said: '',
    },
    {
      name: 'what a batch job has done is not done again',
      before: { ...job, restartOnSuccess: false },
      after: { location: 'dc1:3', restartOnSuccess: false },
      tasks: ['0#0 Succeeded', '1#0 Running'],
      said: 'default/web 1/0/0 agent-1=1',
    },
    {
      name: 'others are stopped for it, and wait',
      jobs: [scraps],
      groups: [aGroup('scraps', { preemptible: true })],
      tasks: full,
      after: { location: 'dc1:1', cpus: 2 },
      said: /^default\/scrap 2\/0\/0 2 for default\/web 2 wait: the only agent.*; default\/web 0\/0\/0 agent-1=1$/,
    },
    {
      name: 'others are stopped for each of it, and find another place',
      jobs: [scraps],
      groups: [aGroup('scraps', { preemptible: true })],
      tasks: full,
      after: { location: 'dc1:3', constraints: [onFirst] },
      add: ['agent-1=1'],
      said: 'default/scrap 1/0/0 3 for default/web agent-1-new-1=3; default/web 0/0/0 agent-1=3',
    },
    {
      name: 'nobody is stopped where that does not help',
      jobs: [scraps],
      groups: [aGroup('scraps', { preemptible: true })],
      tasks: full,
      after: { location: 'dc1:1', cpus: 5 },
      said: /^default\/web 0\/0\/0 1 wait: the only agent/,
    },
    {
      name: 'a Volume that is not there',
      after: { location: 'dc1:1', volumes },
      said: 'default/web 0/0/0 1 wait: there is no Volume default/data: create it',
    },
    {
      name: 'a task goes where its Volume is',
      after: { location: 'dc1:1', volumes },
      volumes: [aVolume('agent-1-new-1')],
      add: ['agent-1=1'],
      said: 'default/web 0/0/0 agent-1-new-1=1',
    },
    {
      name: 'one task at a time uses a Volume',
      after: { location: 'dc1:2', volumes },
      volumes: [aVolume()],
      said: 'default/web 0/0/0 agent-1=1 1 wait: the Volume default/data is in use by the task web-0',
    },
    {
      name: 'a Volume that is to be made needs room',
      after: { location: 'dc1:1', volumes },
      volumes: [aVolume(undefined, '200Gi')],
      said: /1 wait: the only agent cannot take it: 1 has less than 205824 MiB of disk free/,
    },
    {
      name: 'a Volume goes with its agent',
      after: { location: 'dc1:1', volumes },
      volumes: [aVolume('agent-1')],
      fail: ['agent-1'],
      add: ['agent-1=1'],
      said: /1 wait: the Volume default\/data is on agent-1, which would be gone$/,
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
    const fails = failing(['zone=a'], home);
    expect([inZone('a'), inZone('b')].map(fails)).to.deep.equal([true, false]);
  });

  it('says what names nothing that is here', () => {
    const agents = [anAgent('agent-1', { ...four, zone: 'a' })];
    const fail = ['dc1', 'a', 'agent-1', 'zone=a', 'agent-9', 'zone=b'];
    expect(unknownNames({ fail, add: ['agent-1=1', 'gold=1'] }, agents, home)).to.deep.equal([
      'agent-9',
      'zone=b',
      'gold=1',
    ]);
  });

  it('refuses to add agents without a number', () => {
    expect(() => addedAgents(['gold'], [])).to.throw('expected an agent or a pool and a number');
  });
});
