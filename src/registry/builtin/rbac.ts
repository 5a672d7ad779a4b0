import {
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  RBAC_GROUP,
  ROLE,
  ROLE_BINDING,
} from '../../api/builtin.ts';
import type { PrinterColumn, Schema } from '../port.ts';
import { AGE, builtIn, list, object, text, texts, textsByName } from './fields.ts';

const rules: Schema = {
  ...list(
    'What may be done.',
    object(
      'Verbs on resources, or on paths that are no resources.',
      {
        verbs: texts('Such as get, list, watch, create, update, patch, delete; * for all.'),
        apiGroups: texts('The groups of the resources; "" for the core group, * for all.'),
        resources: texts('Such as jobs, or jobs/status for a subresource; * for all.'),
        resourceNames: texts('Only the objects of these names; all where it is empty.'),
        nonResourceURLs: texts('Paths such as /healthz, or with * as their last step.'),
      },
      ['verbs'],
    ),
  ),
  nullable: true,
};

const selector: Schema = {
  ...object('Chooses objects by their labels.', {
    matchLabels: textsByName('Labels that must be there with these values.'),
    matchExpressions: list(
      'What else must hold of the labels.',
      object(
        'A condition on one label.',
        {
          key: text('The label.'),
          operator: text('In, NotIn, Exists or DoesNotExist.'),
          values: texts('The values for In and NotIn.'),
        },
        ['key', 'operator'],
      ),
    ),
  }),
  'x-kubernetes-map-type': 'atomic',
};

const subjects = list('Who may do it.', {
  ...object(
    'A user, a group or a service account.',
    {
      kind: text('User, Group or ServiceAccount.'),
      apiGroup: text(
        'The group of the kind: rbac.authorization.k8s.io for User and Group, "" for ServiceAccount.',
      ),
      name: text('Its name.'),
      namespace: text('The namespace of a service account.'),
    },
    ['kind', 'name'],
  ),
  'x-kubernetes-map-type': 'atomic',
});

const roleRef: Schema = {
  ...object(
    'The role whose rules are given. It can not be changed.',
    {
      apiGroup: { ...text('The group of the role.'), default: RBAC_GROUP },
      kind: text('Role or ClusterRole.'),
      name: text('Its name.'),
    },
    ['kind', 'name'],
  ),
  'x-kubernetes-map-type': 'atomic',
};

const binding = { subjects, roleRef };
const createdAt: PrinterColumn = {
  name: 'Created At',
  type: 'string',
  format: 'date-time',
  jsonPath: '.metadata.creationTimestamp',
};

export const role = builtIn(ROLE, {
  schema: object('Role is a set of rules that holds in its namespace.', { rules }),
  columns: [createdAt],
});

export const clusterRole = builtIn(CLUSTER_ROLE, {
  schema: object('ClusterRole is a set of rules that can be given in all namespaces.', {
    rules,
    aggregationRule: object('Makes the rules out of those of other cluster roles.', {
      clusterRoleSelectors: list('Which cluster roles: those that any of these chooses.', selector),
    }),
  }),
  columns: [createdAt],
});

export const roleBinding = builtIn(ROLE_BINDING, {
  schema: object('RoleBinding gives a role to subjects, in its namespace.', binding, ['roleRef']),
  columns: [AGE],
});

export const clusterRoleBinding = builtIn(CLUSTER_ROLE_BINDING, {
  schema: object(
    'ClusterRoleBinding gives a cluster role to subjects, in all namespaces.',
    binding,
    ['roleRef'],
  ),
  columns: [AGE],
});
