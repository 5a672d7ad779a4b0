import type { Millis } from '../../api/object.ts';

/** Says when and where a replicated object was last written, so that fault domains agree on the newest. */
export const WRITTEN = 'titan.dev/written';

/**
 * `<ISO time with ms>/<domain>`, later than the stamp before by 1 ms at least, whatever the clock
 * says (hybrid logical time).
 */
export function nextStamp(before: string | undefined, now: Millis, domain: string): string {
  const last = stampTime(before);
  const at = last === undefined ? now : Math.max(now, last + 1);
  return `${new Date(at).toISOString()}/${domain}`;
}

function stampTime(stamp: string | undefined): Millis | undefined {
  const at = stamp === undefined ? Number.NaN : Date.parse(stamp.slice(0, stamp.indexOf('/')));
  return Number.isNaN(at) ? undefined : at;
}

type Annotations = Readonly<Record<string, string>>;

/** The annotations with the stamp, or without one where there is none. */
export function stamped(
  annotations: Annotations | undefined,
  stamp: string | undefined,
): Annotations | undefined {
  if (annotations?.[WRITTEN] === stamp) return annotations;
  const { [WRITTEN]: _, ...others } = annotations ?? {};
  return stamp === undefined ? others : { ...others, [WRITTEN]: stamp };
}
