import { expect } from 'chai';
import { JOB } from '../../src/api/kinds.gen.ts';
import { aSimWorld, type Place, type World } from './world.ts';

const GRACE_MS = 300_000;
const ALL = ['0#0 Running', '1#0 Running', '2#0 Running'];

/** One job of three tasks, which run. */
async function aRunningJob(): Promise<{ world: World; place: Place }> {
  const world = await aSimWorld({ cpus: 4 });
  const [place] = world.places as [Place];
  await world.wait(place.apply({ location: 'dc1:3' }));
  await world.clock.advance(10_000);
  expect(await world.wait(place.lines())).to.deep.equal(ALL);
  return { world, place };
}

/** The store is set back to before the tasks were made; the control plane was not there. */
async function forget(world: World, { store }: Place, plural = 'tasks'): Promise<void> {
  const { entries } = await world.wait(store.range(`/titan/registry/titan.dev/${plural}/`));
  const write = entries.map(({ key }) => ({ do: 'delete' as const, key }));
  await world.wait(store.transact({ when: [], write }));
}

/** The control plane dies, and finds a store that knows the job, and none of its tasks. */
async function forgetAll(world: World, place: Place): Promise<void> {
  place.crash();
  await forget(world, place);
}

describe('tasks whose objects were lost', () => {
  it('are adopted by their job, and nothing is started or stopped', async () => {
    const { world, place } = await aRunningJob();
    const before = place.running();
    await forgetAll(world, place);
    place.begin();
    await world.clock.advance(20_000);
    expect(await world.wait(place.lines())).to.deep.equal(ALL);
    await world.clock.advance(2 * GRACE_MS);
    expect(place.running().toSorted()).to.deep.equal(before.toSorted());
    const told = (await world.wait(place.events())).filter((event) => event.includes('Adopted'));
    expect(told).to.have.length(3);
  });

  it('end as any other once they are adopted', async () => {
    const { world, place } = await aRunningJob();
    await forgetAll(world, place);
    place.begin();
    await world.clock.advance(20_000);
    await world.wait(place.client.delete(JOB, { namespace: 'default', name: 'web' }));
    await world.clock.advance(60_000);
    expect(place.running()).to.deep.equal([]);
    expect((await world.wait(place.tasks())).length).to.equal(0);
  });

  it('are adopted once for each instance; another is stopped after the grace, and an event says so', async () => {
    const { world, place } = await aRunningJob();
    const [machine] = place.machines.machines;
    machine?.cutOff();
    await world.clock.advance(120_000);
    await forgetAll(world, place);
    place.begin();
    await world.clock.advance(20_000);
    const twins = place.running();
    await forgetAll(world, place);
    machine?.reconnect();
    place.begin();
    await world.clock.advance(GRACE_MS / 2);
    expect(place.running().toSorted()).to.deep.equal(twins.toSorted());
    expect(await world.wait(place.lines())).to.deep.equal(ALL);
    await world.clock.advance(2 * GRACE_MS);
    expect(twins).to.have.length(4);
    expect(place.running()).to.have.length(3);
    expect(await world.wait(place.lines())).to.deep.equal(ALL);
    const strays = (await world.wait(place.events())).filter((event) => event.includes('Stray'));
    expect(strays.join()).to.match(
      /Titan does not know it, and another task holds instance \d of its job/,
    );
  });

  it('are stopped after the grace where their job is gone', async () => {
    const { world, place } = await aRunningJob();
    await forgetAll(world, place);
    await forget(world, place, 'jobs');
    place.begin();
    await world.clock.advance(GRACE_MS / 2);
    expect(place.running()).to.have.length(3);
    await world.clock.advance(2 * GRACE_MS);
    expect(place.running()).to.deep.equal([]);
  });
});
