import { isEqual } from '../json.ts';
import type { Crd, CrdCondition, CrdStatus, KindSpec, Names } from './document.ts';

/** The names that the other kinds of a group have taken. */
export interface TakenNames {
  /** Plurals, singulars and short names: whatever a kind may be asked for by. */
  readonly resources: ReadonlySet<string>;
  /** Kinds and kinds of lists. */
  readonly kinds: ReadonlySet<string>;
}

/** A condition before it is known when it changed. */
type Told = Omit<CrdCondition, 'lastTransitionTime'>;

/**
 * What a CustomResourceDefinition's status is to be: whether its names are free, and served. A kind is
 * `Established` only in a pass after the one that accepted its names, so that whoever sees that
 * finds it served.
 */
export function crdStatus(crd: Crd, taken: TakenNames, now: string): CrdStatus {
  const { spec, status = {}, metadata } = crd;
  const before = status.conditions ?? [];
  const conflict = conflictOf(spec.names, taken);
  const wasAccepted = before.some(
    ({ type, status: is }) => type === 'NamesAccepted' && is === 'True',
  );
  const told: readonly Told[] = [
    conflict ?? ACCEPTED,
    established(conflict !== undefined, wasAccepted, before),
    ...(metadata.deletionTimestamp === undefined ? [] : [TERMINATING]),
  ];
  const names = conflict === undefined ? spec.names : status.acceptedNames;
  return {
    conditions: told.map((condition) => dated(condition, before, now)),
    acceptedNames: names ?? { kind: '', plural: '' },
    storedVersions: storedVersions(spec, status),
  };
}

const ACCEPTED: Told = {
  type: 'NamesAccepted',
  status: 'True',
  reason: 'NoConflicts',
  message: 'no conflicts found',
};

const TERMINATING: Told = {
  type: 'Terminating',
  status: 'True',
  reason: 'InstanceDeletionInProgress',
  message: 'CustomResource deletion is in progress',
};

function established(
  hasConflict: boolean,
  wasAccepted: boolean,
  before: readonly CrdCondition[],
): Told {
  const type = 'Established';
  if (
    before.some((one) => one.type === type && one.status === 'True') ||
    (wasAccepted && !hasConflict)
  ) {
    const message = 'the initial names have been accepted';
    return { type, status: 'True', reason: 'InitialNamesAccepted', message };
  }
  if (hasConflict) {
    return { type, status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' };
  }
  const message = 'the initial names have been accepted';
  return { type, status: 'False', reason: 'Installing', message };
}

function conflictOf(names: Names, { resources, kinds }: TakenNames): Told | undefined {
  const short = (names.shortNames ?? []).find((name) => resources.has(name));
  const found: readonly (readonly [string, string | undefined])[] = [
    ['PluralConflict', resources.has(names.plural) ? names.plural : undefined],
    ['SingularConflict', resources.has(names.singular ?? '') ? names.singular : undefined],
    ['ShortNamesConflict', short],
    ['KindConflict', kinds.has(names.kind) ? names.kind : undefined],
    ['ListKindConflict', kinds.has(names.listKind ?? '') ? names.listKind : undefined],
  ];
  const [conflict] = found.filter(([, name]) => name !== undefined && name !== '');
  if (conflict === undefined) return undefined;
  const message = `${JSON.stringify(conflict[1])} is already in use`;
  return { type: 'NamesAccepted', status: 'False', reason: conflict[0], message };
}

/** A condition that is as it was keeps the time of its last change. */
function dated(condition: Told, before: readonly CrdCondition[], now: string): CrdCondition {
  const old = before.find(({ type }) => type === condition.type);
  const { lastTransitionTime = now, ...was } = old ?? { status: '' };
  if (old !== undefined && isEqual(was, condition)) return old;
  const isSame = old?.status === condition.status;
  return { ...condition, lastTransitionTime: isSame ? lastTransitionTime : now };
}

function storedVersions({ versions }: KindSpec, { storedVersions: before = [] }: CrdStatus) {
  const storage = versions.filter(({ storage: is }) => is).map(({ name }) => name);
  return [...before, ...storage.filter((name) => !before.includes(name))];
}

/** What the names of some kinds take from the others of their group. */
export function takenBy(names: readonly Partial<Names>[]): TakenNames {
  return {
    resources: new Set(
      names.flatMap(({ plural, singular, shortNames = [] }) => [
        ...(plural ? [plural] : []),
        ...(singular ? [singular] : []),
        ...shortNames,
      ]),
    ),
    kinds: new Set(
      names.flatMap(({ kind, listKind }) => [
        ...(kind ? [kind] : []),
        ...(listKind ? [listKind] : []),
      ]),
    ),
  };
}
