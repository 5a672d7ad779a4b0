import type { Millis } from './object.ts';

/** A span of time as people write it: seconds (300, "300") or with units ("90s", "5m", "1h30m", "2d"). */
export type Duration = number | string;

const UNIT_MS: Readonly<Record<string, Millis>> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
};

/** @returns `undefined` where it is no duration: negative, empty, a unit twice or in the wrong order */
export function parseDuration(duration: Duration): Millis | undefined {
  const text = String(duration);
  if (/^\d{1,9}(\.\d{1,3})?$/.test(text)) return Math.round(Number(text) * 1_000);
  const match = /^(?:(?<d>\d{1,6})d)?(?:(?<h>\d{1,6})h)?(?:(?<m>\d{1,6})m)?(?:(?<s>\d{1,9})s)?$/;
  const parts = Object.entries(match.exec(text)?.groups ?? {}).filter(([, value]) => value);
  if (parts.length === 0) return undefined;
  return parts.reduce((sum, [unit, value]) => sum + Number(value) * (UNIT_MS[unit] ?? 0), 0);
}

/** `90 s`, `5 min`, `2 h`: the largest unit that divides it. */
export function durationText(ms: Millis): string {
  if (ms === Number.POSITIVE_INFINITY) return 'for ever';
  if (ms >= 3_600_000 && ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  if (ms >= 600_000 && ms % 60_000 === 0) return `${ms / 60_000} min`;
  return `${ms / 1_000} s`;
}
