/**
 * One request of a client to the API about one key, as the client saw it. Every write puts a value that no
 * other write puts, so that a value names the write that made it.
 */
export interface Operation {
  readonly key: string;
  readonly deed: 'create' | 'update' | 'delete' | 'read';
  /** What was written, or found by a read; absent for deletes, and for reads that found nothing. */
  readonly value?: string | undefined;
  /** The value that an update or a delete asked to find; absent: any. */
  readonly expects?: string;
  readonly outcome: Outcome;
  /** The version that the API gave to `value`. */
  readonly version?: string;
  /** Who was asked, and when, for people. */
  readonly of?: string;
  /** Places in one order of everything that clients did: when it was sent, and when the answer came. */
  readonly begin: number;
  readonly end: number;
}

/**
 * `exists`: a create found something. `absent`: there was nothing. `conflict`: there was something else than
 * expected. `unknown`: no answer came, or one that does not say; it may be done at any time after, or never.
 */
export type Outcome = 'done' | 'exists' | 'absent' | 'conflict' | 'unknown';

/** An operation as a line for people. */
export function describeOperation(operation: Operation): string {
  const { begin, end, deed, key, value, expects, outcome, of } = operation;
  const what = [value, ...(expects === undefined ? [] : [`for ${expects}`])].filter(Boolean);
  const until = outcome === 'unknown' ? '…' : end;
  const source = of === undefined ? '' : ` (${of})`;
  return `${begin}–${until} ${[deed, key, ...what].join(' ')}: ${outcome}${source}`;
}

/** Writes down what clients do, in the order in which it begins and ends. */
export interface History {
  readonly operations: readonly Operation[];
  /** Begins an operation; the returned function ends it. One that is never ended is left out. */
  begin(): (ended: Omit<Operation, 'begin' | 'end'>) => void;
}

export function createHistory(): History {
  const operations: Operation[] = [];
  let place = 0;
  return {
    operations,
    begin() {
      const begin = place++;
      return (ended) => {
        operations.push({ ...ended, begin, end: place++ });
      };
    },
  };
}
