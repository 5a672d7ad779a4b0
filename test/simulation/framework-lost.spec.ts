import { expect } from 'chai';
import { CONFIG_MAP } from '../../src/api/builtin.ts';
import { FAULT_DOMAIN } from '../../src/api/kinds.gen.ts';
import { aSimWorld, type Place } from './world.ts';

const FRAMEWORK = { namespace: 'kube-system', name: 'titan-framework' };

describe('a framework that was torn down', () => {
  async function aTornDomain() {
    const world = await aSimWorld();
    const [place] = world.places as readonly [Place];
    await world.wait(place.apply({ location: 'dc1:3' }));
    await world.clock.advance(10_000);
    const id = (await place.client.get(CONFIG_MAP, FRAMEWORK)).data?.id;
    const effects = place.effects.length;
    place.machines.tearDown();
    await world.clock.advance(120_000);
    const since = () => place.effects.slice(effects).filter((text) => text.startsWith('mesos'));
    return { ...world, place, id, since };
  }

  it('is not taken up under a new id while tasks are known, not even by the next life', async () => {
    const { place, clock, id, since } = await aTornDomain();
    place.begin();
    await clock.advance(120_000);
    expect(since().filter((text) => !text.endsWith('SUBSCRIBE'))).to.deep.equal([]);
    expect(place.machines.frameworkIds()).to.deep.equal([]);
    expect((await place.client.get(CONFIG_MAP, FRAMEWORK)).data?.id).to.equal(id);
    expect(await place.lines()).to.have.length(3);
    const { status } = await place.client.get(FAULT_DOMAIN, { name: 'dc1' });
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    expect(ready?.status).to.equal('False');
    expect(`${ready?.reason} ${ready?.message}`).to.match(/removed/i);
  });

  it('gives way to a new one when a person says so, and every instance runs once more', async () => {
    const { place, clock, wait, id } = await aTornDomain();
    await wait(place.client.delete(CONFIG_MAP, FRAMEWORK));
    place.begin();
    await clock.advance(900_000);
    expect((await place.client.get(CONFIG_MAP, FRAMEWORK)).data?.id).to.not.equal(id);
    expect(place.running()).to.have.length(3);
    expect((await place.lines()).map((line) => line.replace(/#\d+/, ''))).to.deep.equal([
      '0 Running',
      '1 Running',
      '2 Running',
    ]);
  });
});
