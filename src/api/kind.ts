import type { ApiObject } from './object.ts';

/** What names a kind on the wire. The type parameter is the shape of its objects. */
export interface Kind<out T extends ApiObject = ApiObject> {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Never present at run time: it binds the kind to its objects' type. */
  readonly object?: T;
}

/** `titan.dev/v1beta1`, or `v1` for the core group. */
export function apiVersionOf(kind: Pick<Kind, 'group' | 'version'>): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}

/** `jobs.titan.dev`, or `events` for the core group: how Kubernetes' messages name a resource. */
export function resourceName(kind: Pick<Kind, 'group' | 'plural'>): string {
  return kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
}
