import { fromTimestamp, type Millis } from '../../api/object.ts';

const SECOND = 1;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/**
 * How spans are written, by the length up to which each way holds: the unit, and the finer unit that
 * is added where it is not zero.
 */
const WAYS = [
  { below: 2 * MINUTE, unit: [SECOND, 's'] },
  { below: 10 * MINUTE, unit: [MINUTE, 'm'], rest: [SECOND, 's'] },
  { below: 3 * HOUR, unit: [MINUTE, 'm'] },
  { below: 8 * HOUR, unit: [HOUR, 'h'], rest: [MINUTE, 'm'] },
  { below: 2 * DAY, unit: [HOUR, 'h'] },
  { below: 8 * DAY, unit: [DAY, 'd'], rest: [HOUR, 'h'] },
  { below: 2 * YEAR, unit: [DAY, 'd'] },
  { below: 8 * YEAR, unit: [YEAR, 'y'], rest: [DAY, 'd'] },
  { below: Number.POSITIVE_INFINITY, unit: [YEAR, 'y'] },
] as const satisfies readonly Way[];

type Unit = readonly [seconds: number, letter: string];
interface Way {
  readonly below: number;
  readonly unit: Unit;
  readonly rest?: Unit;
}

/** A span as kubectl writes ages: `37s`, `4m10s`, `25h`, `3d4h`. A little before zero is `0s`. */
export function humanDuration(spanMs: Millis): string {
  const seconds = Math.trunc(spanMs / 1000);
  if (Number.isNaN(seconds) || seconds < -1) return '<invalid>';
  const way: Way | undefined = WAYS.find(({ below }) => seconds < below);
  if (way === undefined || seconds < 0) return '0s';
  const [size, letter] = way.unit;
  const text = `${Math.floor(seconds / size)}${letter}`;
  if (way.rest === undefined) return text;
  const [restSize, restLetter] = way.rest;
  const rest = Math.floor((seconds % size) / restSize);
  return rest === 0 ? text : `${text}${rest}${restLetter}`;
}

/** How long ago a timestamp was; `<unknown>` where there is none, `<invalid>` where it is no time. */
export function age(timestamp: string | null | undefined, now: Millis): string {
  if (!timestamp) return '<unknown>';
  return humanDuration(now - fromTimestamp(timestamp));
}
