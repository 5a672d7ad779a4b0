import { expect } from 'chai';
import { EVENT } from '../../src/api/builtin.ts';
import { JOB, type Job, TASK } from '../../src/api/kinds.gen.ts';
import { keyOf } from '../../src/api/object.ts';
import { restorableStore } from '../../src/sim/restorable-store.ts';
import { playInProcess } from './processes.ts';
import { aSimWorld, type Place } from './world.ts';

/** How long what runs unknown is left alone. */
const GRACE_MS = 300_000;

async function edit({ client }: Place, spec: Partial<Job['spec']>): Promise<void> {
  const job = await client.get(JOB, { namespace: 'default', name: 'web' });
  await client.update(JOB, { ...job, spec: { ...job.spec, ...spec } });
}

/** A world in which one task runs, of version 1, at whose moment the store had a job that wants none. */
async function whereOneRunsUnknown() {
  let store: ReturnType<typeof restorableStore> | undefined;
  const world = await aSimWorld({
    openStore: (clock) => {
      store = restorableStore(clock, () => undefined);
      return store;
    },
  });
  const [place] = world.places as readonly [Place];
  const { clock } = world;
  await world.wait(place.apply({ location: 'dc1:0' }));
  await clock.advance(10_000);
  const snapshot = store?.snapshot();
  await world.wait(edit(place, { location: 'dc1:1' }));
  await clock.advance(10_000);
  const running = place.running();
  if (snapshot === undefined) throw new Error('there is no store');
  store?.restore(snapshot);
  await clock.advance(10_000);
  expect(await place.tasks()).to.deep.equal([]);
  expect(place.running()).to.deep.equal(running).and.to.have.length(1);
  return { ...world, place, running };
}

/** How many seeds of the weather are played. */
const SEEDS = 100;

describe('a store that is set back', () => {
  it(`keeps the promises of its fault domain: seeds 1 to ${SEEDS}`, async () => {
    const options = ['--small', '--weather', 'set back'];
    await playInProcess({ from: 1, count: SEEDS, options });
  }).timeout(600_000);

  it('knows what runs again once it is wanted', async () => {
    const { wait, clock, place, running } = await whereOneRunsUnknown();
    await wait(edit(place, { location: 'dc1:1' }));
    await clock.advance(10_000);
    expect(place.running()).to.deep.equal(running);
    const [task] = await place.tasks();
    expect(task?.status).to.include({ phase: 'Running', mesosTaskId: running[0] });
  });

  it('starts nothing beside what runs unknown in its instance, until that is stopped', async () => {
    const { wait, clock, place, running } = await whereOneRunsUnknown();
    await wait(edit(place, { location: 'dc1:1', version: '2' }));
    await clock.advance(10_000);
    expect(place.running()).to.deep.equal(running);
    const [waiting] = await place.tasks();
    expect(waiting?.status).to.include({ phase: 'Pending', reason: 'StrayRuns' });
    expect(waiting?.status?.message).to.include(`${running[0]} runs in its instance`);
    await clock.advance(GRACE_MS);
    await clock.runUntil(() => place.running().some((id) => id !== running[0]), 60_000);
    expect(place.running()).to.have.length(1);
    const [started] = await place.tasks();
    expect(started?.status).to.include({ phase: 'Running', mesosTaskId: place.running()[0] });
  });

  it('is noticed by the leader, and the next one asks Mesos before it makes anything', async () => {
    let before: ReturnType<typeof restorableStore> | undefined;
    const world = await aSimWorld({
      openStore: (clock) => {
        before = restorableStore(clock, () => undefined);
        return before;
      },
    });
    const [place] = world.places as readonly [Place];
    const { clock } = world;
    await world.wait(place.apply({ location: 'dc1:2' }));
    await clock.advance(10_000);
    const snapshot = before?.snapshot();
    const [first] = await place.tasks();
    if (snapshot === undefined || first === undefined) throw new Error('nothing runs');
    await world.wait(place.client.delete(TASK, keyOf(first)));
    await clock.advance(20_000);
    const running = place.running().toSorted();
    const effects = place.effects.length;
    before?.restore(snapshot);
    await clock.advance(30_000);
    expect(place.running().toSorted(), 'what runs is adopted').to.deep.equal(running);
    const since = place.effects.slice(effects).filter((text) => text.startsWith('mesos'));
    expect(since.slice(0, 2)).to.deep.equal(['mesos SUBSCRIBE', 'mesos RECONCILE']);
    expect(since.filter((text) => text === 'mesos ACCEPT')).to.deep.equal([]);
    const { items } = await place.client.list(EVENT);
    expect(items.map(({ reason }) => reason)).to.include('StoreSetBack');
    expect(await place.lines()).to.have.length(2);
  });
});
