import { expect } from 'chai';
import { firstSeed } from './first-seed.ts';
import { PLANTED } from './life/planted.ts';
import { playLife } from './life/play.ts';
import { playInProcesses } from './processes.ts';

/** In each of two processes, one for each processor of the smallest machine. */
const LIVES = Number(process.env.SIMULATION_LIVES ?? 50);
/** Lives that have shown what was wrong: docs/reliability.md says what. */
const FOUND = [230372, 230905, 232284, 253768, 253906];
/** Lives in which a bug that is planted must be found. */
const LIVES_MAX = 30;

describe('the life of a job', () => {
  const first = firstSeed();

  it(`keeps its promises: seeds ${first} to ${first + 2 * LIVES - 1}`, async () => {
    await playInProcesses({ from: first, count: LIVES, options: ['--life'] });
  }).timeout(600_000);

  it('keeps those that it once did not', async () => {
    const broken: string[] = [];
    for (const seed of FOUND) broken.push((await playLife({ seed, tail: 0 })).broken ?? '');
    expect(broken).to.deep.equal(FOUND.map(() => ''));
  }).timeout(60_000);

  it('goes the same way from the same seed, and another from another', async () => {
    const hashOf = async (seed: number) => (await playLife({ seed, tail: 0 })).hash;
    const [once, again, other] = [
      await hashOf(first),
      await hashOf(first),
      await hashOf(first + 1),
    ];
    expect([again, other === once]).to.deep.equal([once, false]);
  }).timeout(60_000);

  for (const [name, { plant, shows }] of Object.entries(PLANTED)) {
    it(`is seen to break one where ${name}`, async () => {
      let broken: string | undefined;
      for (let seed = 1; seed <= LIVES_MAX && broken === undefined; seed += 1) {
        broken = (await playLife({ seed, plant, tail: 0 })).broken;
      }
      expect(broken).to.match(shows);
    }).timeout(120_000);
  }
});
