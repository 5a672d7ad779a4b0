import type { PolicyRule } from '../../api/builtin.ts';
import type { Attributes, PathAttributes, ResourceAttributes } from '../port.ts';

/** Whether a rule lets a request through. */
export function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!holds(rule.verbs, attributes.verb)) return false;
  return 'path' in attributes ? pathAllowed(rule, attributes) : resourceAllowed(rule, attributes);
}

function holds(values: readonly string[] | undefined, wanted: string): boolean {
  return values?.some((value) => value === '*' || value === wanted) ?? false;
}

function resourceAllowed(rule: PolicyRule, attributes: ResourceAttributes): boolean {
  const { group, resource, subresource, name } = attributes;
  if (!holds(rule.apiGroups, group)) return false;
  if (!resourceHolds(rule.resources, resource, subresource)) return false;
  const { resourceNames = [] } = rule;
  return resourceNames.length === 0 || resourceNames.includes(name);
}

/** `*` is every resource with its subresources, an asterisk before `/scale` the subresource of every resource. */
function resourceHolds(
  values: readonly string[] | undefined,
  resource: string,
  subresource: string,
): boolean {
  const whole = subresource === '' ? resource : `${resource}/${subresource}`;
  const any = subresource === '' ? undefined : `*/${subresource}`;
  return values?.some((value) => value === '*' || value === whole || value === any) ?? false;
}

function pathAllowed({ nonResourceURLs }: PolicyRule, { path }: PathAttributes): boolean {
  return nonResourceURLs?.some((pattern) => pathMatches(pattern, path)) ?? false;
}

function pathMatches(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === path) return true;
  return pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1).replace(/\*+$/, ''));
}

/** Which of the rules give more than `held` does: nobody may hand out what they do not have. */
export function notCovered(
  held: readonly PolicyRule[],
  rules: readonly PolicyRule[],
): readonly PolicyRule[] {
  return rules.flatMap(atoms).filter((atom) => !held.some((rule) => ruleCovers(rule, atom)));
}

/** A rule as rules of one verb on one thing each. */
function atoms(rule: PolicyRule): readonly PolicyRule[] {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const names = resourceNames.length === 0 ? [[]] : resourceNames.map((name) => [name]);
  return verbs.flatMap((verb) => [
    ...nonResourceURLs.map((url) => ({ verbs: [verb], nonResourceURLs: [url] })),
    ...apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        names.map((name) => ({
          verbs: [verb],
          apiGroups: [group],
          resources: [resource],
          ...(name.length === 0 ? {} : { resourceNames: name }),
        })),
      ),
    ),
  ]);
}

/** Wildcards of the atom are words like others: only a wildcard of the rule covers them. */
function ruleCovers(rule: PolicyRule, atom: PolicyRule): boolean {
  const [verb = ''] = atom.verbs;
  if (!holds(rule.verbs, verb)) return false;
  const [url] = atom.nonResourceURLs ?? [];
  if (url !== undefined) return pathAllowed(rule, { verb, path: url });
  const [whole = ''] = atom.resources ?? [];
  const [resource = '', subresource = ''] = whole.split('/');
  const [name] = atom.resourceNames ?? [];
  return (
    holds(rule.apiGroups, atom.apiGroups?.[0] ?? '') &&
    resourceHolds(rule.resources, resource, subresource) &&
    namesCover(rule.resourceNames ?? [], name)
  );
}

function namesCover(names: readonly string[], name: string | undefined): boolean {
  return names.length === 0 || (name !== undefined && names.includes(name));
}
