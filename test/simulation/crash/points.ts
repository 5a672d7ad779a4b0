import type { Fate } from '../../../src/sim/mortal.ts';
import { createWatchtower } from '../../../src/sim/watchtower.ts';
import { aSimWorld, type Place } from '../world.ts';
import type { Flow } from './flows.ts';

const FLOW_MS = 20_000;
const SETTLED_MS = 900_000;
const STAYS_MS = 30_000;

interface Played {
  readonly effects: readonly string[];
  readonly broken: string | undefined;
}

export interface Explored {
  /** What the control plane did meanwhile, in order: each is a point to die before, and one to die after. */
  readonly effects: readonly string[];
  /** How many deaths were played. */
  readonly deaths: number;
  /** What broke first, and at which death. */
  readonly broken: string | undefined;
}

/**
 * Plays a flow once to see its effects, and then once for each death, before and after each of them.
 *
 * @param most so many of the effects, that lie evenly; all unless told
 */
export async function explore(flow: Flow, most = Number.POSITIVE_INFINITY): Promise<Explored> {
  const { effects, broken } = await play(flow);
  let deaths = 0;
  if (broken !== undefined) return { effects, deaths, broken };
  for (const at of points(effects.length, most)) {
    for (const end of ['dies-before', 'dies-after'] as const) {
      const result = await play(flow, at, end);
      deaths += 1;
      if (result.broken === undefined) continue;
      return { effects, deaths, broken: `${end} ${at}, ${effects[at]}: ${result.broken}` };
    }
  }
  return { effects, deaths, broken: undefined };
}

/** Plays a flow; the control plane dies at the effect `at`, and another comes up. */
async function play(flow: Flow, at?: number, end?: ReturnType<Fate>): Promise<Played> {
  const effects: string[] = [];
  let armed = false;
  const fate: Fate = (effect) => {
    if (!armed) return 'lives';
    effects.push(effect);
    if (effects.length - 1 !== at || end === undefined) return 'lives';
    world.clock.after(1_000, () => place?.begin());
    return end;
  };
  const world = await aSimWorld({ fate });
  const { clock } = world;
  const [place] = world.places as readonly [Place];
  await world.wait(place.apply({ location: 'dc1:3' }));
  await clock.advance(10_000);
  const { store, machines } = place;
  const tower = createWatchtower({ store, machines, domain: 'dc1', clock });
  await clock.settle();
  armed = true;
  await flow({ world, place });
  const failed = () => tower.check() !== undefined;
  await clock.runUntil(failed, FLOW_MS);
  armed = false;
  await clock.runUntil(() => failed() || tower.unsettled() === undefined, SETTLED_MS);
  await clock.runUntil(failed, STAYS_MS);
  const violation = tower.check() ?? tower.unsettled();
  tower.stop();
  await world.stop();
  return { effects, broken: violation && `${violation.invariant} ${violation.text}` };
}

function points(count: number, most: number): readonly number[] {
  const shown = Math.min(count, most);
  return Array.from({ length: shown }, (_, index) => Math.floor((index * count) / shown));
}
