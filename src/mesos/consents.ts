import { asTitanError } from '../api/error.ts';
import type { Millis } from '../api/object.ts';
import type { Clock, Log } from '../runtime/port.ts';
import type { FrameworkHost, InverseOffer, Master } from './port.ts';

export interface Consents {
  /** From now on each is agreed to once no task of ours is left on its agent. */
  add(inverseOffers: readonly Pick<InverseOffer, 'id' | 'agentId'>[]): void;
  /** It stands no more. */
  withdraw(inverseOfferId: string): void;
  /** The connection is gone, and with it every inverse offer. */
  drop(): void;
}

interface ConsentsOptions {
  readonly master: Pick<Master, 'answerInverse'>;
  readonly host: Pick<FrameworkHost, 'knownTasks'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long the master need not ask again about the same agent. */
const SETTLED_MS: Millis = 3_600_000;
/** How often it is looked whether an agent is empty, while any is asked for. */
const LOOK_MS: Millis = 5_000;

/** Answers to inverse offers: each is given once, and again where the master did not hear it. */
export function createConsents({ master, host, clock, log }: ConsentsOptions): Consents {
  /** Inverse offers that are not answered, and those whose answer is under way, by id: the agent. */
  const open = new Map<string, string | undefined>();
  const answering = new Map<string, string | undefined>();
  let stopTimer: (() => void) | undefined;

  function settle(ids: readonly string[], isHeard: boolean): void {
    for (const id of ids) {
      if (!isHeard && answering.has(id)) open.set(id, answering.get(id));
      answering.delete(id);
    }
  }

  async function answer(ids: readonly string[]): Promise<void> {
    try {
      await master.answerInverse(ids, 'accept', SETTLED_MS);
      settle(ids, true);
    } catch (error) {
      log.warn('Inverse offers were not answered yet', { error: asTitanError(error).message });
      settle(ids, false);
      watch();
    }
  }

  function look(): void {
    stopTimer = undefined;
    const busy = new Set<string | undefined>();
    for (const { agentId } of host.knownTasks()) busy.add(agentId);
    const due = [...open].filter(([, agentId]) => agentId === undefined || !busy.has(agentId));
    for (const [id, agentId] of due) {
      open.delete(id);
      answering.set(id, agentId);
    }
    if (due.length > 0) void answer(due.map(([id]) => id));
    watch();
  }

  function watch(): void {
    if (open.size > 0) stopTimer ??= clock.after(LOOK_MS, look);
  }

  return {
    add(inverseOffers) {
      for (const { id, agentId } of inverseOffers) open.set(id, agentId);
      stopTimer?.();
      look();
    },
    withdraw(id) {
      open.delete(id);
      answering.delete(id);
    },
    drop() {
      open.clear();
      answering.clear();
      stopTimer?.();
      stopTimer = undefined;
    },
  };
}
