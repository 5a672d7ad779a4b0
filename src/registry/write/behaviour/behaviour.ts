import type { Cause } from '../../../api/error.ts';
import { resourceName } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/object.ts';
import { completed } from '../../crd/complete.ts';
import type { Definition } from '../../port.ts';
import type { Admitted } from '../admit.ts';
import { configMapBehaviour, secretBehaviour } from './data.ts';
import { eventBehaviour } from './event.ts';
import { namespaceBehaviour } from './namespace.ts';
import { bindingBehaviour, roleBehaviour } from './rbac.ts';

/** What a built-in kind does beside what its schema says. */
export interface Behaviour {
  /**
   * What becomes of an object as it is read, before it is compared or checked: fields that are only
   * for writing are folded into others and, with `defaults`, what follows from others is filled in.
   *
   * @returns the object, itself where nothing changes; or a sentence that says why it can't be read
   */
  readonly read?: (object: Admitted, defaults: boolean) => Admitted | string;
  /** What is wrong with an object that keeps to its schema. `old` is absent on create. */
  readonly check?: (object: ApiObject, old: ApiObject | undefined) => readonly Cause[];
  /** What is wrong with a name, of a kind that has rules of its own for them. */
  readonly nameProblem?: (name: string) => string | undefined;
  /** Whether a replacement of what is missing creates it. */
  readonly createsOnUpdate?: boolean;
  /** Whether the changes of what should be are counted. */
  readonly isCounted?: boolean;
}

const NONE: Behaviour = {};
const CUSTOM: Behaviour = { isCounted: true };

const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  namespaces: namespaceBehaviour,
  configmaps: configMapBehaviour,
  events: eventBehaviour,
  secrets: secretBehaviour,
  'customresourcedefinitions.apiextensions.k8s.io': {
    read: (object, defaults) => (defaults ? completed(object) : object),
    isCounted: true,
  },
  'leases.coordination.k8s.io': { createsOnUpdate: true },
  'roles.rbac.authorization.k8s.io': roleBehaviour,
  'clusterroles.rbac.authorization.k8s.io': roleBehaviour,
  'rolebindings.rbac.authorization.k8s.io': bindingBehaviour,
  'clusterrolebindings.rbac.authorization.k8s.io': bindingBehaviour,
};

export function behaviourOf({ kind, builtIn }: Pick<Definition, 'kind' | 'builtIn'>): Behaviour {
  return builtIn ? (BEHAVIOURS[resourceName(kind)] ?? NONE) : CUSTOM;
}
