/**
 * What goes wrong between frameworks, a local master and its agents, by chance: for tests, and for
 * trying out what a framework bears. It stands before the master, so that HTTP and direct calls meet
 * the same.
 */
import { TitanError } from '../../api/error.ts';
import type { Millis } from '../../api/object.ts';
import type { Clock, Random } from '../../runtime/port.ts';
import type { V1Event } from '../v1.ts';
import { breakableLink } from './breakable-link.ts';
import type { Registrar } from './link.ts';
import type { From, LocalMaster } from './master/master.ts';
import type { Sink } from './master/state.ts';
import {
  type AgentMessage,
  type FaultRates,
  NETWORK_FAULTS,
  type NetworkFault,
} from './network-faults.ts';

/** What becomes of each message. */
export interface Faults {
  /** Of a scheduler call: a lost one is answered and nothing comes of it, a cut one ends its framework's stream. */
  ofCall(type: string): 'arrives' | 'lost' | 'cut';
  /** When an event arrives, once for each number, in milliseconds from now; 0 is at once. */
  ofEvent(type: string): readonly Millis[];
  /** Whether the connection to an agent breaks at a message of the master. */
  ofMessage(message: AgentMessage): boolean;
  /** Whether an agent is cut off from the master now, of so many moments in which it could be. */
  ofAgent(): boolean;
}

const kinds = Object.keys(NETWORK_FAULTS) as readonly NetworkFault[];
const lateMaxMs = 20_000;
const lookEveryMs = 10_000;
const awayMaxMs = 60_000;

/**
 * Reads `name=share` for each, such as `acknowledge=0.1`; none where there are none.
 *
 * @throws TitanError `Invalid` that says what was expected
 */
export function faultsOf(texts: readonly string[]): { readonly faults?: FaultRates } {
  return texts.length > 0 ? { faults: Object.fromEntries(texts.map(parseFault)) } : {};
}

function parseFault(text: string): readonly [NetworkFault, number] {
  const [kind, share = '', ...rest] = text.split('=');
  const known = kinds.find((one) => one === kind);
  const rate = /^(0|1|0?\.\d+)$/.test(share) ? Number(share) : Number.NaN;
  if (known && rest.length === 0 && rate >= 0) return [known, rate];
  throw new TitanError(
    'Invalid',
    `The fault ${JSON.stringify(text)} can't be read: expected one of ${kinds.join(', ')}, "=" ` +
      'and a share from 0 to 1, such as acknowledge=0.1',
  );
}

export function drawFaults(rates: FaultRates, random: Random): Faults {
  const happens = (rate = 0) => rate > 0 && random.next() < rate;
  const late = () => 1 + Math.floor(random.next() * lateMaxMs);
  return {
    ofCall(type) {
      if (type !== 'SUBSCRIBE' && happens(rates.cut)) return 'cut';
      const isLost =
        (type === 'ACKNOWLEDGE' && happens(rates.acknowledge)) ||
        (type === 'KILL' && happens(rates.kill));
      return isLost ? 'lost' : 'arrives';
    },
    ofEvent(type) {
      if (type !== 'UPDATE' && type !== 'RESCIND') return atOnce;
      const again = type === 'UPDATE' && happens(rates.repeat) ? [late()] : [];
      return [happens(rates.delay) ? late() : 0, ...again];
    },
    ofMessage: (message) => happens(rates[`agent-${message}`]),
    ofAgent: () => happens(rates.partition),
  };
}

const atOnce: readonly Millis[] = [0];

/** The master as frameworks meet it over such a network. Late events of a stream that ended are lost. */
export function overNetwork(master: LocalMaster, faults: Faults, clock: Clock): LocalMaster {
  const sinks = new Map<string, Sink>();

  function open(id: string, to: Sink): Sink {
    sinks.set(id, to);
    return {
      send: (event) => send(id, to, event),
      end() {
        sinks.delete(id);
        to.end();
      },
    };
  }

  function send(id: string, to: Sink, event: V1Event): void {
    for (const delayMs of faults.ofEvent(event.type ?? '')) {
      if (delayMs === 0) to.send(event);
      else clock.after(delayMs, () => sinks.get(id)?.send(event));
    }
  }

  function closed(id: string): void {
    sinks.delete(id);
    master.closed(id);
  }

  return {
    ...master,
    closed,
    scheduler(call, from) {
      const fate = faults.ofCall(typeOf(call));
      if (fate === 'lost') return { status: 202 };
      if (fate === 'arrives') return master.scheduler(call, through(from, open));
      const { streamId = '' } = from;
      sinks.get(streamId)?.end();
      closed(streamId);
      return { status: 503, body: 'The connection broke' };
    },
  };
}

/** Agents as a network has them, by index. */
export interface Cuttable {
  readonly count: number;
  isConnected(index: number): boolean;
  cutOff(index: number): void;
  reconnect(index: number): void;
}

export interface Cuts {
  /** Cuts one off for up to a minute, where it is not. */
  cut(index: number): void;
  stop(): void;
}

/** Cuts agents off now and then, each for up to a minute. */
export function cutByChance(
  agents: Cuttable,
  faults: Faults,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Cuts {
  const stops = new Map<number, () => void>();
  let stopLook = () => {};

  function cut(index: number): void {
    if (stops.has(index) || !agents.isConnected(index)) return;
    agents.cutOff(index);
    const back = () => {
      stops.delete(index);
      agents.reconnect(index);
    };
    stops.set(index, clock.after(random.next() * awayMaxMs, back));
  }

  function look(): void {
    for (let index = 0; index < agents.count; index++) {
      if (!stops.has(index) && agents.isConnected(index) && faults.ofAgent()) cut(index);
    }
    stopLook = clock.after(lookEveryMs, look);
  }

  stopLook = clock.after(lookEveryMs, look);
  return {
    cut,
    stop() {
      stopLook();
      for (const stop of stops.values()) stop();
    },
  };
}

export interface LinkFaults {
  readonly index: number;
  readonly faults: Faults;
  readonly cuts: Cuts;
  readonly clock: Clock;
}

/** The master as one agent meets it over a network that breaks at some of its messages. */
export function overLink(
  master: () => Registrar,
  { index, faults, cuts, clock }: LinkFaults,
): Registrar {
  return {
    register: (hello, link) =>
      master().register(
        hello,
        breakableLink(link, {
          breaks(message) {
            const isBroken = faults.ofMessage(message);
            if (isBroken) clock.after(0, () => cuts.cut(index));
            return isBroken;
          },
        }),
      ),
  };
}

function through({ open, ...rest }: From, wrap: (id: string, to: Sink) => Sink): From {
  return open ? { ...rest, open: (id) => wrap(id, open(id)) } : rest;
}

function typeOf(call: unknown): string {
  const { type } = (call ?? {}) as { readonly type?: unknown };
  return String(type);
}
