import { expect } from 'chai';
import { type JobWorld, planJob } from '../../../controllers/job/plan.ts';
import { jobStatus } from '../../../controllers/job/status.ts';
import { unreadableOf } from '../../../controllers/job/unreadable.ts';
import { revisionOf } from '../../../src/api/revision.ts';
import { aDomain, aJob, aTask } from '../../support/builders.ts';
import { START } from '../../support/clock.ts';
import { AN_EMPTY_WORLD } from '../../support/job-world.ts';

const JOB = aJob({ location: 'dc1:2' });

/** What is done of a job of which a record cannot be read, and what is said of it. */
function lookAt(records: readonly string[], lines: readonly string[], job = JOB) {
  const named = records.map((name) => ({ namespace: 'default', name, error: 'not JSON' }));
  const revision = revisionOf(JOB);
  const world: JobWorld = {
    ...AN_EMPTY_WORLD,
    now: START + 100_000,
    domains: [aDomain('dc1')],
    tasks: lines.map((line) => aTask(line, revision)),
    unreadable: unreadableOf(job, 'dc1', named),
  };
  const plan = planJob(job, world);
  const steps = [
    ...plan.stops.map(({ task }) => `stop ${task.metadata.name}`),
    ...plan.creates.map(({ slot, next }) => `create ${slot}#${next.attempt}`),
  ];
  return { plan, steps, status: jobStatus(job, plan, world) };
}

describe('a task whose record cannot be read', () => {
  const cases = [
    { name: 'has nothing started in its place', records: ['web-dc1-1-4'], steps: ['create 0#0'] },
    { name: 'of another job is none of this one', records: ['web2-dc1-1-4'], steps: 'both' },
    {
      name: 'of another fault domain is none of this one',
      records: ['web-dc2-1-4'],
      steps: 'both',
    },
  ];
  for (const { name, records, steps } of cases) {
    it(name, () => {
      const wanted = steps === 'both' ? ['create 0#0', 'create 1#0'] : steps;
      expect(lookAt(records, []).steps).to.deep.equal(wanted);
    });
  }

  it('keeps what else is in its instance from being replaced, and no rollout from its end', () => {
    const newer = { ...JOB, spec: { ...JOB.spec, version: '2' } };
    const lines = ['0#0 Running ran=100', '1#5 Running ran=100'];
    const { steps, plan } = lookAt(['web-dc1-1-4'], lines, newer);
    expect(steps).to.deep.equal(['stop web-dc1-0-0']);
    expect(plan.rollout?.target).to.equal(1);
  });

  it('is given up first where fewer are wanted, and counts as one that runs until it is read', () => {
    const fewer = { ...JOB, spec: { ...JOB.spec, location: 'dc1:1' } };
    const well = lookAt(['web-dc1-1-4'], ['0#0 Running ran=100'], fewer);
    expect(well.steps, 'the well one stays').to.deep.equal([]);
    const stalled = well.status.conditions?.find(({ type }) => type === 'Stalled');
    expect(stalled).to.include({ status: 'True', reason: 'RecordUnreadable' });
    expect(well.status.domains?.[0]?.unreadable).to.have.length(1);
    expect(lookAt(['web-dc1-1-4'], [], fewer).steps, 'it may be the one').to.deep.equal([]);
    expect(lookAt([], [], fewer).steps, 'it is mended or gone').to.deep.equal(['create 0#0']);
  });

  it('counts once with a task that holds the same instance', () => {
    const lines = ['1#5 Running ran=100'];
    expect(lookAt(['web-dc1-1-4'], lines).steps).to.deep.equal(['create 0#0']);
  });

  it('has a rollout that begins meanwhile say what it waits for', () => {
    const { plan } = lookAt(['web-dc1-0-3'], [], aJob({ location: 'dc1:1' }));
    expect(plan.rollout).to.include({
      phase: 'Waiting',
      message: 'waits until the records of its tasks can be read',
    });
  });

  it('is named, with what to do, until somebody has done it', () => {
    const { status, plan } = lookAt(['web-dc1-1-4'], ['0#0 Running ran=100']);
    const said = (type: string) => status.conditions?.find((each) => each.type === type);
    expect(said('Stalled')).to.include({ status: 'True', reason: 'RecordUnreadable' });
    expect(said('Stalled')?.message).to.match(
      /1 instance is left alone: the record of web-dc1-1-4 cannot be read \(not JSON\).*mend that record/,
    );
    expect(status.domains?.[0]?.unreadable).to.deep.equal([
      { task: 'web-dc1-1-4', message: 'not JSON' },
    ]);
    expect(plan.wakeAt).to.be.at.most(START + 105_000);
    expect(lookAt([], ['0#0 Running ran=100']).steps).to.deep.equal(['create 1#0']);
  });
});
