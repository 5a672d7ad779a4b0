import { apiVersionOf } from '../../api/kind.ts';
import type { Definition } from '../../registry/port.ts';
import type { Group, GroupVersion } from './groups.ts';

/** The documents that clients before aggregated discovery read, one for each path. */

/** `/api`. */
export function apiVersions(core: Group | undefined): unknown {
  return {
    kind: 'APIVersions',
    versions: core?.versions.map(({ version }) => version) ?? [],
    serverAddressByClientCIDRs: [],
  };
}

/** `/apis`. */
export function groupList(groups: readonly Group[]): unknown {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupEntry) };
}

/** `/apis/GROUP`. */
export function groupDocument(group: Group): unknown {
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group) };
}

function groupEntry({ name, versions }: Group) {
  const entries = versions.map((one) => ({
    groupVersion: apiVersionOf({ ...one }),
    version: one.version,
  }));
  return { name, versions: entries, preferredVersion: entries[0] };
}

/** `/api/VERSION` and `/apis/GROUP/VERSION`. */
export function resourceList({ group, version, definitions }: GroupVersion): unknown {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf({ group, version }),
    resources: definitions.flatMap(resourceEntries),
  };
}

function resourceEntries(definition: Definition): unknown[] {
  const { kind, singular, shortNames, categories, verbs } = definition;
  const entry = {
    name: kind.plural,
    singularName: singular,
    namespaced: kind.namespaced,
    kind: kind.kind,
    verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
  };
  const parts = subresourcesOf(definition).map(({ name, responseKind, verbs: partVerbs }) => ({
    name: `${kind.plural}/${name}`,
    singularName: '',
    namespaced: kind.namespaced,
    ...responseKind,
    verbs: partVerbs,
  }));
  return [entry, ...parts];
}

const PART_VERBS = ['get', 'patch', 'update'];

/** The subresources of a kind, with the kind of what they answer. */
export function subresourcesOf({ kind, status, scale, parts = [] }: Definition) {
  const { group, version } = kind;
  const own = { group, version, kind: kind.kind };
  return [
    ...(status ? [{ name: 'status', responseKind: own, verbs: PART_VERBS }] : []),
    ...(scale === undefined ? [] : [{ name: 'scale', responseKind: SCALE, verbs: PART_VERBS }]),
    ...parts.map(({ name, verbs, kind: responseKind = own }) => ({ name, responseKind, verbs })),
  ];
}

const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
