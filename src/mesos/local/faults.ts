/**
 * What goes wrong between frameworks, a local master and its agents, by chance: for tests, and for
 * trying out what a framework bears. It stands before the master, so that HTTP and direct calls meet
 * the same.
 */
import { TitanError } from '../../api/error.ts';
import type { Millis } from '../../api/object.ts';
import type { Clock, Random } from '../../runtime/port.ts';
import type { V1Event } from '../v1.ts';
import type { From, LocalMaster } from './master/master.ts';
import type { Sink } from './master/state.ts';

/** What becomes of each message. */
export interface Faults {
  /** Of a scheduler call: a lost one is answered and nothing comes of it, a cut one ends its framework's stream. */
  ofCall(type: string): 'arrives' | 'lost' | 'cut';
  /** When an event arrives, once for each number, in milliseconds from now; 0 is at once. */
  ofEvent(type: string): readonly Millis[];
  /** Whether an agent is cut off from the master now, of so many moments in which it could be. */
  ofAgent(): boolean;
}

/** The share of the chances for each fault that it takes, 0 to 1. */
export interface FaultRates {
  /** ACKNOWLEDGE calls that are lost. */
  readonly acknowledge: number;
  /** KILL calls that are lost. */
  readonly kill: number;
  /** Calls at which the connection breaks, the call lost with it. */
  readonly cut: number;
  /** Updates and rescinded offers that come late. */
  readonly delay: number;
  /** Updates that come twice. */
  readonly repeat: number;
  /** Looks at an agent, one in 10 seconds, at which it is cut off for up to a minute. */
  readonly partition: number;
}

const kinds = ['acknowledge', 'kill', 'cut', 'delay', 'repeat', 'partition'] as const;
const lateMaxMs = 20_000;
const lookEveryMs = 10_000;
const awayMaxMs = 60_000;

/**
 * Reads `kind=share` for each, such as `acknowledge=0.1`; none where there are none.
 *
 * @throws TitanError `Invalid` that says what was expected
 */
export function faultsOf(texts: readonly string[]): { readonly faults?: Partial<FaultRates> } {
  return texts.length > 0 ? { faults: Object.fromEntries(texts.map(parseFault)) } : {};
}

function parseFault(text: string): readonly [keyof FaultRates, number] {
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

export function drawFaults(rates: Partial<FaultRates>, random: Random): Faults {
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

/** Cuts agents off now and then, each for up to a minute. Returns what ends that. */
export function cutByChance(
  agents: Cuttable,
  faults: Faults,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): () => void {
  const stops = new Map<number, () => void>();
  let stopLook = () => {};

  function cut(index: number): void {
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
  return () => {
    stopLook();
    for (const stop of stops.values()) stop();
  };
}

function through({ open, ...rest }: From, wrap: (id: string, to: Sink) => Sink): From {
  return open ? { ...rest, open: (id) => wrap(id, open(id)) } : rest;
}

function typeOf(call: unknown): string {
  const { type } = (call ?? {}) as { readonly type?: unknown };
  return String(type);
}
