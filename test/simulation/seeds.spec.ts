import { expect } from 'chai';
import { readSchemas } from '../../src/compose/schemas.ts';
import { simulate } from '../../src/sim/simulate.ts';
import { firstSeed } from './first-seed.ts';
import { playInProcesses } from './processes.ts';

/** In each of two processes, one for each processor of the smallest machine. */
const SEEDS = Number(process.env.SIMULATION_SEEDS ?? 150);

describe('a fault domain in storms', () => {
  const first = firstSeed();

  it(`keeps its promises: seeds ${first} to ${first + 2 * SEEDS - 1}`, async () => {
    await playInProcesses({ from: first, count: SEEDS, options: ['--small'] });
  }).timeout(600_000);

  it('plays the same for the same seed, and another for another', async () => {
    const crds = readSchemas();
    const short = { crds, checkers: new Map(), stormMs: 60_000 };
    const first = await simulate({ ...short, seed: 7 });
    const again = await simulate({ ...short, seed: 7 });
    const other = await simulate({ ...short, seed: 8 });
    expect(again.hash).to.equal(first.hash);
    expect(other.hash).to.not.equal(first.hash);
    expect(first.lives).to.be.greaterThan(0);
  }).timeout(60_000);
});
