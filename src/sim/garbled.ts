import type { V1Event } from '../mesos/v1.ts';
import { never, type Sleep } from './sleep.ts';

/** What the network makes of one event: what arrives in its place, now and later. */
export type Garble = (event: V1Event, deliver: (event: V1Event) => void) => void;

export interface GarbledOptions {
  readonly garble: Garble;
  /** Aborts when the reader is dead. */
  readonly signal: AbortSignal;
  readonly sleep: Sleep;
}

type End = { readonly error?: unknown };

/** A stream with what the network makes of it; its end waits for nothing that is still on its way. */
export async function* garbled(
  events: AsyncIterable<V1Event>,
  { garble, signal, sleep }: GarbledOptions,
): AsyncGenerator<V1Event> {
  const arrived: V1Event[] = [];
  let ring: () => void = () => undefined;
  let ended: End | undefined;

  function end(how: End): void {
    ended = how;
    ring();
  }

  async function pump(): Promise<void> {
    for await (const event of events) {
      garble(event, (each) => {
        arrived.push(each);
        ring();
      });
    }
  }

  pump().then(
    () => end({}),
    (error: unknown) => end({ error }),
  );
  for (;;) {
    if (sleep.asleep) await sleep.awake();
    if (signal.aborted) await never();
    const event = arrived.shift();
    if (event !== undefined) {
      yield event;
      continue;
    }
    if (ended !== undefined) break;
    await new Promise<void>((resolve) => {
      ring = resolve;
    });
  }
  if ('error' in ended) throw ended.error;
}
