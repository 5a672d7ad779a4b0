import { runScenario } from '../support/scenario.ts';
import { aSimPlay } from '../support/sim-scenario.ts';

/** A job's life on a virtual clock: each scenario is a text that people can read. */
describe("a job's life, simulated", () => {
  const scenarios = [
    ...['kinds-of-work', 'groups', 'budgets', 'restart', 'health', 'partition', 'rollouts'],
    'locations',
  ];
  for (const name of scenarios) {
    it(`goes as test/scenario/life/${name}.txt says`, async () => {
      const play = await aSimPlay(name === 'locations' ? ['dc1', 'dc2', 'dc5'] : ['dc1']);
      try {
        await runScenario({
          file: `test/scenario/life/${name}.txt`,
          record: process.env.RECORD === '1',
          normalise: (text) => text,
          run: play.run,
        });
      } finally {
        play.end();
      }
    });
  }
});
