import type { Definition } from '../../registry/port.ts';

/** A group with its versions, as discovery lists them. */
export interface Group {
  readonly name: string;
  readonly versions: readonly GroupVersion[];
}

export interface GroupVersion {
  readonly group: string;
  readonly version: string;
  readonly definitions: readonly Definition[];
}

const OURS = 'titan.dev';

/**
 * All groups in the order in which clients resolve a bare name: the core group, then our own, then the
 * others. The most stable version of a group comes first.
 */
export function groupsOf(definitions: readonly Definition[]): readonly Group[] {
  const byGroup = Map.groupBy(definitions, ({ kind }) => kind.group);
  return [...byGroup]
    .map(([name, members]) => ({ name, versions: versionsOf(name, members) }))
    .toSorted((a, b) => groupRank(a.name) - groupRank(b.name) || (a.name < b.name ? -1 : 1));
}

function groupRank(name: string): number {
  if (name === '') return 0;
  return name === OURS ? 1 : 2;
}

function versionsOf(group: string, definitions: readonly Definition[]): readonly GroupVersion[] {
  const byVersion = Map.groupBy(definitions, ({ kind }) => kind.version);
  return [...byVersion]
    .map(([version, members]) => ({
      group,
      version,
      definitions: members.toSorted((a, b) => (a.kind.plural < b.kind.plural ? -1 : 1)),
    }))
    .toSorted((a, b) => compareVersions(a.version, b.version));
}

const STAGES = ['alpha', 'beta', undefined];

/** Orders `v2`, `v1`, `v1beta2`, `v1alpha1`; names of another form come last, by the alphabet. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parseVersion(a), parseVersion(b)];
  for (const [index, part] of left.entries()) {
    const difference = (right[index] ?? 0) - part;
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

function parseVersion(version: string): [stage: number, major: number, minor: number] {
  const [, major, stage, minor] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? [];
  if (major === undefined) return [-1, 0, 0];
  return [STAGES.indexOf(stage), Number(major), Number(minor ?? 0)];
}
