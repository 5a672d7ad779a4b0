import { expect } from 'chai';
import { EVENT } from '../../src/api/builtin.ts';
import { CAPACITY_GROUP_LABEL } from '../../src/api/capacity-group.ts';
import { apiVersionOf } from '../../src/api/kind.ts';
import {
  CAPACITY_GROUP,
  type CapacityGroup,
  JOB,
  type Job,
  type JobStatus,
} from '../../src/api/kinds.gen.ts';
import { phaseOf } from '../../src/api/task.ts';
import type { Room } from '../../src/scheduling/cluster/agent.ts';
import type { Plugin } from '../../src/scheduling/place/catalog.ts';
import { aSimWorld, type Place } from './world.ts';

/** Two agents of four cpus. */
async function aCluster(zones: readonly string[] = [], plugins: readonly Plugin[] = []) {
  const world = await aSimWorld({ agents: 2, cpus: 4, zones, plugins });
  const [place] = world.places as readonly [Place];
  const { wait, clock } = world;

  async function run(name: string, spec: Partial<Job['spec']>): Promise<void> {
    await wait(place.apply(spec, name));
    await clock.advance(8_000);
  }

  async function group(name: string, spec: Partial<CapacityGroup['spec']>): Promise<void> {
    await wait(
      place.client.create(CAPACITY_GROUP, {
        apiVersion: apiVersionOf(CAPACITY_GROUP),
        kind: CAPACITY_GROUP.kind,
        metadata: { name },
        spec: spec as CapacityGroup['spec'],
      }),
    );
  }

  async function scale(name: string, replicas: number): Promise<void> {
    const job = await place.client.get(JOB, { namespace: 'default', name });
    await wait(place.client.update(JOB, { ...job, spec: { ...job.spec, replicas } }));
    await clock.advance(30_000);
  }

  async function running(job: string): Promise<number> {
    const tasks = await place.tasks();
    return tasks.filter((task) => task.spec.jobName === job && phaseOf(task) === 'Running').length;
  }

  async function statusOf(name: string): Promise<JobStatus | undefined> {
    return (await place.client.get(JOB, { namespace: 'default', name })).status;
  }

  return { ...world, place, run, scale, group, running, statusOf };
}

describe('capacity groups in a fault domain', () => {
  it('keep a job waiting until its group exists, and say so', async () => {
    const { run, group, running, statusOf, clock } = await aCluster();
    await run('report', { location: 'dc1:1', capacityGroup: 'batch' });
    const accepted = (await statusOf('report'))?.conditions?.find(
      ({ type }) => type === 'Accepted',
    );
    expect(accepted).to.include({ status: 'False', reason: 'UnknownCapacityGroup' });
    expect(await running('report')).to.equal(0);
    await group('batch', {});
    await clock.advance(5_000);
    expect(await running('report')).to.equal(1);
  });

  it('keep a guarantee free, hold a group to its limit, and show both', async () => {
    const { run, group, running, statusOf, place, clock } = await aCluster();
    await group('web', { guarantee: { cpus: 3 } });
    await group('batch', { borrowingLimit: { cpus: 4 } });
    await run('free', { location: 'dc1:9' });
    expect(await running('free')).to.equal(5);
    expect((await statusOf('free'))?.message).to.include('is guaranteed to other groups');
    await run('sums', { location: 'dc1:9', capacityGroup: 'batch' });
    expect(await running('sums')).to.equal(0);
    await run('site', { location: 'dc1:4', capacityGroup: 'web' });
    expect(await running('site')).to.equal(3);
    await clock.advance(5_000);
    const { status } = await place.client.get(CAPACITY_GROUP, { name: 'web' });
    expect(status).to.include({ tasks: 3, pendingTasks: 1, cpusText: '3/3' });
  });

  it('keep agents for the tasks of a group, from when it says so, and say so to others', async () => {
    const { run, group, running, statusOf, place, clock } = await aCluster(['a', 'b']);
    await group('web', { reservedAgents: { attribute: 'zone', values: ['b'] } });
    await clock.advance(1_000);
    await run('free', { location: 'dc1:8' });
    expect(await running('free')).to.equal(4);
    expect((await statusOf('free'))?.message).to.include('kept for web');
    await run('site', { location: 'dc1:4', capacityGroup: 'web' });
    expect(await running('site')).to.equal(4);
    await place.client.delete(CAPACITY_GROUP, { name: 'web' });
    await clock.advance(30_000);
    expect(await running('site')).to.equal(4);
  });

  it('keep what an operator has reserved for them at Mesos, and say so', async () => {
    const { run, group, running, statusOf, place, clock } = await aCluster();
    await group('web', {});
    for (const machine of ['agent-01', 'agent-02']) {
      const labels = { [CAPACITY_GROUP_LABEL]: 'web' };
      place.machines.reserve(machine, { cpus: 3, role: 'titan', labels });
    }
    await clock.advance(35_000);
    await run('free', { location: 'dc1:8' });
    expect(await running('free')).to.equal(2);
    expect((await statusOf('free'))?.message).to.include('reserved there: 3 for web');
    await run('site', { location: 'dc1:8', capacityGroup: 'web' });
    expect(await running('site')).to.equal(6);
    const { status } = await place.client.get(CAPACITY_GROUP, { name: 'web' });
    const reserved = { cpus: 6, memoryMiB: 0, diskMiB: 0 };
    expect(status).to.deep.include({ tasks: 6, reservedAgents: 0, reserved });
  });

  it('start a gang whole or not at all', async () => {
    const { run, running, statusOf, scale } = await aCluster();
    await run('rest', { location: 'dc1:4' });
    await run('gang', { location: 'dc1:5', gang: {} });
    expect([await running('rest'), await running('gang')]).to.deep.equal([4, 0]);
    expect((await statusOf('gang'))?.message).to.include('start together with it');
    await scale('rest', 3);
    expect(await running('gang')).to.equal(5);
  });

  it('put the higher priority first, whoever came first', async () => {
    const { run, running, scale } = await aCluster();
    await run('first', { location: 'dc1:8' });
    await run('low', { location: 'dc1:2' });
    await run('high', { location: 'dc1:2', priority: 10 });
    await scale('first', 6);
    expect([await running('low'), await running('high')]).to.deep.equal([0, 2]);
  });

  it('stop what is preemptible for what has waited, tell both sides, and give the room to no other', async () => {
    const { run, group, running, place, clock } = await aCluster();
    await group('scraps', { preemptible: true });
    await group('web', { preemptAfterSeconds: 60 });
    await run('scrap', { location: 'dc1:8', capacityGroup: 'scraps' });
    expect(await running('scrap')).to.equal(8);
    await run('site', { location: 'dc1:1', cpus: 3, capacityGroup: 'web' });
    await clock.advance(30_000);
    expect([await running('scrap'), await running('site')]).to.deep.equal([8, 0]);
    await clock.advance(90_000);
    expect([await running('scrap'), await running('site')]).to.deep.equal([5, 1]);
    const { items } = await place.client.list(EVENT);
    const ofTasks = items.filter(({ involvedObject }) => involvedObject.kind === 'Task');
    const said = (reason: string) => ofTasks.filter((event) => event.reason === reason);
    expect(said('Preempting')[0]?.message).to.match(/^Tasks are stopped for it: default\/scrap-/);
    expect(said('Preempted')).to.have.length(3);
    expect(said('Preempted')[0]?.message).to.match(/^Stopped for default\/site-.*preemptible$/);
  });

  it('have their tasks placed by the scheduler of a plugin, and name one that throws; others go on', async () => {
    const schedulers: Plugin['schedulers'] = {
      Last: { choose: (_, agents) => [...agents].toSorted(byName).at(-1)?.name },
      Broken: {
        choose() {
          throw new Error('out of ideas');
        },
      },
    };
    const { run, group, running, statusOf, place } = await aCluster([], [{ schedulers }]);
    await group('last', { scheduler: 'Last' });
    await group('broken', { scheduler: 'Broken' });
    await run('stuck', { location: 'dc1:1', capacityGroup: 'broken' });
    await run('there', { location: 'dc1:5', capacityGroup: 'last' });
    await run('free', { location: 'dc1:2' });
    const agents = (await place.tasks()).map(
      ({ spec, status }) => `${spec.jobName} ${status?.agent}`,
    );
    expect(agents.filter((text) => text.startsWith('there'))).to.have.members([
      ...Array(4).fill('there agent-02'),
      'there undefined',
    ]);
    expect([await running('free'), await running('stuck')]).to.deep.equal([2, 0]);
    expect((await statusOf('stuck'))?.message).to.include('Broken failed: out of ideas');
    expect(await place.events()).to.include('PluginFailed: Broken failed: out of ideas');
    expect((await statusOf('there'))?.message).to.match(
      /4 of 5 tasks run; .*1 task waits for an agent: the scheduler Last chose agent-02, which cannot take it$/,
    );
  });

  it('take back what they lend', async () => {
    const { run, group, running, clock } = await aCluster();
    const lender = { cohort: 'c', guarantee: { cpus: 4 }, preemptAfterSeconds: 60 };
    await group('one', lender);
    await group('two', lender);
    await run('greedy', { location: 'dc1:8', capacityGroup: 'one', cpus: 1 });
    expect(await running('greedy')).to.equal(8);
    await run('owner', { location: 'dc1:2', capacityGroup: 'two', cpus: 1 });
    await clock.advance(150_000);
    expect([await running('greedy'), await running('owner')]).to.deep.equal([6, 2]);
  });
});

function byName(a: Room, b: Room): number {
  return a.name < b.name ? -1 : 1;
}
