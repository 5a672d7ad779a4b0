import { expect } from 'chai';
import { EVENT } from '../../src/api/builtin.ts';
import { TASK } from '../../src/api/kinds.gen.ts';
import { keyOf } from '../../src/api/object.ts';
import { restorableStore } from '../../src/sim/restorable-store.ts';
import { aSimWorld, type Place } from './world.ts';

describe('a store that is set back', () => {
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
