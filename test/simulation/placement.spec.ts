import { expect } from 'chai';
import { AGENT, JOB, type Job } from '../../src/api/kinds.gen.ts';
import { aSimWorld, type Place, type WorldOptions } from './world.ts';

const ZONES = ['a', 'b', 'c'];

async function aCluster(options: WorldOptions = { agents: 6, cpus: 4, zones: ZONES }) {
  const world = await aSimWorld(options);
  const [place] = world.places as readonly [Place];

  async function run(spec: Partial<Job['spec']>, name: string): Promise<void> {
    await world.wait(place.apply(spec, name));
    await world.clock.advance(8_000);
  }

  /** The agents of the job's tasks, in the order of their slots; `-` for one that has none. */
  async function agentsOf(job: string): Promise<readonly string[]> {
    const tasks = (await place.tasks()).filter(({ spec }) => spec.jobName === job);
    return tasks
      .toSorted((a, b) => Number(a.spec.slot) - Number(b.spec.slot))
      .map(({ status }) => status?.agent ?? '-');
  }

  /** How many tasks of the job each zone has; agent-01 lies in the first, agent-04 too. */
  async function zonesOf(job: string): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const agent of await agentsOf(job)) {
      const zone = ZONES[(Number(agent.slice(-2)) - 1) % ZONES.length] ?? '-';
      counts[zone] = (counts[zone] ?? 0) + 1;
    }
    return counts;
  }

  return { ...world, place, run, agentsOf, zonesOf };
}

describe('placement in a fault domain', () => {
  it('keeps the constraints of jobs', async () => {
    const { run, agentsOf, zonesOf } = await aCluster();
    await run(
      { location: 'dc1:7', constraints: [{ rule: 'Balanced', attribute: 'zone' }] },
      'even',
    );
    expect(Object.values(await zonesOf('even')).toSorted()).to.deep.equal([2, 2, 3]);
    const inB = { rule: 'In', attribute: 'zone', values: ['b'] };
    await run({ location: 'dc1:2', constraints: [inB, { rule: 'Unique' }] }, 'db');
    expect((await agentsOf('db')).toSorted()).to.deep.equal(['agent-02', 'agent-05']);
    await run(
      { location: 'dc1:1', constraints: [{ rule: 'AwayFromJob', attribute: 'zone', job: 'db' }] },
      'far',
    );
    expect(await zonesOf('far')).to.not.have.property('b');
    await run(
      {
        location: 'dc1:1',
        constraints: [
          { rule: 'WithJob', job: 'db' },
          { rule: 'Matches', attribute: 'host', values: ['.*5'] },
        ],
      },
      'near',
    );
    expect(await agentsOf('near')).to.deep.equal(['agent-05']);
  });

  it('keeps the offers that a pass counts on, however long the store takes for the bindings', async () => {
    const writeMs = (json: string) => (json.includes('"phase":"Staging"') ? 30_000 : 0);
    const { place, run, clock, agentsOf } = await aCluster({ agents: 12, cpus: 4, writeMs });
    await run({ location: 'dc1:1', cpus: 5 }, 'unplaced');
    await clock.advance(24_500);
    await run({ location: 'dc1:24' }, 'web');
    await clock.advance(60_000);
    expect((await place.tasks()).map(({ spec }) => spec.attempt)).to.not.include(1);
    expect(await agentsOf('web')).to.have.length(24);
    expect(place.running()).to.have.length(24);
  });

  it('forgets tasks that have ended', async () => {
    const { place, run, wait, clock, agentsOf } = await aCluster();
    const unique = { location: 'dc1:6', constraints: [{ rule: 'Unique' }] };
    await run(unique, 'each');
    expect(new Set(await agentsOf('each')).size).to.equal(6);
    const job = await place.client.get(JOB, { namespace: 'default', name: 'each' });
    await wait(place.client.update(JOB, { ...job, spec: { ...job.spec, version: '2' } }));
    await clock.advance(120_000);
    const { status } = await place.client.get(JOB, { namespace: 'default', name: 'each' });
    expect(status?.domains?.[0]).to.include({ running: 6, updated: 6 });
  });

  it('packs when told so, and spreads a job unless told', async () => {
    const { run, agentsOf } = await aCluster();
    await run(
      { location: 'dc1:4', placement: { fitness: [{ name: 'PackAll', weight: 1 }] } },
      'packed',
    );
    expect(new Set(await agentsOf('packed')).size).to.equal(1);
    await run({ location: 'dc1:5' }, 'usual');
    expect(new Set(await agentsOf('usual')).size).to.equal(5);
  });

  it('gives shares of named resource sets: a slot has one value until it is empty', async () => {
    const attributes = { 'ResourceSet-eni-2-2': 'yes' };
    const { run, place, wait, clock } = await aCluster({ agents: 1, cpus: 16, attributes });
    const shares = (value: string) => ({ resourceSets: [{ set: 'eni', value, count: 1 }] });
    await run({ location: 'dc1:3', ...shares('red') }, 'red');
    place.crash();
    place.begin();
    await clock.advance(8_000);
    await run({ location: 'dc1:1', ...shares('blue') }, 'blue');
    const given = (await place.tasks()).map(({ spec, status }) => {
      const [share] = status?.resourceSets ?? [];
      return `${spec.jobName} ${share ? `${share.value} in ${share.slot}` : status?.message}`;
    });
    expect(given.filter((text) => text.startsWith('red'))).to.deep.equal([
      'red red in 0',
      'red red in 0',
      'red red in 1',
    ]);
    expect(given.join()).to.match(/blue the only agent .*no slot of eni has room for blue/);
    await wait(place.client.delete(JOB, { namespace: 'default', name: 'red' }));
    await clock.advance(60_000);
    const last = (await place.tasks()).map(({ status }) => status?.resourceSets);
    expect(last).to.deep.equal([[{ set: 'eni', value: 'blue', count: 1, slot: 0 }]]);
  });

  it('learns how long tasks of a batch job run, and tells what waits when they will have ended', async () => {
    const { run, place, clock } = await aCluster({ agents: 1, cpus: 2 });
    const [machine] = place.machines.machines;
    const endOne = async () => {
      machine?.endTask(machine.taskIds()[0] ?? '', { how: 'exited', code: 0 });
      await clock.advance(5_000);
    };
    await run({ location: 'dc1:3', restartOnSuccess: false }, 'sums');
    await clock.advance(300_000);
    await endOne();
    const job = await place.client.get(JOB, { namespace: 'default', name: 'sums' });
    expect(job.status?.domains?.[0]?.typicalSeconds).to.be.within(300, 320);
    await run({ location: 'dc1:1' }, 'late');
    const late = await place.client.get(JOB, { namespace: 'default', name: 'late' });
    expect(late.status?.message).to.match(
      /It could go to agent-01 at \d{4}-\S+, when tasks there will have ended/,
    );
  });

  it('gives values of ranges and items of sets, each to one task, and gives them back', async () => {
    const { run, place, wait, clock } = await aCluster({
      agents: 1,
      cpus: 16,
      items: {
        licence: { type: 'set', items: ['a', 'b'] },
        vlan: { type: 'ranges', ranges: [{ begin: 10, end: 14 }] },
      },
    });
    const extraItems = { licence: 1, vlan: 2 };
    await run({ location: 'dc1:1', extraItems }, 'first');
    place.crash();
    place.begin();
    await clock.advance(8_000);
    await run({ location: 'dc1:2', extraItems }, 'second');
    const told = async () =>
      (await place.tasks()).map(({ spec, status }) => {
        const items = status?.extraItems?.map(({ items, numbers }) => (items ?? numbers)?.join());
        return `${spec.jobName} ${status?.phase} ${items?.toSorted().join(' ') ?? status?.message}`;
      });
    const [first, second, third] = (await told()).toSorted();
    expect([first, third]).to.deep.equal(['first Running 10,11 a', 'second Running 12,13 b']);
    expect(second).to.match(
      /1 has less than 1 items of licence free \(the most is 0 on agent-01\)/,
    );
    const [agent] = (await place.client.list(AGENT)).items;
    expect(agent?.status?.capacity?.items).to.deep.equal({ licence: 2, vlan: 5 });
    await wait(place.client.delete(JOB, { namespace: 'default', name: 'first' }));
    await clock.advance(60_000);
    expect((await told()).toSorted()).to.deep.equal([
      'second Running 10,11 a',
      'second Running 12,13 b',
    ]);
  });

  it('says on task and job why a task waits and what would help, and places it once that is done', async () => {
    const { place, run, wait, clock, agentsOf } = await aCluster();
    await run(
      { location: 'dc1:3', cpus: 5, constraints: [{ rule: 'Exists', attribute: 'zone' }] },
      'big',
    );
    const [task] = await place.tasks();
    expect(task?.status).to.include({ phase: 'Pending', reason: 'Unschedulable' });
    expect(task?.status?.message).to.equal(
      'none of 6 agents can take it: 6 have less than 5 cpus free (the most is 4 on agent-01). ' +
        'It could go to agent-01 if it asked for 4 cpus',
    );
    const [scheduled] = task?.status?.conditions ?? [];
    const { reason, message } = task?.status ?? {};
    expect(scheduled).to.include({ type: 'Scheduled', status: 'False', reason, message });
    const { status } = await place.client.get(JOB, { namespace: 'default', name: 'big' });
    expect(status?.message).to.include('3 tasks wait for an agent: none of 6 agents can take it');
    const agents = (await place.client.list(AGENT)).items;
    for (const agent of agents) {
      await wait(place.client.update(AGENT, { ...agent, spec: { unschedulable: true } }));
    }
    await run({ location: 'dc1:1' }, 'closed');
    expect(await agentsOf('closed')).to.deep.equal(['-']);
    const [first] = (await place.client.list(AGENT)).items;
    if (first === undefined) throw new Error('there is no agent');
    await wait(place.client.update(AGENT, { ...first, spec: { unschedulable: false } }));
    await clock.advance(5_000);
    expect(await agentsOf('closed')).to.deep.equal([first.metadata.name]);
    const placed = (await place.tasks()).find(({ spec }) => spec.jobName === 'closed');
    expect(placed?.status?.conditions).to.have.length(1);
    expect(placed?.status?.conditions?.[0]).to.include({
      status: 'True',
      reason: 'Placed',
      message: `it was given the agent ${first.metadata.name}`,
    });
  });
});
