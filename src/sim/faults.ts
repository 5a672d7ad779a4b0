import type { AgentMessage, NetworkFault } from '../mesos/local/network-faults.ts';
import type { V1Event } from '../mesos/v1.ts';
import type { Clock, Random } from '../runtime/port.ts';
import type { Garble } from './garbled.ts';
import type { Fate } from './mortal.ts';
import type { Tally } from './tally.ts';

/** Faults of Mesos' network that a run may have; agents that are cut off are strikes. */
type SimNetworkFault = Extract<NetworkFault, 'delay' | 'repeat' | `agent-${AgentMessage}`>;

/** How likely each fault is, at each chance for it; one that is not named does not happen. */
export interface FaultRates extends Readonly<Partial<Record<SimNetworkFault, number>>> {
  /** That the control plane dies at one effect, by what its name begins with; the first that fits counts. */
  readonly crashAt: readonly (readonly [effect: string, rate: number])[];
}

export interface Faults {
  readonly fate: Fate;
  readonly garble: Garble;
  breaksAt(message: AgentMessage): boolean;
  /** No fault happens after this. */
  end(): void;
  readonly over: boolean;
}

const LATE_MAX_MS = 20_000;

/** Draws the faults of a run from its seed. */
export function drawFaults(
  rates: FaultRates,
  {
    random,
    clock,
    tally,
  }: { readonly random: Random; readonly clock: Clock; readonly tally: Tally },
): Faults {
  let over = false;
  const happens = (rate: number) => !over && random.next() < rate;

  function late(event: V1Event, deliver: (event: V1Event) => void): void {
    clock.after(random.next() * LATE_MAX_MS, () => deliver(event));
  }

  return {
    fate(effect) {
      const [, rate] = rates.crashAt.find(([prefix]) => effect.startsWith(prefix)) ?? ['', 0];
      if (!happens(rate)) return 'lives';
      tally.count('died at an effect');
      return random.next() < 0.5 ? 'dies-before' : 'dies-after';
    },
    garble(event, deliver) {
      if (event.type !== 'UPDATE' && event.type !== 'RESCIND') {
        deliver(event);
        return;
      }
      if (happens(rates.repeat ?? 0)) late(event, deliver);
      if (happens(rates.delay ?? 0)) late(event, deliver);
      else deliver(event);
    },
    breaksAt(message) {
      const breaks = happens(rates[`agent-${message}`] ?? 0);
      if (message === 'kill') tally.count(breaks ? 'kills that were lost' : 'kills that arrived');
      return breaks;
    },
    end() {
      over = true;
    },
    get over() {
      return over;
    },
  };
}
