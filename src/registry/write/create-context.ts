import type { Kind } from '../../api/kind.ts';
import type { ApiObject, ObjectKey } from '../../api/object.ts';
import type { Feed } from '../cache/feed.ts';
import type { Catalog } from '../catalog.ts';
import { localKey } from '../keys.ts';
import type { RegistryOptions } from '../registry.ts';
import type { Context, RuleView } from './context.ts';
import { createEventLeases } from './event-leases.ts';

export function createContext(options: RegistryOptions, catalog: Catalog, feed: Feed): Context {
  const { store, clock, random, log, domain, rules = {}, replicated = [] } = options;
  const copied = new Set(replicated);
  return {
    store,
    clock,
    random,
    log,
    feed,
    catalog,
    leases: createEventLeases({ store, clock }),
    domain,
    rule: ({ definition: { kind, builtIn } }) => (builtIn ? undefined : rules[kind.kind]),
    isReplicated: ({ definition: { kind } }) => copied.has(kind.kind),
    view: viewOf(catalog),
  };
}

function viewOf(catalog: Catalog): RuleView {
  return {
    get: <T extends ApiObject>(kind: Kind<T>, key: ObjectKey) =>
      catalog.of(kind).cache.newest(localKey(key))?.held?.object as T | undefined,
    list: <T extends ApiObject>(kind: Kind<T>) =>
      [...catalog.of(kind).cache.scan('')].map(([, { object }]) => object as T),
  };
}
