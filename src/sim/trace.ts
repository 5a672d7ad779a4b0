import { createHash } from 'node:crypto';
import type { Clock } from '../runtime/port.ts';

/** What happened, in order: the whole of it as a hash, the end of it as text. */
export interface Trace {
  note(text: string): void;
  /** Equal for two runs that did the same. */
  hash(): string;
  /** The last steps, oldest first. */
  tail(count: number): readonly string[];
  readonly length: number;
}

/** @param tailMax so many of the last steps are kept as text */
export function createTrace(clock: Pick<Clock, 'now'>, tailMax: number): Trace {
  const digest = createHash('sha256');
  const startedAt = clock.now();
  let tail: string[] = [];
  let length = 0;

  return {
    note(text) {
      const line = `${((clock.now() - startedAt) / 1000).toFixed(3)} ${text}`;
      digest.update(line);
      length += 1;
      tail.push(line);
      if (tail.length > 2 * tailMax) tail = tail.slice(-tailMax);
    },
    hash: () => digest.copy().digest('hex'),
    tail: (count) => tail.slice(-count),
    get length() {
      return length;
    },
  };
}
