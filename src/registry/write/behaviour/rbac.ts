import {
  type ClusterRole,
  type PolicyRule,
  RBAC_GROUP,
  type RoleBinding,
  type Subject,
} from '../../../api/builtin.ts';
import type { Cause } from '../../../api/error.ts';
import { isSubdomainName, SUBDOMAIN_RULE } from '../../../api/name.ts';
import { invalidValue, notSupported, required } from '../../causes.ts';
import { field, isEqual, isRecord } from '../../json.ts';
import type { Admitted } from '../admit.ts';
import type { Behaviour } from './behaviour.ts';

export const roleBehaviour: Behaviour = {
  nameProblem: segmentProblem,
  createsOnUpdate: true,
  check(object) {
    const role = object as ClusterRole;
    const isCluster = role.metadata.namespace === undefined;
    const rules = (role.rules ?? []).flatMap((rule, index) =>
      ruleCauses(rule, `rules[${index}]`, isCluster),
    );
    return [...rules, ...aggregationCauses(role)];
  },
};

function ruleCauses(rule: PolicyRule, path: string, isCluster: boolean): readonly Cause[] {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const causes =
    verbs.length === 0 ? [required(`${path}.verbs`, 'verbs must contain at least one value')] : [];
  if (nonResourceURLs.length > 0) {
    const at = `${path}.nonResourceURLs`;
    if (!isCluster) {
      const why = 'namespaced rules cannot apply to non-resource URLs';
      causes.push(invalidValue(at, nonResourceURLs, why));
    }
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      const why = 'rules cannot apply to both regular resources and non-resource URLs';
      causes.push(invalidValue(at, nonResourceURLs, why));
    }
    return causes;
  }
  if (apiGroups.length === 0) {
    causes.push(required(`${path}.apiGroups`, 'resource rules must supply at least one api group'));
  }
  if (resources.length === 0) {
    causes.push(required(`${path}.resources`, 'resource rules must supply at least one resource'));
  }
  return causes;
}

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

function aggregationCauses({ aggregationRule }: ClusterRole): readonly Cause[] {
  if (aggregationRule === undefined) return [];
  const path = 'aggregationRule.clusterRoleSelectors';
  const { clusterRoleSelectors: selectors = [] } = aggregationRule;
  if (selectors.length === 0) {
    return [
      required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil'),
    ];
  }
  return selectors.flatMap(({ matchExpressions = [] }, index) =>
    matchExpressions.flatMap(({ operator, values = [] }, place) => {
      const at = `${path}[${index}].matchExpressions[${place}]`;
      if (!OPERATORS.includes(operator)) {
        return [invalidValue(`${at}.operator`, operator, 'not a valid selector operator')];
      }
      const needsValues = operator === 'In' || operator === 'NotIn';
      if (needsValues && values.length === 0) {
        const why = "must be specified when `operator` is 'In' or 'NotIn'";
        return [required(`${at}.values`, why)];
      }
      return [];
    }),
  );
}

export const bindingBehaviour: Behaviour = {
  nameProblem: segmentProblem,
  createsOnUpdate: true,
  read: (binding, defaults) => (defaults ? withSubjectGroups(binding) : binding),
  check(object, old) {
    const binding = object as RoleBinding;
    const isCluster = binding.metadata.namespace === undefined;
    const moved = old !== undefined && !isEqual((old as RoleBinding).roleRef, binding.roleRef);
    return [
      ...roleRefCauses(binding, isCluster),
      ...(binding.subjects ?? []).flatMap((subject, index) =>
        subjectCauses(subject, `subjects[${index}]`, isCluster),
      ),
      ...(moved ? [invalidValue('roleRef', binding.roleRef, 'cannot change roleRef')] : []),
    ];
  },
};

/** Users and groups are of RBAC's group unless they say of which. */
function withSubjectGroups(binding: Admitted): Admitted {
  const subjects = field(binding, 'subjects');
  if (!Array.isArray(subjects)) return binding;
  const isBare = (subject: unknown) =>
    isRecord(subject) && !subject.apiGroup && ['User', 'Group'].includes(String(subject.kind));
  if (!subjects.some(isBare)) return binding;
  const named = subjects.map((subject: unknown) =>
    isBare(subject) ? { ...Object(subject), apiGroup: RBAC_GROUP } : subject,
  );
  return { ...binding, subjects: named } as Admitted;
}

function roleRefCauses({ roleRef }: RoleBinding, isCluster: boolean): readonly Cause[] {
  const kinds = isCluster ? ['ClusterRole'] : ['ClusterRole', 'Role'];
  const causes: Cause[] = [];
  if (roleRef.apiGroup !== RBAC_GROUP) {
    causes.push(notSupported('roleRef.apiGroup', roleRef.apiGroup, [RBAC_GROUP]));
  }
  if (!kinds.includes(roleRef.kind)) causes.push(notSupported('roleRef.kind', roleRef.kind, kinds));
  const problem = segmentProblem(roleRef.name);
  if (roleRef.name === '') causes.push(required('roleRef.name'));
  else if (problem) causes.push(invalidValue('roleRef.name', roleRef.name, problem));
  return causes;
}

const SUBJECTS = ['Group', 'ServiceAccount', 'User'];

function subjectCauses(subject: Subject, path: string, isCluster: boolean): readonly Cause[] {
  const { kind, apiGroup = '', name, namespace = '' } = subject;
  if (!SUBJECTS.includes(kind)) return [notSupported(`${path}.kind`, kind, SUBJECTS)];
  const isAccount = kind === 'ServiceAccount';
  const group = isAccount ? '' : RBAC_GROUP;
  const causes: Cause[] = [];
  if (name === '') causes.push(required(`${path}.name`));
  else if (isAccount && !isSubdomainName(name)) {
    causes.push(invalidValue(`${path}.name`, name, SUBDOMAIN_RULE));
  }
  if (apiGroup !== group) causes.push(notSupported(`${path}.apiGroup`, apiGroup, [group]));
  if (isAccount && namespace === '' && isCluster) causes.push(required(`${path}.namespace`));
  return causes;
}

/** What keeps a name from being a step of a path, in Kubernetes' words. */
function segmentProblem(name: string): string | undefined {
  if (name === '.' || name === '..') return `may not be '${name}'`;
  if (name.includes('/')) return "may not contain '/'";
  return name.includes('%') ? "may not contain '%'" : undefined;
}
