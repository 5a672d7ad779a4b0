import { type DesiredObject, describeObject, type Manifest, type Reading } from './document.ts';

/** Objects that a synced folder owns bear this label; its value names the folder's set. */
export const SET_LABEL = 'titan.dev/sync-set';

/** Kinds that a folder may declare, and that are looked through for what to prune. */
export const SYNCED_KINDS = [
  { apiVersion: 'titan.dev/v1beta1', kind: 'Job', namespaced: true },
  { apiVersion: 'titan.dev/v1beta1', kind: 'FaultDomain', namespaced: false },
  { apiVersion: 'v1', kind: 'ConfigMap', namespaced: true },
] as const;

export type Step =
  | { readonly do: 'apply'; readonly object: DesiredObject; readonly from: string }
  | { readonly do: 'prune'; readonly object: DesiredObject };

export interface SyncPlan {
  readonly steps: readonly Step[];
  /** Why nothing is pruned this time, where there may be something to prune. */
  readonly pruningHeld?: string;
}

/**
 * Decides how the cluster becomes equal to a folder: everything declared is applied, with the set's
 * label; what the set owns and no file declares any more is pruned. While a file can't be read
 * nothing is pruned, as it may be what declares it.
 */
export function planSync(
  reading: Reading,
  owned: readonly DesiredObject[],
  { set, namespace }: { readonly set: string; readonly namespace: string },
): SyncPlan {
  const declared = reading.manifests.map((manifest) => labelled(manifest, set, namespace));
  const wanted = new Set(declared.map(({ object }) => identity(object)));
  const applies = declared.map(
    ({ object, file, line }): Step => ({ do: 'apply', object, from: `${file}:${line}` }),
  );
  const extra = owned.filter((object) => !wanted.has(identity(object)));
  if (extra.length > 0 && reading.problems.length > 0) {
    const names = extra.map(describeObject).join(', ');
    return {
      steps: applies,
      pruningHeld: `not pruned while a file is broken: ${names}`,
    };
  }
  return { steps: [...applies, ...extra.map((object): Step => ({ do: 'prune', object }))] };
}

function labelled(manifest: Manifest, set: string, namespace: string): Manifest {
  const { object } = manifest;
  const { metadata } = object;
  const isNamespaced = SYNCED_KINDS.some(
    ({ kind, apiVersion, namespaced }) =>
      namespaced && kind === object.kind && apiVersion === object.apiVersion,
  );
  return {
    ...manifest,
    object: {
      ...object,
      metadata: {
        ...metadata,
        ...(isNamespaced ? { namespace: metadata.namespace ?? namespace } : {}),
        labels: { ...metadata.labels, [SET_LABEL]: set },
      },
    },
  };
}

function identity(object: DesiredObject): string {
  return `${object.apiVersion} ${describeObject(object)}`;
}
