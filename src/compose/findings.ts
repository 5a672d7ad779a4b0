import { asTitanError } from '../api/error.ts';
import type { EventReason } from '../api/event-reason.ts';
import { FAULT_DOMAIN } from '../api/kinds.gen.ts';
import type { Client } from '../registry/port.ts';
import type { RunningRegistry } from '../registry/registry.ts';
import { createEventRecorder } from '../runtime/events.ts';
import type { Clock, Log, Random } from '../runtime/port.ts';

export type Tell = (reason: EventReason, message: string) => void;

export interface TellParts {
  readonly name: string;
  readonly registry: Pick<RunningRegistry, 'client'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Tells people of the store, by events of the fault domain. */
export function tellOf(parts: TellParts, own?: Client): Tell {
  const { name, registry, log } = parts;
  const client = own ?? registry.client({ manager: 'titan' });
  const recorder = createEventRecorder({ ...parts, client, component: `titan/${name}` });
  return (reason, message) => {
    client.get(FAULT_DOMAIN, { name }).then(
      (domain) => recorder.warning(domain, reason, message),
      (thrown: unknown) =>
        log.warn('event not written', { reason, error: asTitanError(thrown).message }),
    );
  };
}

const LOOK_MS = 5_000;

export interface FindingsOptions {
  readonly findings: RunningRegistry['findings'];
  readonly clock: Clock;
  readonly tell: Tell;
}

/** Tells each time the store is found to be set back, by whichever replica finds it, until `signal` aborts. */
export function tellSetBacks(
  { findings, tell }: Pick<FindingsOptions, 'findings' | 'tell'>,
  signal: AbortSignal,
): void {
  const stop = findings.onSetBack(() =>
    tell(
      'StoreSetBack',
      'The store holds less than it did: it was set back to an earlier state. All of it was read anew; what was written since then is lost',
    ),
  );
  signal.addEventListener('abort', stop, { once: true });
}

/** Tells of what else the registry finds wrong with the store, once each, until `signal` aborts. */
export async function tellFindings(
  { findings, clock, tell }: FindingsOptions,
  signal: AbortSignal,
): Promise<void> {
  const { found, unreadable } = findings;
  let last = { ...found };
  const told = new Map<string, number>();
  while (!signal.aborted) {
    if (found.untold > last.untold) {
      tell(
        'StoreEventsLost',
        `The store did not tell of ${found.untold - last.untold} changes; a comparison found them`,
      );
    }
    last = { ...found };
    for (const key of told.keys()) if (!unreadable.has(key)) told.delete(key);
    for (const [key, { revision, error }] of unreadable) {
      if (told.get(key) === revision) continue;
      told.set(key, revision);
      tell(
        'RecordUnreadable',
        `The record at ${key} in the store cannot be read and is left alone, with all that belongs to it (${error}): mend or remove it there`,
      );
    }
    await clock.sleep(LOOK_MS, signal);
  }
}
