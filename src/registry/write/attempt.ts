import type { Held } from '../cache/held.ts';
import type { Served } from '../catalog.ts';
import { newest, reread } from './commit.ts';
import type { Context } from './context.ts';

/** How often a write is made again when another one came first. */
const TRIES = 5;

/** What one attempt came to: an answer, or a reason to look at the object anew. */
export type Attempt<Answer> =
  | { readonly done: true; readonly answer: Answer }
  | { readonly done: false };

export const AGAIN = { done: false } as const;

export function answered<Answer>(answer: Answer): Attempt<Answer> {
  return { done: true, answer };
}

/**
 * Makes a write against what is known of an object and, when that turns out to be old, against what the store
 * has, a few times. `isFresh` says that the object was just read from the store: what is wrong with
 * it then is wrong.
 *
 * @returns `undefined` when other writes came first every time
 */
export async function attempt<Answer>(
  context: Context,
  served: Served,
  local: string,
  once: (current: Held | undefined, isFresh: boolean) => Promise<Attempt<Answer>>,
): Promise<{ readonly answer: Answer } | undefined> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const isFresh = tries > 0;
    const current = await (isFresh ? reread : newest)(context, served, local);
    const result = await once(current, isFresh);
    if (result.done) return result;
  }
  return undefined;
}
