import {
  type ClusterRole,
  type PolicyRule,
  RBAC_GROUP,
  type RoleBinding,
} from '../../api/builtin.ts';
import type { Draft } from '../../api/object.ts';
import { AUTHENTICATED, DOMAINS, MASTERS } from '../users.ts';

const API_VERSION = `${RBAC_GROUP}/v1`;
/** Objects with this annotation get back what they lost when Titan starts. */
export const AUTO_UPDATE = 'rbac.authorization.kubernetes.io/autoupdate';
const LABELS = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
const AGGREGATE = `${RBAC_GROUP}/aggregate-to-`;

const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update'];

const HEALTH = ['/healthz', '/healthz/*', '/livez', '/livez/*', '/readyz', '/readyz/*'];
const VERSION = ['/version', '/version/'];
const DOCUMENTS = ['/', '/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*'];

/** What people declare in a namespace. */
const DECLARED = [
  'cronjobs',
  'gitsources',
  'jobs',
  'jobs/scale',
  'resourcegrants',
  'scalingpolicies',
  'triggers',
  'volumes',
  'volumesnapshots',
  'workflows',
];

function rule(group: string, resources: readonly string[], verbs: readonly string[]): PolicyRule {
  return { verbs, apiGroups: [group], resources };
}

function paths(urls: readonly string[]): PolicyRule {
  return { verbs: ['get'], nonResourceURLs: urls };
}

const VIEW: readonly PolicyRule[] = [
  rule('', ['configmaps', 'events', 'namespaces', 'serviceaccounts'], READ),
  rule('events.k8s.io', ['events'], READ),
  rule('titan.dev', ['*'], READ),
];

const EDIT: readonly PolicyRule[] = [
  rule('', ['secrets'], READ),
  rule('', ['configmaps', 'secrets', 'serviceaccounts'], WRITE),
  rule('', ['serviceaccounts/token'], ['create']),
  rule('', ['serviceaccounts'], ['impersonate']),
  rule('coordination.k8s.io', ['leases'], [...READ, ...WRITE]),
  rule('titan.dev', DECLARED, WRITE),
];

const ADMIN: readonly PolicyRule[] = [
  rule('authorization.k8s.io', ['localsubjectaccessreviews'], ['create']),
  rule(RBAC_GROUP, ['roles', 'rolebindings'], [...READ, ...WRITE]),
];

function role(name: string, rules: readonly PolicyRule[], labels = {}): Draft<ClusterRole> {
  return {
    apiVersion: API_VERSION,
    kind: 'ClusterRole',
    metadata: {
      name,
      labels: { ...LABELS, ...labels },
      annotations: { [AUTO_UPDATE]: 'true' },
    },
    rules,
  };
}

/** A role whose rules are those of the roles that are labelled for it. */
function aggregated(name: string, labels = {}): Draft<ClusterRole> {
  const clusterRoleSelectors = [{ matchLabels: { [`${AGGREGATE}${name}`]: 'true' } }];
  return { ...role(name, [], labels), aggregationRule: { clusterRoleSelectors } };
}

function into(name: string): Readonly<Record<string, string>> {
  return { [`${AGGREGATE}${name}`]: 'true' };
}

/** The roles that are always there. */
export const DEFAULT_ROLES: readonly Draft<ClusterRole>[] = [
  role('cluster-admin', [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    { verbs: ['*'], nonResourceURLs: ['*'] },
  ]),
  aggregated('admin'),
  aggregated('edit', into('admin')),
  aggregated('view', into('edit')),
  role('system:aggregate-to-admin', ADMIN, into('admin')),
  role('system:aggregate-to-edit', EDIT, into('edit')),
  role('system:aggregate-to-view', VIEW, into('view')),
  role('system:discovery', [paths([...DOCUMENTS, ...HEALTH, ...VERSION])]),
  role('system:basic-user', [
    rule(
      'authorization.k8s.io',
      ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
      ['create'],
    ),
    rule('authentication.k8s.io', ['selfsubjectreviews'], ['create']),
  ]),
  role('system:auth-delegator', [
    rule('authentication.k8s.io', ['tokenreviews'], ['create']),
    rule('authorization.k8s.io', ['subjectaccessreviews'], ['create']),
  ]),
  role('system:monitoring', [paths([...HEALTH, '/metrics'])]),
  role('system:titan:domain', [rule('titan.dev', ['*'], READ)]),
];

function binding(name: string, group: string): Draft<RoleBinding> {
  return {
    apiVersion: API_VERSION,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels: LABELS, annotations: { [AUTO_UPDATE]: 'true' } },
    roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name },
    subjects: [{ kind: 'Group', apiGroup: RBAC_GROUP, name: group }],
  };
}

/** Who always has which of them. */
export const DEFAULT_BINDINGS: readonly Draft<RoleBinding>[] = [
  binding('cluster-admin', MASTERS),
  binding('system:discovery', AUTHENTICATED),
  binding('system:basic-user', AUTHENTICATED),
  binding('system:monitoring', 'system:monitoring'),
  binding('system:titan:domain', DOMAINS),
];
