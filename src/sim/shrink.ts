import type { FaultRates } from './faults.ts';
import type { Scenario, Strike } from './scenarios.ts';
import type { SimulationOptions, SimulationResult } from './simulate.ts';

export type Playable = Pick<SimulationOptions, 'seed' | 'stormMs'> & {
  readonly scenario: Scenario;
};

/**
 * A simpler run that still breaks a promise: the storm is cut where it broke, then one kind of fault, strike or
 * job after the other is left out as long as it still breaks.
 *
 * @param play plays a run; it must break the promise for `start`
 */
export async function shrink(
  start: Playable,
  play: (run: Playable) => Promise<SimulationResult>,
): Promise<{ readonly run: Playable; readonly result: SimulationResult }> {
  let run = start;
  let result = await play(run);
  for (const simplify of simplifications(start.scenario)) {
    const simpler = simplify(run, result);
    const played = await play(simpler);
    if (played.violation === undefined) continue;
    run = simpler;
    result = played;
  }
  return { run, result };
}

type Simplification = (run: Playable, result: SimulationResult) => Playable;

function simplifications({ strikes, rates, jobs, store }: Scenario): readonly Simplification[] {
  const without = (strike: string): Simplification =>
    changing((scenario) => ({ strikes: { ...scenario.strikes, [strike as Strike]: 0 } }));
  const calmer = (rate: keyof FaultRates): Simplification =>
    changing(({ rates }) => ({ rates: { ...rates, [rate]: rate === 'crashAt' ? [] : 0 } }));
  const alone = (job: string): Simplification =>
    changing((scenario) => ({ jobs: { [job]: scenario.jobs[job] ?? {} } }));
  const sounder = (rate: string): Simplification =>
    changing(({ store: weak }) => (weak === undefined ? {} : { store: { ...weak, [rate]: 0 } }));
  return [
    cut,
    ...Object.keys(rates).map((rate) => calmer(rate as keyof FaultRates)),
    ...Object.keys(store ?? {}).map(sounder),
    ...Object.keys(strikes).map(without),
    ...Object.keys(jobs).map(alone),
    ...[1, 2].map((machines) => changing(() => ({ machines }))),
    ...[1, 2].map((replicasMax) => changing(() => ({ replicasMax }))),
    cut,
  ];
}

function changing(change: (scenario: Scenario) => Partial<Scenario>): Simplification {
  return (run) => ({ ...run, scenario: { ...run.scenario, ...change(run.scenario) } });
}

/** No storm after the moment at which the promise was broken, as far as that was in the storm. */
function cut(run: Playable, { simulatedMs }: SimulationResult): Playable {
  const { stormMs = Number.POSITIVE_INFINITY } = run;
  return { ...run, stormMs: Math.min(stormMs, simulatedMs) };
}

/** What of a scenario is left, in a line. */
export function describeRun({ seed, stormMs = 0, scenario }: Playable): string {
  const { strikes, rates, jobs, machines, replicasMax, store } = scenario;
  const strikesLeft = Object.entries(strikes).filter(([, weight]) => weight > 0);
  const ratesLeft = Object.entries({ ...rates, ...store }).filter(([, rate]) =>
    typeof rate === 'number' ? rate > 0 : Object.keys(rate).length > 0,
  );
  const names = (entries: readonly (readonly [string, unknown])[]) =>
    entries.map(([name]) => name).join(', ') || 'none';
  return `seed ${seed}, storm of ${Math.round(stormMs / 1000)} s, ${machines} machines, jobs ${Object.keys(jobs).join(', ')} of at most ${replicasMax}; strikes: ${names(strikesLeft)}; faults: ${names(ratesLeft)}`;
}
