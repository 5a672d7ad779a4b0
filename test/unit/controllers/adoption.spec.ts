import { expect } from 'chai';
import fc from 'fast-check';
import { type Adoption, adoptedStatus, planAdoptions } from '../../../controllers/task/adoption.ts';
import { apiVersionOf } from '../../../src/api/kind.ts';
import { type Job, VOLUME, type Volume, type VolumeStatus } from '../../../src/api/kinds.gen.ts';
import { revisionOf } from '../../../src/api/revision.ts';
import { phaseOf } from '../../../src/api/task.ts';
import { originLabels, originOf } from '../../../src/api/task-origin.ts';
import type { RunningTask } from '../../../src/mesos/port.ts';
import { aJob, aMeta, aTask } from '../../support/builders.ts';
import { START } from '../../support/clock.ts';

const web = aJob({ location: 'dc1:3' });
const revision = revisionOf(web);
const batch = aJob({ location: 'dc1:3', restartOnSuccess: false });

const claiming = aJob({
  volumes: [{ name: 'data', claim: { name: 'counter', perInstance: false } }],
});
const sharing = aJob({ extraItems: { eni: 1 } });
const given = { extraItems: [{ name: 'eni', items: ['e1'] }], resourceSets: [] };

/** The Volume that the job claims. */
function counter(status: VolumeStatus): Readonly<Record<string, Volume>> {
  const meta = aMeta('counter', { namespace: 'default' });
  const spec = { driver: 'mesos', size: 1, reclaimPolicy: 'Delete' } as const;
  const volume = {
    apiVersion: apiVersionOf(VOLUME),
    kind: VOLUME.kind,
    metadata: meta,
    spec,
    status,
  };
  return { 'default/counter': volume };
}

/** The task as Mesos still has it, whose object is lost. */
function found(line: string, labels: Record<string, string> = {}): RunningTask {
  const task = aTask(line, revision);
  const { mesosTaskId: taskId = '', agentId = '' } = task.status ?? {};
  const state = 'TASK_RUNNING';
  return { taskId, agentId, state, labels: { ...originLabels(task), ...labels } };
}

interface Known {
  readonly job?: Job | undefined;
  readonly known?: readonly string[];
  readonly volumes?: Readonly<Record<string, Volume>>;
}

function plansFor(
  running: readonly RunningTask[],
  { job = web, known = [], volumes = {} }: Known,
): readonly Adoption[] {
  const tasks = known.map((line) => aTask(line, revision));
  const plans = planAdoptions(running, {
    home: 'dc1',
    job: (namespace, name) => (namespace === 'default' && name === 'web' ? job : undefined),
    tasksOf: () => tasks,
    revisionsOf: () => [],
    agentName: (id) => (id === 'a1' ? 'agent-1' : undefined),
    volume: (key) => volumes[key],
  });
  return running.map(({ taskId }) => plans.get(taskId) as Adoption);
}

function line(plan: Adoption): string {
  switch (plan.do) {
    case 'make': {
      const { slot, next, revision: made } = plan.place;
      const isOfNow = made === revisionOf(plan.job);
      return `make ${slot}#${next.attempt}${isOfNow ? '' : ` of ${made}`}`;
    }
    case 'bind':
      return `bind ${plan.task.spec.slot}#${plan.task.spec.attempt}`;
    case 'refuse':
      return plan.why;
  }
}

describe('a task at Mesos whose object is lost', () => {
  const cases: readonly {
    readonly name: string;
    readonly task?: RunningTask;
    readonly labels?: Record<string, string>;
    readonly job?: Job;
    readonly known?: readonly string[];
    readonly volumes?: Readonly<Record<string, Volume>>;
    readonly is: string;
  }[] = [
    { name: 'gets one again', is: 'make 0#2' },
    { name: 'gets the one that waits in its instance', known: ['0#0 Pending'], is: 'bind 0#0' },
    {
      name: 'comes after attempts that have ended',
      known: ['0#4 Lost System'],
      is: 'make 0#5',
    },
    {
      name: 'is not adopted where its instance has done its work',
      job: batch,
      known: [`0#1 Succeeded rev=${revisionOf(batch)}`],
      is: 'its instance is done',
    },
    {
      name: 'is adopted where its instance does its work again and again',
      known: ['0#1 Succeeded'],
      is: 'make 0#2',
    },
    {
      name: 'is adopted where its instance had done the work of a version before',
      job: batch,
      known: ['0#1 Succeeded rev=older'],
      is: 'make 0#2',
    },
    {
      name: 'is adopted where its instance had to do its work again',
      job: batch,
      known: [`0#0 Succeeded rev=${revisionOf(batch)}`, '0#1 Lost System'],
      is: 'make 0#2',
    },
    {
      name: 'is not adopted while another runs',
      known: ['0#0 Running'],
      is: 'another task holds instance 0 of its job',
    },
    {
      name: 'is not adopted where a new version waits',
      known: ['0#0 Pending rev=newer'],
      is: 'another task holds instance 0 of its job',
    },
    {
      name: 'is not adopted by a newer job of the same name',
      job: aJob({}, { uid: 'ffffffff-0000-4000-8000-000000000000' }),
      is: 'its job is gone',
    },
    {
      name: 'is not adopted by a job that is being deleted',
      job: aJob({}, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      is: 'its job is gone',
    },
    {
      name: 'is not adopted by a job that wants none here any more',
      job: aJob({ location: 'dc1:0,dc2:1' }),
      is: 'its job wants no instance here',
    },
    {
      name: 'is not adopted by a job that is suspended',
      job: aJob({ suspend: true }),
      is: 'its job wants no instance here',
    },
    {
      name: 'is adopted under a version that nobody knows any more, to be replaced',
      task: found('0#2 Running rev=older'),
      is: 'make 0#2 of older',
    },
    {
      name: 'is not adopted without its labels',
      task: { ...found('0#2 Running'), labels: { 'titan.dev/job': 'web' } },
      is: 'its labels do not say of which job it is',
    },
    {
      name: 'is adopted with its Volume',
      job: claiming,
      volumes: counter({ phase: 'Ready', agent: 'agent-1' }),
      is: 'make 0#2',
    },
    {
      name: 'is not adopted where its Volume is not known',
      job: claiming,
      is: 'a Volume of it is not known any more',
    },
    {
      name: 'is not adopted where its Volume is elsewhere',
      job: claiming,
      volumes: counter({ phase: 'Ready', agent: 'agent-2' }),
      is: 'its Volume counter is not known to be on its agent',
    },
    {
      name: 'is adopted with the items that its labels name',
      job: sharing,
      labels: { 'titan.dev/given': JSON.stringify(given) },
      is: 'make 0#2',
    },
    {
      name: 'is not adopted where its labels name no items',
      job: sharing,
      labels: { 'titan.dev/given': '{"extraItems":7}' },
      is: 'its labels do not say which items or shares of resource sets it has',
    },
    {
      name: 'is not adopted on an agent that is not known',
      task: { ...found('0#2 Running'), agentId: 'a9' },
      is: 'its agent is not known',
    },
  ];
  for (const { name, task, labels, is, ...world } of cases) {
    it(name, () => {
      const ours = { 'titan.dev/revision': revisionOf(world.job ?? web) };
      const running = task ?? found('0#2 Running', { ...ours, ...labels });
      expect(plansFor([running], world).map(line)).to.deep.equal([is]);
    });
  }

  it('is where Mesos has it, with its ports in their order', () => {
    const [plan] = plansFor([found('0#2 Running', { 'titan.dev/ports': '31005,31001' })], {});
    const status = plan?.do === 'make' ? adoptedStatus(plan.at, START) : undefined;
    expect(status).to.include({ phase: 'Running', agent: 'agent-1', agentId: 'a1' });
    expect(status?.ports).to.deep.equal([31_005, 31_001]);
  });

  it('reads from its labels what they were made of, and nothing from others', () => {
    const task = aTask('7#3 Running');
    expect(originOf(originLabels(task))).to.include({ job: 'web', slot: '7', attempt: 3 });
    const rich = { ...task, status: { ...task.status, ...given } };
    expect(originOf(originLabels(rich))?.given).to.deep.equal(given);
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (labels) => {
        expect(originOf(labels)).to.equal(undefined);
      }),
    );
  });

  it('is the only one of its instance, whatever runs and whatever is known', () => {
    const attempt = fc.tuple(fc.nat(2), fc.nat(3)).map(([slot, n]) => `${slot}#${n}`);
    const state = fc.constantFrom(
      'Pending',
      'Running',
      'Killing deleting',
      'Lost System',
      'Failed',
    );
    const known = fc.uniqueArray(fc.tuple(attempt, state), { selector: ([key]) => key });
    fc.assert(
      fc.property(fc.uniqueArray(attempt), known, (running, objects) => {
        const lines = objects.map(([key, phase]) => `${key} ${phase}`);
        const plans = plansFor(
          running.map((key) => found(`${key} Running`)),
          { known: lines },
        );
        const adopted = plans.map(line).filter((text) => /^(make|bind)/.test(text));
        const slots = adopted.map((text) => /(\d+)#/.exec(text)?.[1]);
        expect(new Set(slots).size).to.equal(slots.length);
        const held = lines
          .map((text) => aTask(text, revision))
          .filter((task) => ['Running', 'Killing'].includes(phaseOf(task)))
          .map(({ spec }) => spec.slot);
        expect(held.filter((slot) => slots.includes(slot))).to.deep.equal([]);
      }),
    );
  });
});
