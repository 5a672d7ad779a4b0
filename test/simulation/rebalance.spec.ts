import { expect } from 'chai';
import { FAULT_DOMAIN, type FaultDomain, type Job } from '../../src/api/kinds.gen.ts';
import { isMoving, phaseOf } from '../../src/api/task.ts';
import { aSimWorld, type Place } from './world.ts';

const MINUTE_MS = 60_000;

/** Eight agents in four zones, and a job that lies evenly over them. */
async function aSpreadJob() {
  const world = await aSimWorld({ agents: 8, zones: ['a', 'b', 'c', 'd'] });
  const [place] = world.places as readonly [Place];
  const { clock, wait } = world;
  const { machines } = place.machines;
  const constraints: Job['spec']['constraints'] = [{ rule: 'Balanced', attribute: 'zone' }];
  await wait(place.apply({ location: 'dc1:8', constraints }));
  await clock.advance(15_000);

  const inZone = (at: number) => machines.filter((_, index) => index % 4 === at);
  const counts = () =>
    [0, 1, 2, 3].map((at) => inZone(at).reduce((sum, each) => sum + each.taskIds().length, 0));

  async function setRebalance(rebalance: FaultDomain['spec']['rebalance'] = {}): Promise<void> {
    const domain = await place.client.get(FAULT_DOMAIN, { name: 'dc1' });
    await wait(
      place.client.update(FAULT_DOMAIN, { ...domain, spec: { ...domain.spec, rebalance } }),
    );
  }

  async function loseAndFind(at: number): Promise<void> {
    for (const machine of inZone(at)) machine.crash();
    await clock.advance(15 * MINUTE_MS);
    expect(counts()[at]).to.equal(0);
    expect(place.running()).to.have.length(8);
    for (const machine of inZone(at)) machine.reconnect();
  }

  async function moving(): Promise<number> {
    return (await place.tasks()).filter((task) => isMoving(task) && phaseOf(task) === 'Running')
      .length;
  }

  return { ...world, place, counts, setRebalance, loseAndFind, moving };
}

describe('a zone that is lost and returns', () => {
  it('gets its tasks back, a few at a time, none stopped before its follower runs; then nothing moves', async () => {
    const { place, clock, counts, loseAndFind, moving } = await aSpreadJob();
    expect(counts()).to.deep.equal([2, 2, 2, 2]);
    await loseAndFind(2);
    let [fewest, most] = [99, 0];
    const isEven = await clock.runUntil(() => {
      const running = place.running().length;
      [fewest, most] = [Math.min(fewest, running), Math.max(most, running)];
      return counts().every((count) => count === 2);
    }, 10 * MINUTE_MS);
    expect(isEven).to.equal(true);
    expect([fewest, most <= 10]).to.deep.equal([8, true]);
    await clock.advance(MINUTE_MS);
    expect(await moving()).to.equal(0);
    const said = (await place.events()).filter((event) => event.startsWith('Rebalancing'));
    expect(said[0]).to.match(
      /moves from agent-\d+ to agent-0[37]: the deviation of its job's spread falls from/,
    );
    const before = place.running();
    await clock.advance(10 * MINUTE_MS);
    expect(place.running()).to.deep.equal(before);
  });

  it('does not get them back where that is switched off', async () => {
    const { clock, counts, setRebalance, loseAndFind } = await aSpreadJob();
    await setRebalance({ movesPerMinute: 0 });
    await loseAndFind(2);
    await clock.advance(5 * MINUTE_MS);
    expect(counts()[2]).to.equal(0);
  });
});
