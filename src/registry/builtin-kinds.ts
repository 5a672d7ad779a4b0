import { CUSTOM_RESOURCE_DEFINITION } from '../api/builtin.ts';
import { coreEvent } from './builtin/events.ts';
import { builtIn, object } from './builtin/fields.ts';
import { lease } from './builtin/lease.ts';
import { namespace } from './builtin/namespace.ts';
import { clusterRole, clusterRoleBinding, role, roleBinding } from './builtin/rbac.ts';
import { configMap, secret, serviceAccount } from './builtin/settings.ts';
import type { Definition, Schema } from './port.ts';

export { LEASE } from './builtin/lease.ts';
export { ALL_VERBS } from './builtin/verbs.ts';

const definitionSchema: Schema = {
  ...object('CustomResourceDefinition describes a kind.', {
    spec: {
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
      description: 'The kind.',
    },
    status: {
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
      description: 'Whether it is served.',
    },
  }),
};

/** The kinds that Kubernetes' tools expect beside those of the CustomResourceDefinitions. */
export const BUILT_IN: readonly Definition[] = [
  namespace,
  coreEvent,
  configMap,
  secret,
  serviceAccount,
  lease,
  role,
  clusterRole,
  roleBinding,
  clusterRoleBinding,
  builtIn(CUSTOM_RESOURCE_DEFINITION, {
    schema: definitionSchema,
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    verbs: ['get', 'list', 'watch'],
    columns: [{ name: 'Created At', type: 'date', jsonPath: '.metadata.creationTimestamp' }],
  }),
];
