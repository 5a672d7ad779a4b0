import type { ApiObject } from '../../api/object.ts';
import { parseExactText } from '../exact.ts';
import { isRecord } from '../json.ts';
import type { Schema } from '../port.ts';
import { claimsOf, compare } from './compare.ts';
import { EMPTY, type FieldSet, minus } from './field-set.ts';

const ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';

/** The manager that `kubectl apply --server-side` is, unless told otherwise. */
export const KUBECTL = 'kubectl';

/**
 * The fields that kubectl has set by client-side apply and that still are as it left them: it may change
 * them by server-side apply, although they are noted as another manager's.
 */
export function lastAppliedBy(schema: Schema, live: ApiObject | undefined): FieldSet {
  const config = parsed(live?.metadata.annotations?.[ANNOTATION]);
  if (config === undefined) return EMPTY;
  const { changed, removed } = compare(schema, config, live);
  return minus(minus(claimsOf(schema, config), changed), removed);
}

function parsed(text: string | undefined): object | undefined {
  if (text === undefined) return undefined;
  try {
    const config: unknown = parseExactText(text);
    return isRecord(config) ? config : undefined;
  } catch {
    return undefined;
  }
}
