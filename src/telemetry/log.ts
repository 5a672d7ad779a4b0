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
  const destination = pino.destination(
    file === undefined ? { dest: 2, sync: true } : { dest: file, mkdir: true, sync: false },
  );
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
