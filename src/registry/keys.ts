import type { Kind } from '../api/kind.ts';
import type { ObjectKey } from '../api/object.ts';

/** Everything that Titan stores lies under this. */
export const ROOT_PREFIX = '/titan/';
/** Everything that the registry stores lies under this. */
export const REGISTRY_PREFIX = `${ROOT_PREFIX}registry/`;

/** `/titan/registry/<group or core>/<plural>/`: the prefix of a kind's objects. */
export function kindPrefix({ group, plural }: Pick<Kind, 'group' | 'plural'>): string {
  return `${REGISTRY_PREFIX}${group === '' ? 'core' : group}/${plural}/`;
}

/** An object's place under its kind's prefix: `<namespace or ->/<name>`. Lists are in its order. */
export function localKey({ namespace, name }: ObjectKey): string {
  return `${namespace || '-'}/${name}`;
}

/** What the local keys of all objects of a kind, or of those in a namespace, start with. */
export function namespacePrefix(
  { namespaced }: Pick<Kind, 'namespaced'>,
  namespace?: string,
): string {
  if (!namespaced) return '-/';
  return namespace ? `${namespace}/` : '';
}

export function parseLocalKey(text: string): ObjectKey {
  const slash = text.indexOf('/');
  const namespace = text.slice(0, slash);
  const name = text.slice(slash + 1);
  return namespace === '-' ? { name } : { namespace, name };
}

/** Splits a store key into its kind's prefix and the object's local key. */
export function splitKey(key: string): { readonly prefix: string; readonly local: string } {
  const group = key.indexOf('/', REGISTRY_PREFIX.length);
  const plural = key.indexOf('/', group + 1);
  return { prefix: key.slice(0, plural + 1), local: key.slice(plural + 1) };
}
