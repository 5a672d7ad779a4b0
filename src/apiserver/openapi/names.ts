import type { Kind } from '../../api/kind.ts';

/** The name of a kind's schema: the group backwards, the version, the kind. */
export function schemaName({ group, version }: Pick<Kind, 'group' | 'version'>, kind: string) {
  const prefix = group === '' ? 'io.k8s.api.core' : group.split('.').toReversed().join('.');
  return `${prefix}.${version}.${kind}`;
}

/** The name of one of the schemas that all kinds share. */
export function metaName(type: string): string {
  return `io.k8s.apimachinery.pkg.apis.meta.v1.${type}`;
}

export const SCALE_NAME = 'io.k8s.api.autoscaling.v1.Scale';
