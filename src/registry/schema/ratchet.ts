import { isEqual, isRecord } from '../json.ts';
import type { Schema } from '../port.ts';
import { fieldSchema } from './tidy.ts';
import { listMapKey } from './uniqueness.ts';

/**
 * Whether what stands at a path (the steps of a JSON pointer) is as it was, so that what is wrong with it was
 * wrong before. Items are found again in lists that have keys; in others a change to one is a
 * change to all.
 */
export function isUnchanged(
  schema: Schema,
  [next, old]: readonly [next: unknown, old: unknown],
  steps: readonly string[],
): boolean {
  if (old === undefined) return false;
  if (isEqual(next, old)) return true;
  const [step, ...rest] = steps;
  if (step === undefined) return false;
  if (Array.isArray(next)) {
    const item: unknown = next[Number(step)];
    if (schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(old)) return false;
    const key = listMapKey(schema, item);
    const before = old.find((one) => isEqual(listMapKey(schema, one), key));
    return isUnchanged(schema.items ?? {}, [item, before], rest);
  }
  if (!isRecord(next) || !isRecord(old) || !Object.hasOwn(old, step)) return false;
  return isUnchanged(fieldSchema(schema, step) ?? {}, [next[step], old[step]], rest);
}
