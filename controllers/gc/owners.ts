import { hasReason } from '../../src/api/error.ts';
import { apiVersionOf } from '../../src/api/kind.ts';
import type { ApiObject, ObjectKey, OwnerReference } from '../../src/api/object.ts';
import type { Client, Definition, Registry } from '../../src/registry/port.ts';
import type { Owner, OwnerState } from './decide.ts';
import { FOREGROUND, type Node, waitsFor } from './graph.ts';

export interface OwnersOptions {
  readonly client: Pick<Client, 'list'>;
  readonly kinds: Pick<Registry, 'definitions' | 'onDefinitions' | 'get'>;
  /** Told of an owner that a dependent cannot have, because of where it is. */
  refuse(dependent: ApiObject, message: string): void;
}

/** Finds out what became of owners. */
export interface Owners {
  /** The kind that a reference names, where it is served. */
  definitionOf(reference: OwnerReference): Definition | undefined;
  /** Reads what is not known to be gone from the store itself. @throws ServiceUnavailable */
  of(node: Node): Promise<readonly Owner[]>;
  /** An object of this uid is gone, and uids never come back. */
  gone(uid: string): void;
  stop(): void;
}

/** Owners that are known to be gone; the oldest is forgotten first, and then read again. */
const GONE_MAX = 20_000;
/** Kinds that references name, served or not; all are looked up anew when there are more. */
const NAMED_MAX = 1_000;

export function createOwners({ client, kinds, refuse }: OwnersOptions): Owners {
  const absent = new Set<string>();
  const named = new Map<string, Definition | undefined>();
  const stop = kinds.onDefinitions(() => named.clear());

  function remember(key: string): void {
    absent.add(key);
    const [oldest] = absent;
    if (absent.size > GONE_MAX && oldest !== undefined) absent.delete(oldest);
  }

  function definitionOf({ apiVersion, kind }: OwnerReference): Definition | undefined {
    const key = `${apiVersion}/${kind}`;
    if (!named.has(key)) {
      if (named.size >= NAMED_MAX) named.clear();
      named.set(key, findDefinition(kinds.definitions(), apiVersion, kind));
    }
    return named.get(key);
  }

  async function read(definition: Definition, key: ObjectKey): Promise<ApiObject | undefined> {
    try {
      return (await kinds.get(definition, key)).object;
    } catch (thrown) {
      if (hasReason(thrown, 'NotFound')) return undefined;
      throw thrown;
    }
  }

  async function stateOf(dependent: ApiObject, reference: OwnerReference): Promise<OwnerState> {
    const { namespace } = dependent.metadata;
    const { uid, name } = reference;
    const definition = definitionOf(reference);
    if (definition === undefined) return 'Unresolvable';
    const isNamespaced = definition.kind.namespaced;
    if (isNamespaced && namespace === undefined) {
      refuse(dependent, `${describe(reference)} is namespaced, and cannot own what is not`);
      return 'Unresolvable';
    }
    if (absent.has(uid) || absent.has(`${namespace}/${uid}`)) return 'Absent';
    const owner = await read(definition, ownerKey(isNamespaced ? namespace : undefined, name));
    if (owner?.metadata.uid === uid) return waitsFor(owner) === FOREGROUND ? 'Waiting' : 'Present';
    await noteAbsent(definition, dependent, reference);
    return 'Absent';
  }

  /** Where it is in another namespace, people are told: they may have meant that one. */
  async function noteAbsent(
    { kind }: Definition,
    dependent: ApiObject,
    reference: OwnerReference,
  ): Promise<void> {
    const { namespace } = dependent.metadata;
    const { uid } = reference;
    const isElsewhere = kind.namespaced && (await client.list(kind)).items.some(isOf(uid));
    remember(isElsewhere ? `${namespace}/${uid}` : uid);
    if (!isElsewhere) return;
    refuse(dependent, `${describe(reference)} does not exist in namespace "${namespace}"`);
  }

  return {
    definitionOf,
    gone: remember,
    stop,
    of: ({ object }) =>
      Promise.all(
        (object.metadata.ownerReferences ?? []).map(async (reference) => ({
          reference,
          state: await stateOf(object, reference),
        })),
      ),
  };
}

function ownerKey(namespace: string | undefined, name: string): ObjectKey {
  return namespace === undefined ? { name } : { namespace, name };
}

function isOf(uid: string): (object: ApiObject) => boolean {
  return ({ metadata }) => metadata.uid === uid;
}

function describe({ apiVersion, kind, name, uid }: OwnerReference): string {
  return `ownerRef [${apiVersion}/${kind}, name: ${name}, uid: ${uid}]`;
}

/** In the version that is named, else in any. */
function findDefinition(
  definitions: readonly Definition[],
  apiVersion: string,
  name: string,
): Definition | undefined {
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  const found = definitions.filter(({ kind }) => kind.kind === name && kind.group === group);
  return found.find(({ kind }) => apiVersionOf(kind) === apiVersion) ?? found[0];
}
