import { expect } from 'chai';
import { STORM } from '../../../src/sim/scenarios.ts';
import { describeRun, type Playable, shrink } from '../../../src/sim/shrink.ts';
import type { SimulationResult } from '../../../src/sim/simulate.ts';

/** Breaks after 7 s, wherever tasks end by themselves and updates come twice. */
async function play({ seed, stormMs = 0, scenario }: Playable): Promise<SimulationResult> {
  const { strikes, rates, machines } = scenario;
  const breaks = (strikes['task-ends'] ?? 0) > 0 && (rates.repeat ?? 0) > 0 && machines > 1;
  const violation =
    breaks && stormMs >= 7_000 ? { invariant: 'I1' as const, text: 'two' } : undefined;
  const nothing = { hash: '', steps: 1, lives: 1, tally: new Map(), tail: [] };
  return { seed, violation, simulatedMs: 7_000, ...nothing };
}

describe('shrink', () => {
  it('leaves out what the broken promise does not need', async () => {
    const { run, result } = await shrink({ seed: 4, stormMs: 600_000, scenario: STORM }, play);
    expect(result.violation?.invariant).to.equal('I1');
    expect(describeRun(run)).to.equal(
      'seed 4, storm of 7 s, 2 machines, jobs batch of at most 2; strikes: task-ends; faults: repeat',
    );
  });
});
