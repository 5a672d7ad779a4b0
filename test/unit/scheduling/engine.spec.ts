import { expect } from 'chai';
import fc from 'fast-check';
import type { Given } from '../../../src/scheduling/cluster/task.ts';
import { createCatalog } from '../../../src/scheduling/place/catalog.ts';
import {
  createPlacer,
  isPlaced,
  type Placer,
  place,
} from '../../../src/scheduling/place/placer.ts';
import type { Profile } from '../../../src/scheduling/place/profile.ts';
import { anyAgents, anyProfile } from '../../support/any-cluster.ts';
import { naiveBest } from '../../support/naive-placer.ts';
import {
  aProfile,
  aSnapshot,
  aView,
  inZone,
  placeIn,
  tasksOf,
  whereIs,
} from '../../support/scheduling.ts';

function placeAsNaive(
  placer: Placer,
  profiles: readonly Profile[],
  { index, of }: { readonly index: number; readonly of: number },
): void {
  const profile = profiles[of % profiles.length] as Profile;
  const wanted = naiveBest(profile, placer.snapshot);
  const result = placer.place({ key: String(index), profile });
  expect(isPlaced(result) ? result.agent : undefined, `step ${index}`).to.equal(wanted);
}

describe('the scheduling engine', () => {
  it('chooses as an exact scan of all agents and all tasks does, as tasks come and go', () => {
    const anyStep = fc.oneof(
      { weight: 5, arbitrary: fc.record({ do: fc.constant('place' as const), of: fc.nat(3) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), of: fc.nat(30) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), of: fc.nat(6) }) },
    );
    fc.assert(
      fc.property(
        anyAgents,
        fc.array(anyProfile, { minLength: 1, maxLength: 4 }),
        fc.array(anyStep, { maxLength: 30 }),
        (views, profiles, steps) => {
          const snapshot = aSnapshot(views);
          const placer = createPlacer(snapshot);
          for (const [index, step] of steps.entries()) {
            const view = views[step.of];
            const unschedulable = index % 2 === 0;
            if (step.do === 'end') snapshot.end(String(step.of));
            else if (step.do === 'place') placeAsNaive(placer, profiles, { index, of: step.of });
            else if (view !== undefined) snapshot.putAgent({ ...view, unschedulable });
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('gives away no more than there is in any dimension, and no port, item or slot twice', () => {
    fc.assert(
      fc.property(anyAgents, fc.array(anyProfile, { maxLength: 25 }), (views, profiles) => {
        const snapshot = aSnapshot(views);
        const { placed } = placeIn(
          snapshot,
          profiles.map((profile, index) => ({ key: String(index), profile })),
        );
        for (const { key, given } of placed) expectAsked(profiles[Number(key)], given);
        for (const { name, state, capacity } of snapshot.agents.values()) {
          expect(Math.min(0, ...state.free), name).to.equal(0);
          const mine = placed.filter(({ agent }) => agent === name);
          expectOnce(mine.flatMap(({ given }) => given.ranges.ports ?? []));
          expectOnce(mine.flatMap(({ given }) => given.sets.licences ?? []));
          for (const slot of Object.values(state.slots).flat())
            expect(slot?.used ?? 0).to.be.at.most(2);
          const used = mine.reduce(
            (sum, { key }) => sum + (profiles[Number(key)]?.ask.scalars.cpus ?? 0),
            0,
          );
          const ops = capacity[snapshot.dimensions.indexOf('cpus', 'ops')] ?? 0;
          expect(used).to.be.at.most((capacity[0] ?? 0) + ops);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('gives the same answer whatever the order in which agents were told, in one run or in steps', () => {
    fc.assert(
      fc.property(anyAgents, fc.array(anyProfile, { maxLength: 20 }), (views, profiles) => {
        const queue = profiles.map((profile, index) => ({ key: String(index), profile }));
        const whole = placeIn(aSnapshot(views), queue);
        const steps = createPlacer(aSnapshot(views.toReversed()));
        const results = [...steps.run(queue)].filter(isPlaced);
        expect(results).to.deep.equal(whole.placed);
      }),
      { numRuns: 100 },
    );
  });

  it('undoes an agent that was replaced in a trial inside another', () => {
    const snapshot = aSnapshot([aView('a1')]);
    snapshot.trial(() => {
      snapshot.trial(() => snapshot.putAgent({ ...aView('a1'), unschedulable: true }));
      expect(snapshot.agents.get('a1')?.view.unschedulable).to.equal(undefined);
    });
    expect(snapshot.agents.get('a1')?.view.unschedulable).to.equal(undefined);
  });

  it('undoes a trial without a trace', () => {
    fc.assert(
      fc.property(anyAgents, fc.array(anyProfile, { maxLength: 20 }), (views, profiles) => {
        const snapshot = aSnapshot(views);
        const placer = createPlacer(snapshot);
        const queue = profiles.map((profile, index) => ({ key: String(index), profile }));
        const half = Math.floor(queue.length / 2);
        // What rules ask about tells agents apart from then on, also where a trial asked first.
        snapshot.trial(() => place(queue, placer));
        place(queue.slice(0, half), placer);
        const before = traceOf(snapshot);
        const inTrial = snapshot.trial(() => {
          snapshot.putAgent(aView('another', {}, inZone('a')));
          for (const { key } of queue.slice(0, half)) snapshot.release(key);
          return place(queue.slice(half), placer);
        });
        expect(traceOf(snapshot)).to.deep.equal(before);
        expect(inTrial.placed.length + inTrial.refused.length).to.equal(queue.length - half);
        const after = place(queue.slice(half), placer);
        const fresh = createPlacer(aSnapshot(views));
        place(queue.slice(0, half), fresh);
        expect(whereIs(after)).to.deep.equal(whereIs(place(queue.slice(half), fresh)));
      }),
      { numRuns: 100 },
    );
  });

  it('takes a gang as a whole or not at all', () => {
    const snapshot = aSnapshot([aView('a', { cpus: 4 }), aView('b', { cpus: 4 })]);
    const placer = createPlacer(snapshot);
    const big = tasksOf(aProfile({ sizes: { cpus: 3 } }), 3);
    expect(placer.placeAll(big)).to.deep.include({ placed: [] });
    expect(placer.placeAll(big).refused.map(({ key }) => key)).to.deep.equal(['2']);
    expect(snapshot.tasks.size).to.equal(0);
    expect(placer.placeAll(big.slice(0, 2)).placed).to.have.length(2);
    expect(snapshot.tasks.size).to.equal(2);
  });

  describe('a plugin', () => {
    const broken = createCatalog([
      {
        rules: {
          NoFridays: (spec) => ({
            about: 'attribute',
            name: spec.rule,
            attribute: 'zone',
            refuse() {
              throw new Error('it is Friday');
            },
          }),
        },
        fitness: {
          Broken: { score: () => Number.NaN },
          ByName: { reads: ['attributes'], score: (_task, { name }) => (name === 'b' ? 1 : 0) },
        },
      },
    ]);
    const cases: readonly { name: string; profile: Partial<Profile>; part: string }[] = [
      {
        name: 'a rule that throws',
        profile: { constraints: [{ rule: 'NoFridays' }] },
        part: 'NoFridays',
      },
      {
        name: 'a fitness that is no number',
        profile: { fitness: [{ name: 'Broken', weight: 1 }] },
        part: 'Broken',
      },
      {
        name: 'a rule that nobody has',
        profile: { constraints: [{ rule: 'Nothing' }] },
        part: 'Nothing',
      },
      {
        name: 'a fitness that nobody has',
        profile: { fitness: [{ name: 'Nothing', weight: 1 }] },
        part: 'Nothing',
      },
    ];
    for (const { name, profile, part } of cases) {
      it(`that fails refuses its task by name, and nothing else: ${name}`, () => {
        const snapshot = aSnapshot([aView('a', {}, inZone('a')), aView('b', {}, inZone('b'))]);
        const placer = createPlacer(snapshot, broken);
        const before = traceOf(snapshot);
        const result = placer.place({ key: '0', profile: aProfile(profile) });
        expect(result).to.have.nested.property('failure.name', part);
        expect(traceOf(snapshot)).to.deep.equal(before);
        expect(placer.place({ key: '1', profile: aProfile() })).to.include({ agent: 'a' });
      });
    }

    it('is asked by its name', () => {
      const placer = createPlacer(aSnapshot([aView('a'), aView('b')]), broken);
      const profile = aProfile({ fitness: [{ name: 'ByName', weight: 1 }] });
      expect(placer.place({ key: '0', profile })).to.include({ agent: 'b' });
    });
  });
});

function traceOf(snapshot: ReturnType<typeof aSnapshot>) {
  return [...snapshot.agents.values()]
    .map(({ name, state, cell }) => ({
      name,
      state,
      alike: [...cell.members].map((each) => each.name),
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function expectOnce(things: readonly unknown[]): void {
  expect(new Set(things).size).to.equal(things.length);
}

/** So many ports and items as the task asks for. */
function expectAsked(profile: Profile | undefined, { ranges, sets }: Given): void {
  const { ports = 0, licences = 0 } = profile?.ask.counts ?? {};
  expect(ranges.ports ?? []).to.have.length(ports);
  expect(sets.licences ?? []).to.have.length(licences);
}
