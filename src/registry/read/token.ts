import { TitanError } from '../../api/error.ts';
import type { Revision } from '../../store/port.ts';
import { badRequest } from '../errors.ts';
import { isRecord } from '../json.ts';

/** Where the next page begins. */
export interface Continue {
  /** The moment of the whole list; -1: go on with what is there now. */
  readonly revision: Revision;
  /** The local key of the last object that was given. */
  readonly after: string;
  /** How many were left, where that is known. */
  readonly left?: number;
}

const VERSION = 'meta.k8s.io/v1';

export function encodeToken({ revision, after, left }: Continue): string {
  const token = { v: VERSION, rv: revision, start: `/${after}\u0000`, left };
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

/** @throws TitanError BadRequest */
export function decodeToken(text: string): Continue {
  let token: unknown;
  try {
    token = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch (thrown) {
    throw new TitanError('BadRequest', `continue key is not valid: ${text}`, { cause: thrown });
  }
  if (!isRecord(token) || token.v !== VERSION) throw badRequest('continue key is not valid');
  const { rv, start, left } = token;
  if (typeof rv !== 'number' || typeof start !== 'string' || !/^\/.+\0$/s.test(start)) {
    throw badRequest('continue key is not valid');
  }
  const after = start.slice(1, -1);
  return { revision: rv, after, ...(typeof left === 'number' ? { left } : {}) };
}

/** 410 for a page whose moment is gone, with a token that goes on from there in the present. */
export function pageTooOld(token: Continue): TitanError {
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list ' +
    'without the continue parameter, or use the continue token in this response to retrieve the remainder of the ' +
    'results. Continuing with the provided token results in an inconsistent list - objects that were created, ' +
    'modified, or deleted between the time the first chunk was returned and now may show up in the list.';
  const continueToken = encodeToken({ ...token, revision: -1 });
  return new TitanError('Expired', message, { continueToken });
}
