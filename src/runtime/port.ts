import type { Millis } from '../api/object.ts';

/**
 * Time, as an argument. Production has one over the machine's clock; the simulator has one that
 * stands still until it is told to move.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): Millis;
  /**
   * Milliseconds since a moment of its own. Nobody sets it, and it never goes back: whatever is over after a span
   * goes by it.
   */
  elapsed(): Millis;
  /** Calls `fire` once, `delayMs` from now, unless the returned function is called first. */
  after(delayMs: Millis, fire: () => void): () => void;
  /** Resolves after `delayMs`, or at once when `signal` aborts; it never rejects. */
  sleep(delayMs: Millis, signal?: AbortSignal): Promise<void>;
}

/** Chance and identity, as an argument: the same seed gives the same sequence. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** A version 4 UUID. */
  uuid(): string;
}

/** Structured log lines. A fixed message, the data in fields, so that lines can be counted. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  child(fields: LogFields): Log;
}

export type LogFields = Readonly<Record<string, unknown>>;

/** What this process has to remember while the store is away, in order. */
export interface Journal {
  /** It outlives this process, and the machine's end, once this resolves. @throws ServiceUnavailable when full */
  append(entry: unknown): Promise<void>;
  /** All entries that are whole. */
  read(): Promise<readonly unknown[]>;
  /** Forgets them all. */
  clear(): Promise<void>;
}
