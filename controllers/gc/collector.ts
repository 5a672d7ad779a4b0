import { asTitanError, hasReason } from '../../src/api/error.ts';
import { resourceName } from '../../src/api/kind.ts';
import type { Millis } from '../../src/api/object.ts';
import type { Registry } from '../../src/registry/port.ts';
import type { Running, Runtime } from '../../src/runtime/controller.ts';
import { createWorkQueue } from '../../src/runtime/queue.ts';
import { inSlices } from '../../src/runtime/slices.ts';
import { createActs, nameOf } from './acts.ts';
import { type Following, followAll } from './follow.ts';
import { createGraph, type Graph, waitsFor } from './graph.ts';
import { createOwners, type Owners } from './owners.ts';

export interface CollectorOptions extends Runtime {
  readonly kinds: Pick<Registry, 'definitions' | 'onDefinitions' | 'get'>;
}

const CONCURRENCY = 20;
const NOT_WHOLE_MS = 500;
const NEVER = Number.POSITIVE_INFINITY;

/**
 * Removes what has lost its last owner, whatever its kind, as Kubernetes does: in the background, in the
 * foreground (`foregroundDeletion`: dependents that block first), or not at all (`orphan`).
 *
 * It removes nothing before an owner's absence has been read from the store, and nothing while a kind is
 * not followed: an owner that was not seen is not one that is gone.
 */
export function runCollector(options: CollectorOptions): Running {
  const { client, clock, random, recorder, kinds } = options;
  const log = options.log.child({ controller: 'collector' });
  const graph = createGraph();
  const owners = createOwners({
    client,
    kinds,
    refuse: (dependent, text) => recorder.warning(dependent, 'OwnerRefInvalidNamespace', text),
  });
  const queue = createWorkQueue({
    clock,
    random,
    concurrency: CONCURRENCY,
    work: (uid) => look(uid),
    onError(uid, thrown, failures) {
      const error = asTitanError(thrown);
      if (error.reason === 'Conflict' && failures < 3) return;
      log.warn('could not be collected yet', {
        object: nameOf(graph.get(uid)),
        error: error.message,
      });
    },
  });
  const ask = { graph, owners };
  const acts = createActs({ client, clock, log, graph, owners, again: (uid) => queue.add(uid) });
  let isSettled = false;
  const following: Following = followAll(
    { client, kinds, clock, random, log },
    {
      put: (kind, object) => enqueue(graph.put(kind, object)),
      drop(kind, object) {
        owners.gone(object.metadata.uid);
        enqueue(graph.drop(kind, object.metadata.uid));
      },
      only(kind, uids) {
        enqueue(graph.keepOnly(kind, uids));
        if (!isSettled) queue.addAfter(FIRST_LOOK, 0);
      },
    },
  );

  /** Before the first lists are in there is nothing to say; then everything is looked at once. */
  function enqueue(uids: readonly string[]): void {
    if (!isSettled) return;
    for (const uid of uids) if (isDue(ask, uid)) queue.add(uid);
  }

  async function firstLook(): Promise<Millis> {
    if (isSettled) return NEVER;
    if (!following.isWhole) return NOT_WHOLE_MS;
    isSettled = true;
    await inSlices(enqueueing([...graph.nodes()]), clock);
    return NEVER;
  }

  function* enqueueing(uids: readonly string[]): Generator<void, void> {
    for (const uid of uids) {
      enqueue([uid]);
      yield;
    }
  }

  async function look(uid: string): Promise<Millis> {
    if (uid === FIRST_LOOK) return firstLook();
    const node = graph.get(uid);
    if (node === undefined) return NEVER;
    if (!following.isWhole) return NOT_WHOLE_MS;
    try {
      if (waitsFor(node.object) === undefined) await acts.collect(node);
      else await acts.release(uid);
    } catch (thrown) {
      if (!hasReason(thrown, 'NotFound')) throw thrown;
    }
    return NEVER;
  }

  return {
    get idle() {
      return queue.idle;
    },
    async stop() {
      await following.stop();
      owners.stop();
      await queue.stop();
    },
  };
}

/** The key of the look at everything; no object has it for a uid. */
const FIRST_LOOK = 'first look';

/** Whether there may be something to do for an object: most have owners that are there. */
function isDue({ graph, owners }: { graph: Graph; owners: Owners }, uid: string): boolean {
  const node = graph.get(uid);
  if (node === undefined) return false;
  if (waitsFor(node.object) !== undefined) return true;
  const { ownerReferences = [], deletionTimestamp, namespace } = node.object.metadata;
  if (deletionTimestamp !== undefined) return false;
  return ownerReferences.some((reference) => {
    const kind = owners.definitionOf(reference)?.kind;
    const beside = kind?.namespaced ? (namespace ?? '') : undefined;
    if (kind === undefined || !graph.has(resourceName(kind), reference.uid, beside)) return true;
    const owner = graph.get(reference.uid);
    return owner !== undefined && waitsFor(owner.object) !== undefined;
  });
}
