/** Times of the week by the clock of a time zone, in which something may be done. */
import type { JobSpec } from './kinds.gen.ts';
import type { Millis } from './object.ts';

export type TimeWindow = NonNullable<
  NonNullable<JobSpec['disruptionBudget']>['timeWindows']
>[number];

const DAYS: readonly string[] = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
];
const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;

/** A moment as the clocks of a time zone show it. */
interface Local {
  /** 0 is Sunday. */
  readonly day: number;
  readonly minute: number;
}

/** Whether now lies in one of them; where there are none, it always does. */
export function isOpen(windows: readonly TimeWindow[], now: Millis): boolean {
  return windows.length === 0 || windows.some((window) => isIn(window, localOf(window, now)));
}

/**
 * When the first of them opens next, if none is open. In a week in which the clocks are put forward or back it may be
 * an hour off: whoever waits for it looks again then.
 */
export function opensAt(windows: readonly TimeWindow[], now: Millis): Millis {
  const waits = windows.map((window) => minutesUntil(window, localOf(window, now)));
  return Math.floor(now / MINUTE_MS) * MINUTE_MS + Math.min(...waits) * MINUTE_MS;
}

function isIn(window: TimeWindow, { day, minute }: Local): boolean {
  const [from, to] = spanOf(window);
  const isToday = opensOn(window, day) && minute >= from && minute < to;
  const isSinceYesterday = opensOn(window, (day + 6) % 7) && minute + DAY_MINUTES < to;
  return isToday || isSinceYesterday;
}

function minutesUntil(window: TimeWindow, { day, minute }: Local): number {
  const [from] = spanOf(window);
  const ahead = Array.from({ length: 8 }, (_, days) => days)
    .filter((days) => opensOn(window, (day + days) % 7))
    .map((days) => days * DAY_MINUTES + from - minute);
  return Math.min(...ahead.filter((minutes) => minutes > 0));
}

/** In minutes of the day on which it opens: one that closes the day after ends beyond 24:00. */
function spanOf({ from, to }: TimeWindow): readonly [number, number] {
  const [opens, closes] = [minuteOf(from), minuteOf(to)];
  return [opens, closes > opens ? closes : closes + DAY_MINUTES];
}

function minuteOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return hours * 60 + minutes;
}

function opensOn({ days }: TimeWindow, day: number): boolean {
  return days === undefined || days.some((name) => name === DAYS[day]);
}

function localOf({ timeZone = 'UTC' }: TimeWindow, now: Millis): Local {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'long',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  return {
    day: DAYS.indexOf(part('weekday')),
    minute: Number(part('hour')) * 60 + Number(part('minute')),
  };
}

/** Whether there is such a time zone. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
