import { expect } from 'chai';
import { type JobWorld, planJob } from '../../../controllers/job/plan.ts';
import { createStillness } from '../../../controllers/job/stillness.ts';
import type { CapacityGroup, JobRevision } from '../../../src/api/kinds.gen.ts';
import type { ApiObject } from '../../../src/api/object.ts';
import { revisionOf } from '../../../src/api/revision.ts';
import type { Change } from '../../../src/runtime/informer.ts';
import { aDomain, aJob, anAgent, aTask } from '../../support/builders.ts';
import { AN_EMPTY_WORLD } from '../../support/job-world.ts';

const JOB = aJob();
const OWNER = {
  apiVersion: 'titan.dev/v1beta1',
  kind: 'Job',
  name: JOB.metadata.name,
  uid: JOB.metadata.uid,
};
const RUNNING = aTask(`0#0 Running rev=${revisionOf(JOB)}`);
const TASK = { ...RUNNING, metadata: { ...RUNNING.metadata, ownerReferences: [OWNER] } };
const FOREIGN_OWNER = { ...OWNER, uid: 'another' };
const FOREIGN = { ...TASK, metadata: { ...TASK.metadata, ownerReferences: [FOREIGN_OWNER] } };
const REVISION = planJob(JOB, AN_EMPTY_WORLD).history?.newest as JobRevision;
const OWN_REVISION = { ...REVISION, metadata: { ...REVISION.metadata, ownerReferences: [OWNER] } };
const STILL: JobWorld = { ...AN_EMPTY_WORLD, tasks: [TASK], revisions: [REVISION] };
const PLAN = planJob(JOB, STILL);
const LATER = STILL.now + 1_000;
const UNREADABLE = new Map([['0', { name: 'web-dc1-0-0', error: 'not JSON' }]]);
const DEPENDENCY = { job: JOB.metadata.name, condition: 'Ready' } as const;
const DEPENDENT = { ...JOB, spec: { ...JOB.spec, dependsOn: [DEPENDENCY] } };

function aGroup(preemptible: boolean, weight = 1): CapacityGroup {
  const metadata = { name: 'group', uid: 'group', resourceVersion: '1', generation: 1 };
  return { metadata, spec: { preemptible, weight } } as unknown as CapacityGroup;
}

/** What tells of changes when the test says so. */
function aSource<T extends ApiObject>() {
  const listeners: ((change: Change<T>) => void)[] = [];
  return {
    onChange(listener: (change: Change<T>) => void) {
      listeners.push(listener);
      return () => true;
    },
    tell(before: T | undefined, now: T | undefined) {
      for (const listener of listeners) listener({ key: '', before, now });
    },
  };
}

function aStillness() {
  const sources = {
    tasks: aSource<typeof TASK>(),
    revisions: aSource<JobRevision>(),
    agents: aSource<ReturnType<typeof anAgent>>(),
    domains: aSource<ReturnType<typeof aDomain>>(),
    groups: aSource<CapacityGroup>(),
    jobs: {
      ...aSource<typeof JOB>(),
      get: (key: string) => (key === `default/${JOB.metadata.name}` ? JOB : undefined),
    },
  };
  return { sources, stillness: createStillness(sources as never) };
}

type Sources = ReturnType<typeof aStillness>['sources'];

describe('what is remembered of looks that came to nothing', () => {
  const changes: readonly {
    readonly name: string;
    readonly change?: (sources: Sources) => void;
    readonly isStill: boolean;
  }[] = [
    { name: 'nothing has changed', isStill: true },
    {
      name: 'a task of another job has',
      change: ({ tasks }) => tasks.tell(FOREIGN, { ...FOREIGN }),
      isStill: true,
    },
    { name: 'a task is another', change: ({ tasks }) => tasks.tell(TASK, TASK), isStill: false },
    { name: 'a task has come', change: ({ tasks }) => tasks.tell(undefined, TASK), isStill: false },
    { name: 'a task is gone', change: ({ tasks }) => tasks.tell(TASK, undefined), isStill: false },
    {
      name: 'a task is its own no more',
      change: ({ tasks }) => tasks.tell(TASK, FOREIGN),
      isStill: false,
    },
    {
      name: 'a revision is another',
      change: ({ revisions }) => revisions.tell(OWN_REVISION, OWN_REVISION),
      isStill: false,
    },
    {
      name: 'an agent has changed',
      change: ({ agents }) => agents.tell(undefined, anAgent('a')),
      isStill: false,
    },
    {
      name: 'many agents were lost',
      change: ({ domains }) => domains.tell(aDomain('dc1'), aDomain('dc1')),
      isStill: false,
    },
    {
      name: 'its group is another',
      change: ({ groups }) => groups.tell(aGroup(false), aGroup(true)),
      isStill: false,
    },
    {
      name: 'its group has come',
      change: ({ groups }) => groups.tell(undefined, aGroup(false)),
      isStill: false,
    },
    {
      name: 'its group has another weight',
      change: ({ groups }) => groups.tell(aGroup(false), aGroup(false, 2)),
      isStill: true,
    },
    {
      name: 'another job goes by it',
      change: ({ jobs }) => jobs.tell(undefined, DEPENDENT),
      isStill: false,
    },
  ];

  for (const { name, change, isStill } of changes) {
    it(`${isStill ? 'need not be looked again' : 'must be looked again'} where ${name}`, () => {
      const { sources, stillness } = aStillness();
      expect(stillness.until(JOB, STILL.now)).to.equal(undefined);
      stillness.note(JOB, STILL, PLAN);
      change?.(sources);
      expect(stillness.until(JOB, LATER) !== undefined).to.equal(isStill);
    });

    it(`the same where that was while the look went on: ${name}`, () => {
      const { sources, stillness } = aStillness();
      stillness.until(JOB, STILL.now);
      change?.(sources);
      stillness.note(JOB, STILL, PLAN);
      expect(stillness.until(JOB, LATER) !== undefined).to.equal(isStill);
    });
  }

  const worlds: readonly { readonly name: string; readonly world: Partial<JobWorld> }[] = [
    { name: 'something was to do', world: { tasks: [] } },
    { name: 'a record could not be read', world: { unreadable: UNREADABLE } },
    { name: 'something is lacking', world: { lack: 'room' } },
    { name: 'another job goes by it', world: { dependents: [DEPENDENT] } },
  ];

  for (const { name, world } of worlds) {
    it(`is nothing where ${name}`, () => {
      const { stillness } = aStillness();
      const seen = { ...STILL, ...world };
      stillness.until(JOB, STILL.now);
      stillness.note(JOB, seen, planJob(JOB, seen));
      expect(stillness.until(JOB, LATER)).to.equal(undefined);
    });
  }

  it('looks again at a job that is another, or at the moment when time changes something', () => {
    const { stillness } = aStillness();
    const settle = () => {
      stillness.until(JOB, STILL.now);
      stillness.note(JOB, STILL, { ...PLAN, wakeAt: LATER });
    };
    settle();
    expect(stillness.until(JOB, LATER - 1)).to.equal(LATER);
    expect(stillness.until(JOB, LATER)).to.equal(undefined);
    settle();
    expect(stillness.until({ ...JOB }, STILL.now)).to.equal(undefined);
    settle();
    stillness.forget(JOB);
    expect(stillness.until(JOB, STILL.now)).to.equal(undefined);
  });

  it('looks again where the look before has not come to an end', () => {
    const { stillness } = aStillness();
    stillness.until(JOB, STILL.now);
    expect(stillness.until(JOB, STILL.now)).to.equal(undefined);
  });
});
