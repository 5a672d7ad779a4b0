import { expect } from 'chai';
import { firstSeed } from './first-seed.ts';
import { playInProcess } from './processes.ts';

/** In each half. */
const SEEDS = Number(process.env.SIMULATION_SEEDS ?? 1_000);
/** One of so many is played twice. */
const REPLAYED = 10;

/**
 * The test of one half of the seeds. Each is a file of its own, so that mocha runs both at once, on the two
 * processors of the smallest machine, and nothing else beside them.
 */
export function seedsKeepPromises(half: 0 | 1): void {
  const from = firstSeed() + half * SEEDS;
  const last = from + SEEDS - 1;

  it(`keeps its promises, and does the same again: seeds ${from} to ${last}`, async () => {
    const options = ['--small', '--replay', `${REPLAYED}`];
    const output = await playInProcess({ from, count: SEEDS, options });
    const replays = Math.floor(last / REPLAYED) - Math.floor((from - 1) / REPLAYED);
    expect(output).to.include(`${replays} of ${replays} did the same`);
  }).timeout(1_200_000);
}
