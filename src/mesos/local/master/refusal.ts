import type { Millis } from '../../../api/object.ts';

const defaultMs = 5_000;

/** How long what was refused is not offered again; absent or negative means the default. */
export function refusalMs(filters: { readonly refuse_seconds?: number } | undefined): Millis {
  const { refuse_seconds: seconds = -1 } = filters ?? {};
  return seconds < 0 ? defaultMs : seconds * 1000;
}
