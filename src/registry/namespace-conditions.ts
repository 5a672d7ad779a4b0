import type { Condition } from '../api/condition.ts';

/** What a namespace that ends still holds of one kind. */
export interface Left {
  /** Such as `jobs.titan.dev`. */
  readonly resource: string;
  readonly count: number;
  /** One for each finalizer of each object. */
  readonly finalizers: readonly string[];
}

interface Found {
  readonly left: readonly Left[];
  /** Why something could not be deleted. */
  readonly failures: readonly string[];
}

const FAILURES_SHOWN = 5;

/** The conditions of a namespace that ends, with the types, reasons and words of Kubernetes. */
export function endingConditions({ left, failures }: Found): readonly Condition[] {
  const held = finalizersOf(left);
  const remaining = left
    .toSorted((a, b) => (a.resource < b.resource ? -1 : 1))
    .map(({ resource, count }) => `${resource} has ${count} resource instances`);
  return [
    said('NamespaceDeletionDiscoveryFailure', [
      [],
      'ResourcesDiscovered',
      'All resources successfully discovered',
    ]),
    said('NamespaceDeletionGroupVersionParsingFailure', [
      [],
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ]),
    said(
      'NamespaceDeletionContentFailure',
      [[], 'ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
      [
        [...new Set(failures)].slice(0, FAILURES_SHOWN),
        'ContentDeletionFailed',
        'Failed to delete all resource types: ',
      ],
    ),
    said(
      'NamespaceContentRemaining',
      [[], 'ContentRemoved', 'All content successfully removed'],
      [remaining, 'SomeResourcesRemain', 'Some resources are remaining: '],
    ),
    said(
      'NamespaceFinalizersRemaining',
      [[], 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
      [held, 'SomeFinalizersRemain', 'Some content in the namespace has finalizers remaining: '],
    ),
  ];
}

type Saying = readonly [details: readonly string[], reason: string, opening: string];

/** True with what there is to tell; False where there is nothing. */
function said(type: string, no: Saying, yes: Saying = no): Condition {
  const [details] = yes;
  const [, reason, opening] = details.length > 0 ? yes : no;
  const status = details.length > 0 ? 'True' : 'False';
  return { type, status, reason, message: `${opening}${details.join(', ')}` };
}

function finalizersOf(left: readonly Left[]): readonly string[] {
  const all = left.flatMap(({ finalizers }) => finalizers);
  return [...Map.groupBy(all, (name) => name)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { length }]) => `${name} in ${length} resource instances`);
}
