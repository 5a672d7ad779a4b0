import { SECRET } from '../../api/builtin.ts';
import { apiVersionOf, type Kind } from '../../api/kind.ts';
import type { ApiObject, Draft } from '../../api/object.ts';

/** What a recorded object was made from: without what its API and its controllers wrote into it. */
export function draftOf<T extends ApiObject & { readonly spec?: unknown }>(
  kind: Kind<T>,
  { metadata, spec }: T,
): Draft<T> {
  const { name, namespace, labels, annotations } = metadata;
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    ...(spec === undefined ? {} : { spec }),
  } as Draft<T>;
}

/** Secrets that the object refers to, by name, each with its keys. What is in them was not recorded. */
export function secretKeysOf(object: unknown): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  const open: unknown[] = [object];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    for (const [name, part] of Object.entries(value)) {
      if (name === 'secretKeyRef') addTo(found, part as { name: string; key: string });
      else if (part !== undefined) open.push(part);
    }
  }
  return found;
}

function addTo(found: Map<string, Set<string>>, { name, key }: { name: string; key: string }) {
  found.set(name, (found.get(name) ?? new Set()).add(key));
}

/** A Secret with these keys, and nothing worth hiding. */
export function emptySecret(namespace: string, name: string, keys: ReadonlySet<string>) {
  return {
    apiVersion: apiVersionOf(SECRET),
    kind: SECRET.kind,
    metadata: { name, namespace },
    data: Object.fromEntries([...keys].map((key) => [key, ''])),
  };
}
