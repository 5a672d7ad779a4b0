import { type Cause, TitanError } from '../api/error.ts';
import { apiVersionOf, type Kind } from '../api/kind.ts';
import { BUILT_IN } from './builtin-kinds.ts';
import { createKindCache, type KindCache } from './cache/kind-cache.ts';
import { definitionsOf } from './definition.ts';
import { kindPrefix } from './keys.ts';
import type { Definition } from './port.ts';
import { duplicatesIn, hasKeyedLists } from './schema/uniqueness.ts';
import { compileSchema } from './schema/validate.ts';

/** All that the registry keeps of a kind it serves. */
export interface Served {
  readonly definition: Definition;
  /** `titan.dev/v1beta1`. */
  readonly apiVersion: string;
  /** The prefix of its keys in the store. */
  readonly prefix: string;
  readonly cache: KindCache;
  /** What the schema says against an object. Compiled when it is first asked. */
  validate(object: unknown): readonly Cause[];
}

/** The kinds that are served, by what names them. */
export interface Catalog {
  readonly definitions: readonly Definition[];
  readonly served: readonly Served[];
  /** By store prefix. */
  readonly caches: ReadonlyMap<string, KindCache>;
  find(group: string, version: string, plural: string): Served | undefined;
  /** @throws TitanError NotFound */
  of(kind: Pick<Kind, 'group' | 'version' | 'plural'>): Served;
}

export function createCatalog(documents: readonly unknown[]): Catalog {
  const definitions = [...BUILT_IN, ...documents.flatMap(definitionsOf)];
  const caches = new Map<string, KindCache>();
  const byName = new Map<string, Served>();
  for (const definition of definitions) {
    const { group, version, plural } = definition.kind;
    const prefix = kindPrefix(definition.kind);
    const cache = caches.get(prefix) ?? createKindCache();
    caches.set(prefix, cache);
    byName.set(`${group}/${version}/${plural}`, serve(definition, prefix, cache));
  }

  function find(group: string, version: string, plural: string): Served | undefined {
    return byName.get(`${group}/${version}/${plural}`);
  }

  return {
    definitions,
    served: [...byName.values()],
    caches,
    find,
    of({ group, version, plural }) {
      const served = find(group, version, plural);
      if (served !== undefined) return served;
      throw new TitanError('NotFound', 'the server could not find the requested resource');
    },
  };
}

function serve(definition: Definition, prefix: string, cache: KindCache): Served {
  let validate: ((object: unknown) => readonly Cause[]) | undefined;
  return {
    definition,
    apiVersion: apiVersionOf(definition.kind),
    prefix,
    cache,
    validate(object) {
      validate ??= validatorOf(definition);
      return validate(object);
    },
  };
}

function validatorOf({ schema }: Definition): (object: unknown) => readonly Cause[] {
  const { metadata: _, ...properties } = schema.properties ?? {};
  const own = { ...schema, properties };
  const check = compileSchema(own);
  if (!hasKeyedLists(own)) return check;
  return (object) => {
    const causes = check(object);
    return causes.length > 0 ? causes : duplicatesIn(own, object);
  };
}
