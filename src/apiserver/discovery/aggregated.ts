import type { Definition } from '../../registry/port.ts';
import type { Group } from './groups.ts';
import { subresourcesOf } from './legacy.ts';

export type AggregatedVersion = 'v2' | 'v2beta1';

/** All of discovery in one document, for `/api` (the core group) or `/apis` (the others). */
export function aggregated(groups: readonly Group[], version: AggregatedVersion): unknown {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(({ name, versions }) => ({
      metadata: name === '' ? {} : { name },
      versions: versions.map((one) => ({
        version: one.version,
        resources: one.definitions.map(resource),
        freshness: 'Current',
      })),
    })),
  };
}

function resource(definition: Definition): unknown {
  const { kind, singular, shortNames, categories, verbs } = definition;
  const parts = subresourcesOf(definition).map(({ name, responseKind, verbs: partVerbs }) => ({
    subresource: name,
    responseKind,
    verbs: partVerbs,
  }));
  return {
    resource: kind.plural,
    responseKind: { group: kind.group, version: kind.version, kind: kind.kind },
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(parts.length === 0 ? {} : { subresources: parts }),
  };
}
