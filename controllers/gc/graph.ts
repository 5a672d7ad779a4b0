import { type Kind, resourceName } from '../../src/api/kind.ts';
import type { ApiObject } from '../../src/api/object.ts';

/** An object that has owners, or that waits for its dependents before it goes. */
export interface Node {
  readonly kind: Kind;
  readonly object: ApiObject;
}

/** Held by an object that goes only after its dependents. */
export const FOREGROUND = 'foregroundDeletion';
/** Held by an object that lets its dependents live on without it. */
export const ORPHAN = 'orphan';

/** The finalizer that the collector takes away from an object that is to go. */
export function waitsFor({ metadata }: ApiObject): typeof FOREGROUND | typeof ORPHAN | undefined {
  const { deletionTimestamp, finalizers = [] } = metadata;
  if (deletionTimestamp === undefined) return undefined;
  if (finalizers.includes(ORPHAN)) return ORPHAN;
  return finalizers.includes(FOREGROUND) ? FOREGROUND : undefined;
}

/**
 * Who owns whom, by uid, over every kind. Of objects without owners only the uid is kept, and objects
 * are shared with the cache that they come from. Each change is answered with the uids to look at.
 */
export interface Graph {
  get(uid: string): Node | undefined;
  dependentsOf(uid: string): readonly Node[];
  /** Whether the resource, such as `jobs.titan.dev`, is known to have this uid, there where a namespace is named. */
  has(resource: string, uid: string, namespace: string | undefined): boolean;
  put(kind: Kind, object: ApiObject): readonly string[];
  drop(kind: Kind, uid: string): readonly string[];
  /** Of a resource only these uids are left. */
  keepOnly(kind: Kind, uids: ReadonlySet<string>): readonly string[];
  /** Every object that is kept whole. */
  nodes(): IterableIterator<string>;
}

export function createGraph(): Graph {
  const nodes = new Map<string, Node>();
  const dependents = new Map<string, Set<string>>();
  const known = new Map<string, Map<string, string | undefined>>();

  /** The uids of a kind, with their namespaces. */
  function uidsOf(kind: Kind): Map<string, string | undefined> {
    const resource = resourceName(kind);
    const found = known.get(resource) ?? new Map<string, string | undefined>();
    known.set(resource, found);
    return found;
  }

  function unlink(uid: string): readonly string[] {
    const owners = ownerUids(nodes.get(uid));
    for (const owner of owners) {
      const set = dependents.get(owner);
      set?.delete(uid);
      if (set?.size === 0) dependents.delete(owner);
    }
    nodes.delete(uid);
    return owners;
  }

  function link(node: Node): readonly string[] {
    const { uid } = node.object.metadata;
    const owners = ownerUids(node);
    if (owners.length === 0 && waitsFor(node.object) === undefined) return [];
    nodes.set(uid, node);
    for (const owner of owners) {
      const set = dependents.get(owner) ?? new Set<string>();
      dependents.set(owner, set.add(uid));
    }
    return [uid, ...owners];
  }

  function drop(kind: Kind, uid: string): readonly string[] {
    uidsOf(kind).delete(uid);
    return [...unlink(uid), ...(dependents.get(uid) ?? [])];
  }

  return {
    get: (uid) => nodes.get(uid),
    dependentsOf: (uid) =>
      [...(dependents.get(uid) ?? [])].flatMap((dependent) => nodes.get(dependent) ?? []),
    has(resource, uid, namespace) {
      const uids = known.get(resource);
      if (uids === undefined || !uids.has(uid)) return false;
      return namespace === undefined || uids.get(uid) === namespace;
    },
    put(kind, object) {
      const { uid, namespace } = object.metadata;
      uidsOf(kind).set(uid, namespace);
      const left = unlink(uid);
      const joined = link({ kind, object });
      return left.length === 0 ? joined : [...left, ...joined];
    },
    drop,
    keepOnly(kind, uids) {
      const gone = [...uidsOf(kind).keys()].filter((uid) => !uids.has(uid));
      return gone.flatMap((uid) => drop(kind, uid));
    },
    nodes: () => nodes.keys(),
  };
}

function ownerUids(node: Node | undefined): readonly string[] {
  return node?.object.metadata.ownerReferences?.map(({ uid }) => uid) ?? [];
}
