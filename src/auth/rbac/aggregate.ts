import type { ClusterRole, LabelSelector, PolicyRule } from '../../api/builtin.ts';

/**
 * The rules that an aggregated role has: those of all roles that its selectors choose, in the order of
 * their names, each once. `undefined` for a role that does not aggregate.
 */
export function aggregatedRules(
  { metadata, aggregationRule }: ClusterRole,
  all: Iterable<ClusterRole>,
): readonly PolicyRule[] | undefined {
  const selectors = aggregationRule?.clusterRoleSelectors;
  if (selectors === undefined || selectors === null) return undefined;
  const chosen = [...all]
    .filter((role) => role.metadata.name !== metadata.name)
    .filter((role) => selectors.some((selector) => selects(selector, role.metadata.labels ?? {})))
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const rules = new Map<string, PolicyRule>();
  for (const rule of chosen.flatMap((role) => role.rules ?? [])) {
    rules.set(JSON.stringify(rule), rule);
  }
  return [...rules.values()];
}

type Labels = Readonly<Record<string, string>>;

function selects({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels) {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every((expression) => expressionHolds(expression, labels))
  );
}

type Expression = NonNullable<LabelSelector['matchExpressions']>[number];

function expressionHolds({ key, operator, values = [] }: Expression, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}
