import type { KindCache } from '../cache/kind-cache.ts';
import type { KindCaches } from '../cache/kind-caches.ts';
import { definitionsOf } from '../definition.ts';
import { kindPrefix } from '../keys.ts';
import type { Definition } from '../port.ts';
import type { Served } from '../served.ts';
import type { Crd, Names } from './document.ts';
import { isServed, sameKind } from './serving.ts';

/** The kinds that users have installed, as the cache of CustomResourceDefinitions says. */
export interface Installed {
  all(): readonly Served[];
  /** What the definition of a name serves; nothing where it isn't served. */
  of(name: string): readonly Served[];
  /** The names that the other definitions of its group have taken. */
  namesBeside(crd: Crd): readonly Partial<Names>[];
  /** Looks at the cache. @returns whether anything has changed */
  refresh(): boolean;
}

export interface InstalledOptions {
  readonly caches: KindCaches;
  readonly definitions: () => KindCache;
  readonly isOwn: (name: string) => boolean;
  readonly serve: (definition: Definition, ended: AbortSignal) => Served;
}

/** What one definition serves, and the form of it that this was made from. */
interface Entry {
  readonly crd: Crd;
  readonly served: readonly Served[];
  readonly ended: AbortController;
}

export function createInstalled(options: InstalledOptions): Installed {
  const { caches, definitions, isOwn, serve } = options;
  let entries = new Map<string, Entry>();

  function enter(crd: Crd, ended = new AbortController()): Entry {
    const isEnding = crd.metadata.deletionTimestamp !== undefined;
    const served = definitionsOf(crd, { isEnding }).map((one) => serve(one, ended.signal));
    return { crd, served, ended };
  }

  function renewed(crd: Crd): Entry {
    const before = entries.get(crd.metadata.name);
    if (before === undefined || !isStill(crd, before.crd)) return enter(crd);
    return sameKind(before.crd, crd) ? before : enter(crd, before.ended);
  }

  function end({ crd: { spec }, ended }: Entry): void {
    ended.abort();
    caches.forget(kindPrefix({ group: spec.group, plural: spec.names.plural }));
  }

  return {
    all: () => [...entries.values()].flatMap(({ served }) => served),
    of: (name) => entries.get(name)?.served ?? [],
    namesBeside: ({ metadata, spec }) =>
      [...entries.values()]
        .filter(({ crd }) => crd.metadata.name !== metadata.name && crd.spec.group === spec.group)
        .map(({ crd }) => crd.status?.acceptedNames ?? crd.spec.names),
    refresh() {
      const crds = [...definitions().scan('')]
        .map(([, { object }]) => object as Crd)
        .filter((crd) => !isOwn(crd.metadata.name) && isServed(crd));
      const next = new Map(crds.map((crd) => [crd.metadata.name, renewed(crd)]));
      const changed = [...next].some(([name, entry]) => entries.get(name) !== entry);
      const gone = [...entries].filter(([name, { crd }]) => !isStill(next.get(name)?.crd, crd));
      entries = next;
      for (const [, entry] of gone) end(entry);
      return changed || gone.length > 0;
    },
  };
}

/** Whether a definition that is served now is the one that was. */
function isStill(now: Crd | undefined, before: Crd): boolean {
  return now !== undefined && now.metadata.uid === before.metadata.uid;
}
