import { expect } from 'chai';
import type { AgentView } from '../../../src/scheduling/cluster/agent.ts';
import { STEP_AGENTS } from '../../../src/scheduling/cluster/steps.ts';
import { createCatalog } from '../../../src/scheduling/place/catalog.ts';
import { createPlacer } from '../../../src/scheduling/place/placer.ts';
import { aProfile, aSnapshot, aView } from '../../support/scheduling.ts';

const AGENTS = 3_000;

/** Agents with an attribute that counts how often it is read, and of which a fitness does so too. */
function aWorld(modelOf: (index: number) => string) {
  const counter = { work: 0 };
  function view(index: number): AgentView {
    const attributes = {
      get model() {
        counter.work += 1;
        return modelOf(index);
      },
    };
    return aView(`agent-${index}`, {}, { attributes });
  }
  const snapshot = aSnapshot(Array.from({ length: AGENTS }, (_, index) => view(index)));
  const fitness = {
    ByModel: {
      reads: ['attributes' as const],
      score: (_: unknown, { attributes }: { attributes: Readonly<Record<string, string>> }) =>
        Number(attributes.model) / AGENTS,
    },
  };
  return { counter, placer: createPlacer(snapshot, createCatalog([{ fitness }])), snapshot };
}

describe('what is worked out before a class is placed', () => {
  const wanted = [{ rule: 'Equals', attribute: 'model', values: ['7'] }];
  const byModel = [{ name: 'ByModel', weight: 1 }];
  const cases = [
    {
      name: 'agents told apart by a new attribute',
      modelOf: (index: number) => `${index % 10}`,
      profile: aProfile({ constraints: wanted }),
      agent: 'agent-1007',
    },
    {
      name: 'an attribute with too many values for that',
      modelOf: (index: number) => `${index}`,
      profile: aProfile({ constraints: wanted }),
      agent: 'agent-7',
    },
    {
      name: 'a fitness that reads attributes',
      modelOf: (index: number) => `${index}`,
      profile: aProfile({ fitness: byModel }),
      agent: `agent-${AGENTS - 1}`,
    },
  ];
  for (const { name, modelOf, profile, agent } of cases) {
    it(`comes in short steps, and once: ${name}`, () => {
      const { counter, placer } = aWorld(modelOf);
      const steps: number[] = [];
      counter.work = 0;
      for (const _ of placer.prepare(profile) ?? []) {
        steps.push(counter.work);
        counter.work = 0;
      }
      expect(steps.length).to.be.at.least(Math.floor(AGENTS / STEP_AGENTS));
      expect(placer.place({ key: '0', profile })).to.include({ agent });
      expect(placer.place({ key: '1', profile })).to.have.property('agent');
      expect(counter.work).to.be.below(2 * STEP_AGENTS);
      const [first = 0, ...others] = steps;
      expect(first, 'beside a count of values').to.be.below(AGENTS + 3 * STEP_AGENTS);
      expect(Math.max(...others)).to.be.at.most(3 * STEP_AGENTS);
    });
  }

  it('is the same when agents come, go and change between its steps', () => {
    for (const profile of [aProfile({ constraints: wanted }), aProfile({ fitness: byModel })]) {
      const { placer, snapshot } = aWorld((index) => `${index % 10}`);
      const steps = placer.prepare(profile);
      steps?.next();
      snapshot.removeAgent('agent-1007');
      steps?.next();
      snapshot.bind({ key: 'held', job: 'default/other', ask: { scalars: {} } }, 'agent-1017');
      snapshot.putAgent(aView('agent-0', {}, { attributes: { model: '7' } }));
      expect([...(steps ?? [])]).to.have.length.above(0);
      const fresh = createPlacer(snapshot, placer.catalog);
      const expected = snapshot.trial(() => fresh.place({ key: '0', profile }));
      expect(placer.place({ key: '0', profile })).to.deep.equal(expected);
    }
  });
});
