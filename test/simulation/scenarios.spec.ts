import { expect } from 'chai';
import { readSchemas } from '../../src/compose/schemas.ts';
import { SCENARIOS } from '../../src/sim/scenarios.ts';
import { type SimulationResult, simulate } from '../../src/sim/simulate.ts';
import { silenceIsALoss } from './planted.ts';

/** `SIMULATION_SEEDS=200 SIMULATION_FROM=1000` plays other seeds of each, and more. */
const SEEDS = Number(process.env.SIMULATION_SEEDS ?? 2);
const FROM = Number(process.env.SIMULATION_FROM ?? 1);
const STORM_MS = 150_000;
const crds = readSchemas();

function story({ seed, violation, tail }: SimulationResult): string {
  return `seed ${seed}: ${violation?.invariant} ${violation?.text}\n${tail.join('\n')}`;
}

describe('a fault domain keeps its promises when', () => {
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    it(`${name}, seeds ${FROM} to ${FROM + SEEDS - 1}`, async () => {
      for (let seed = FROM; seed < FROM + SEEDS; seed += 1) {
        const result = await simulate({ seed, crds, scenario, stormMs: STORM_MS });
        if (result.violation !== undefined) expect.fail(story(result));
      }
    }).timeout(SEEDS * 30_000);
  }
});

describe('a bug that is planted is found:', () => {
  it('no answer after a minute counts as a loss', async () => {
    const late = SCENARIOS['launches are never confirmed, or late'];
    const once = { restartOnSuccess: false };
    const scenario = {
      ...late,
      rates: { ...late.rates, breaksAt: { launch: 0.4 } },
      jobs: { one: once, two: once, three: once },
      replicasMax: 12,
    };
    const found: string[] = [];
    for (let seed = 1; seed <= 30 && found.length === 0; seed += 1) {
      const { violation } = await simulate({
        seed,
        crds,
        scenario,
        stormMs: STORM_MS,
        plant: silenceIsALoss,
      });
      if (violation !== undefined) found.push(violation.invariant);
    }
    expect(found).to.have.length(1);
    expect(found[0]).to.be.oneOf(['I1', 'I3']);
  }).timeout(120_000);
});
