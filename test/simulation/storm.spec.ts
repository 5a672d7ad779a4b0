import { expect } from 'chai';
import { readSchemas } from '../../src/compose/schemas.ts';
import { type SimulationResult, simulate } from '../../src/sim/simulate.ts';

/** `SIMULATION_SEEDS=200 SIMULATION_FROM=1000` plays other seeds, and more. */
const SEEDS = Number(process.env.SIMULATION_SEEDS ?? 12);
const FROM = Number(process.env.SIMULATION_FROM ?? 1);
const SHORT_STORM_MS = 240_000;

function story({ seed, violation, tail }: SimulationResult): string {
  return `seed ${seed}: ${violation?.invariant} ${violation?.text}\n${tail.join('\n')}`;
}

describe('a fault domain in a storm', () => {
  const crds = readSchemas();

  for (let seed = FROM; seed < FROM + SEEDS; seed += 1) {
    it(`keeps its promises, seed ${seed}`, async () => {
      const result = await simulate({ seed, crds, stormMs: SHORT_STORM_MS });
      if (result.violation !== undefined) expect.fail(story(result));
    }).timeout(60_000);
  }

  it('plays the same for the same seed, and another for another', async () => {
    const [first, again, other] = [
      await simulate({ seed: 7, crds, stormMs: 60_000 }),
      await simulate({ seed: 7, crds, stormMs: 60_000 }),
      await simulate({ seed: 8, crds, stormMs: 60_000 }),
    ];
    expect(again.hash).to.equal(first.hash);
    expect(other.hash).to.not.equal(first.hash);
    expect(first.lives).to.be.greaterThan(0);
  }).timeout(60_000);
});
