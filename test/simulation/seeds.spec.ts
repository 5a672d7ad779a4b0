import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { readSchemas } from '../../src/compose/schemas.ts';
import { simulate } from '../../src/sim/simulate.ts';
import { freshSeed } from './fresh.ts';

/** In each of two processes, one for each processor of the smallest machine. */
const SEEDS = Number(process.env.SIMULATION_SEEDS ?? 300);

interface Ended {
  readonly code: number;
  readonly output: string;
}

async function play(from: number): Promise<Ended> {
  const given = ['test/simulation/main.ts', '--small', '--seeds', `${SEEDS}`, '--from', `${from}`];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, given, { maxBuffer: 2 ** 26 });
    return { code: 0, output: stdout };
  } catch (thrown) {
    const { code, stdout, stderr } = thrown as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

describe('a fault domain in storms', () => {
  const first = freshSeed();

  it(`keeps its promises: seeds ${first} to ${first + 2 * SEEDS - 1}`, async () => {
    const ended = await Promise.all([play(first), play(first + SEEDS)]);
    for (const { code, output } of ended) if (code !== 0) expect.fail(output);
    for (const { output } of ended) expect(output).to.match(/✓ \d+ seeds/);
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
