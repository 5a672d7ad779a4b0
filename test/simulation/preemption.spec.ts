import { expect } from 'chai';
import { apiVersionOf } from '../../src/api/kind.ts';
import { CAPACITY_GROUP, type CapacityGroup } from '../../src/api/kinds.gen.ts';
import type { Fate } from '../../src/sim/mortal.ts';
import { aSimWorld, type Place } from './world.ts';

/** A leader dies at the effect, once three tasks are about to be stopped for one; the next comes at once. */
async function played(effect: RegExp, end: ReturnType<Fate>) {
  let [armed, died] = [false, false];
  const fate: Fate = (name) => {
    if (!armed || died || !effect.test(name)) return 'lives';
    died = true;
    clock.after(1_000, () => place?.begin());
    return end;
  };
  const world = await aSimWorld({ agents: 2, cpus: 4, fate });
  const { clock, wait } = world;
  const [place] = world.places as readonly [Place];
  const group = (name: string, spec: Partial<CapacityGroup['spec']>) => {
    const { kind } = CAPACITY_GROUP;
    const draft = { apiVersion: apiVersionOf(CAPACITY_GROUP), kind, metadata: { name } };
    return wait(
      place.client.create(CAPACITY_GROUP, { ...draft, spec: spec as CapacityGroup['spec'] }),
    );
  };
  await group('scraps', { preemptible: true });
  await group('web', { preemptAfterSeconds: 60 });
  await wait(place.apply({ location: 'dc1:8', capacityGroup: 'scraps' }, 'scrap'));
  await clock.advance(8_000);
  await wait(place.apply({ location: 'dc1:1', cpus: 3, capacityGroup: 'web' }, 'site'));
  await clock.advance(50_000);
  armed = true;
  const placed = new Set<string>();
  for (let second = 0; second < 150; second += 1) {
    await clock.advance(1_000);
    for (const { spec, metadata, status } of await place.tasks()) {
      if (status?.agent !== undefined) placed.add(`${spec.jobName} ${metadata.uid}`);
    }
  }
  const running = (await place.lines()).filter((line) => line.endsWith('Running')).length;
  place.crash();
  const ofSite = [...placed].filter((each) => each.startsWith('site')).length;
  return { died, running, site: ofSite, scrap: placed.size - ofSite };
}

describe('a leader that dies while tasks are stopped for another', () => {
  const site = /put \S*\/tasks\/default\/site-/;
  const cases = [
    { name: 'before it is durable', effect: site, end: 'dies-before' },
    { name: 'when that is durable, and before any is stopped', effect: site, end: 'dies-after' },
    { name: 'when one is stopped', effect: /\/tasks\/default\/scrap-/, end: 'dies-after' },
    { name: 'when Mesos is told', effect: /^mesos KILL/, end: 'dies-after' },
    { name: 'when their agents have ended them', effect: /^mesos ACKNOWLEDGE/, end: 'dies-after' },
  ] as const;
  for (const { name, effect, end } of cases) {
    it(`has a successor that stops no more than it would have: ${name}`, async () => {
      const found = await played(effect, end);
      expect(found).to.deep.equal({ died: true, running: 6, site: 1, scrap: 8 });
    });
  }
});
