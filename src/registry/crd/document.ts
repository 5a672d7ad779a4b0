import type { ApiObject } from '../../api/object.ts';
import type { Definition, PrinterColumn, Schema } from '../port.ts';

/** The finalizer that holds a CustomResourceDefinition until its objects are gone. */
export const CLEANUP = 'customresourcecleanup.apiextensions.k8s.io';

export interface Names {
  readonly kind: string;
  readonly plural: string;
  readonly listKind?: string;
  readonly singular?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

export interface Version {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly deprecated?: boolean;
  readonly deprecationWarning?: string;
  readonly schema: { readonly openAPIV3Schema: Schema };
  readonly subresources?: { readonly status?: object; readonly scale?: Definition['scale'] };
  readonly additionalPrinterColumns?: readonly PrinterColumn[];
  readonly selectableFields?: ReadonlyArray<{ readonly jsonPath: string }>;
}

/** What a CustomResourceDefinition that passed its checks says of a kind. */
export interface KindSpec {
  readonly group: string;
  readonly scope: 'Namespaced' | 'Cluster';
  readonly names: Names;
  readonly versions: readonly Version[];
}

export interface CrdCondition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime?: string;
}

export interface CrdStatus {
  readonly conditions?: readonly CrdCondition[];
  readonly acceptedNames?: Partial<Names>;
  readonly storedVersions?: readonly string[];
}

/** A CustomResourceDefinition that passed its checks. */
export interface Crd extends ApiObject {
  readonly spec: KindSpec;
  readonly status?: CrdStatus;
}

/** Whether a condition of a type is `True`. */
export function isTrue({ status }: Crd, type: string): boolean {
  return (status?.conditions ?? []).some((one) => one.type === type && one.status === 'True');
}
