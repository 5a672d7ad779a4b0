import { CUSTOM_RESOURCE_DEFINITION } from '../api/builtin.ts';
import { TitanError } from '../api/error.ts';
import type { Kind } from '../api/kind.ts';
import { BUILT_IN } from './builtin-kinds.ts';
import { type CacheLimits, createKindCaches, type KindCaches } from './cache/kind-caches.ts';
import { createLanguage, type Language } from './cel/language.ts';
import type { Crd, Names } from './crd/document.ts';
import { createInstalled } from './crd/installed.ts';
import { definitionsOf } from './definition.ts';
import { atPath } from './json.ts';
import { kindPrefix } from './keys.ts';
import type { Definition } from './port.ts';
import { type Served, type ServeOptions, serve } from './served.ts';

export type { Served } from './served.ts';

/** The kinds that are served, by what names them: built in, Titan's own, and those that users install. */
export interface Catalog {
  readonly definitions: readonly Definition[];
  readonly served: readonly Served[];
  readonly caches: KindCaches;
  find(group: string, version: string, plural: string): Served | undefined;
  /** @throws TitanError NotFound */
  of(kind: Pick<Kind, 'group' | 'version' | 'plural'>): Served;
  /** Whether a CustomResourceDefinition is one of Titan's own. */
  isOwn(name: string): boolean;
  /** A version of what the CustomResourceDefinition of this name serves. */
  servedBy(name: string): Served | undefined;
  /** The names that other kinds have taken in the group of a CustomResourceDefinition. */
  namesBeside(crd: Crd): readonly Partial<Names>[];
  /** Serves what the cache of CustomResourceDefinitions says now, beside what is built in. */
  follow(): void;
  /** Calls after the kinds have changed, until the returned function is called. */
  onChange(listener: () => void): () => void;
}

export interface CatalogOptions {
  readonly checkers?: ServeOptions['checkers'] | undefined;
  readonly forms?: ServeOptions['forms'];
  readonly limits?: CacheLimits | undefined;
}

export function createCatalog(
  documents: readonly unknown[],
  { checkers = new Map(), forms = {}, limits }: CatalogOptions = {},
): Catalog {
  const caches = createKindCaches(limits);
  const listeners = new Set<() => void>();
  const names = new Set(documents.map((document) => String(atPath(document, '.metadata.name'))));
  const isOwn = (name: string) => names.has(name);
  const definitions = () => caches.of(kindPrefix(CUSTOM_RESOURCE_DEFINITION));
  let made: Language | undefined;
  const language = () => {
    made ??= createLanguage();
    return made;
  };
  const options = { caches, isOwn, definitions, language, checkers, forms };
  const fixed = [...BUILT_IN, ...documents.flatMap((document) => definitionsOf(document))].map(
    (definition) => serve(definition, options),
  );
  const installed = createInstalled({
    ...options,
    serve: (definition, ended) => serve(definition, { ...options, ended }),
  });
  let served = distinct(fixed);
  let byPlural = index(served);

  function find(group: string, version: string, plural: string): Served | undefined {
    for (const one of byPlural.get(plural) ?? []) {
      const { kind } = one.definition;
      if (kind.group === group && kind.version === version) return one;
    }
    return undefined;
  }

  return {
    get definitions() {
      return served.map(({ definition }) => definition);
    },
    get served() {
      return served;
    },
    caches,
    find,
    of({ group, version, plural }) {
      const served = find(group, version, plural);
      if (served !== undefined) return served;
      throw new TitanError('NotFound', 'the server could not find the requested resource');
    },
    isOwn,
    servedBy: (name) => installed.of(name)[0],
    namesBeside: (crd) => [
      ...fixed.flatMap(({ definition }) => namesOf(definition, crd.spec.group)),
      ...installed.namesBeside(crd),
    ],
    follow() {
      if (!installed.refresh()) return;
      served = distinct([...fixed, ...installed.all()]);
      byPlural = index(served);
      for (const listener of listeners) listener();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** One of each name: the last. */
function distinct(all: readonly Served[]): readonly Served[] {
  const named = new Map<string, Served>();
  for (const served of all)
    named.set(`${served.apiVersion} ${served.definition.kind.plural}`, served);
  return [...named.values()];
}

/** By the plural, which tells nearly all apart: no name is put together for each search. */
function index(all: readonly Served[]): ReadonlyMap<string, readonly Served[]> {
  return Map.groupBy(all, ({ definition }) => definition.kind.plural);
}

function namesOf({ kind, listKind, singular, shortNames }: Definition, group: string): Names[] {
  if (kind.group !== group) return [];
  return [{ kind: kind.kind, plural: kind.plural, listKind, singular, shortNames }];
}
