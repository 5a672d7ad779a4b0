import { TitanError } from '../../../api/error.ts';

export interface EventQueue<Event> {
  readonly push: (event: Event) => void;
  /** No more events; those pushed are still read. */
  readonly end: () => void;
  /** Reading throws this after the events that were pushed. */
  readonly fail: (error: TitanError) => void;
  readonly events: AsyncIterable<Event>;
}

/** A reader that lets more than this pile up is cut off, and subscribes again. */
const queueMax = 100_000;

/** Events pushed on one side and read on the other, by one reader. */
export function eventQueue<Event>(max: number = queueMax): EventQueue<Event> {
  const waiting: Event[] = [];
  let state: 'open' | 'ended' | TitanError = 'open';
  let wake = () => {};

  function close(how: 'ended' | TitanError): void {
    if (state === 'open') state = how;
    wake();
  }

  async function* read(): AsyncGenerator<Event> {
    let at = 0;
    for (;;) {
      while (at < waiting.length) yield waiting[at++] as Event;
      waiting.length = 0;
      at = 0;
      if (state === 'ended') return;
      if (state !== 'open') throw state;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  return {
    push(event) {
      if (state !== 'open') return;
      if (waiting.length < max) waiting.push(event);
      else close(new TitanError('ServiceUnavailable', 'The event stream was read too slowly'));
      wake();
    },
    end: () => close('ended'),
    fail: close,
    events: { [Symbol.asyncIterator]: read },
  };
}
