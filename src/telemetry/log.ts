import { type Logger, pino } from 'pino';
import type { Log } from '../runtime/port.ts';

export interface LogOptions {
  /** `error`, `warn`, `info` or `debug`. */
  readonly level: string;
  /** A file to append to; absent: standard error. */
  readonly file?: string;
}

/** Structured lines (JSON) through pino. */
export function openLog({ level, file }: LogOptions): Log {
  // Written at once: the last lines before an end are those that are needed.
  const destination = pino.destination({ dest: file ?? 2, mkdir: true, sync: true });
  return wrap(pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination));
}

function wrap(logger: Logger): Log {
  return {
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
    child: (fields) => wrap(logger.child(fields)),
  };
}
