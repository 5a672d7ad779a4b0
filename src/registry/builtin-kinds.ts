import { coreEvent, groupEvent } from './builtin/events.ts';
import { lease } from './builtin/lease.ts';
import { namespace } from './builtin/namespace.ts';
import { clusterRole, clusterRoleBinding, role, roleBinding } from './builtin/rbac.ts';
import { reviews } from './builtin/reviews.ts';
import { configMap, secret, serviceAccount } from './builtin/settings.ts';
import { customResourceDefinition } from './crd/kind.ts';
import type { Definition } from './port.ts';

export { LEASE } from './builtin/lease.ts';
export { ALL_VERBS } from './builtin/verbs.ts';

/** The kinds that Kubernetes' tools expect beside those of the CustomResourceDefinitions. */
export const BUILT_IN: readonly Definition[] = [
  namespace,
  coreEvent,
  groupEvent,
  configMap,
  secret,
  serviceAccount,
  lease,
  role,
  clusterRole,
  roleBinding,
  clusterRoleBinding,
  customResourceDefinition,
  ...reviews,
];
