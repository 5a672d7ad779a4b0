import { CUSTOM_RESOURCE_DEFINITION, NAMESPACE } from '../api/builtin.ts';
import { apiVersionOf } from '../api/kind.ts';
import { toTimestamp } from '../api/object.ts';
import type { Unversioned } from './cache/held.ts';
import type { Served } from './catalog.ts';
import { completed } from './crd/complete.ts';
import { atPath, isEqual } from './json.ts';
import { localKey } from './keys.ts';
import { behaviourOf } from './write/behaviour/behaviour.ts';
import { newNamespace, withOwnLabel } from './write/behaviour/namespace.ts';
import { commit, newest } from './write/commit.ts';
import type { Context } from './write/context.ts';

const NAMESPACES = ['default', 'kube-system'];
const SYSTEM = { manager: 'titan' };
const TRIES = 5;

/** Brings what must always be there into the store: the first namespaces, and the kinds that are served. */
export async function ensureBasics(context: Context, documents: readonly unknown[]): Promise<void> {
  const namespaces = context.catalog.of(NAMESPACE);
  const definitions = context.catalog.of(CUSTOM_RESOURCE_DEFINITION);
  const at = toTimestamp(context.clock.now());
  await Promise.all([
    ...NAMESPACES.map((name) =>
      ensure(context, namespaces, name, newNamespace(namespaces.definition, {})),
    ),
    ...documents.map((document) =>
      ensure(context, definitions, String(atPath(document, '.metadata.name')), {
        spec: completed({ spec: atPath(document, '.spec') }).spec,
        status: definitionStatus(document, at),
      }),
    ),
  ]);
}

interface Content {
  readonly spec: unknown;
  readonly status: unknown;
}

/** Creates an object, or renews its spec where that differs; another replica may do the same. */
async function ensure(
  context: Context,
  served: Served,
  name: string,
  { spec, status }: Content,
): Promise<void> {
  const local = localKey({ name });
  for (let tries = 0; tries < TRIES; tries += 1) {
    const current = await newest(context, served, local);
    if (current !== undefined && isEqual(current.object.spec, spec)) return;
    const { kind } = served.definition;
    const { isCounted } = behaviourOf(served.definition);
    const { resourceVersion: _, ...before } = current?.object.metadata ?? { resourceVersion: '' };
    const fresh = {
      name,
      uid: context.random.uuid(),
      creationTimestamp: toTimestamp(context.clock.now()),
    };
    const metadata = withOwnLabel(served.definition, name, { ...fresh, ...before });
    const next: Unversioned = {
      apiVersion: apiVersionOf(kind),
      kind: kind.kind,
      metadata: isCounted ? { ...metadata, generation: (metadata.generation ?? 0) + 1 } : metadata,
      spec,
      status,
    };
    const expected = current?.revision ?? 0;
    const done = await commit(context, { served, local, expected, next }, SYSTEM);
    if (done.ok) return;
  }
}

function definitionStatus(document: unknown, at: string): unknown {
  const versions = atPath(document, '.spec.versions');
  const stored = Array.isArray(versions) ? versions.filter((version) => version.storage) : [];
  return {
    conditions: [
      {
        type: 'NamesAccepted',
        status: 'True',
        reason: 'NoConflicts',
        message: 'no conflicts found',
        lastTransitionTime: at,
      },
      {
        type: 'Established',
        status: 'True',
        reason: 'InitialNamesAccepted',
        message: 'the initial names have been accepted',
        lastTransitionTime: at,
      },
    ],
    acceptedNames: atPath(document, '.spec.names'),
    storedVersions: stored.map(({ name }) => name),
  };
}
