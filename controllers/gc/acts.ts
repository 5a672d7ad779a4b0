import { hasReason } from '../../src/api/error.ts';
import { resourceName } from '../../src/api/kind.ts';
import { keyOf, keyText } from '../../src/api/object.ts';
import type { Client } from '../../src/registry/port.ts';
import { inGroups, throwFirst } from '../../src/runtime/group.ts';
import type { Clock, Log } from '../../src/runtime/port.ts';
import { decide, isBlocked, withoutBlocking, withoutFinalizer, withoutOwners } from './decide.ts';
import { type Graph, type Node, ORPHAN, waitsFor } from './graph.ts';
import type { Owners } from './owners.ts';

export interface ActsOptions {
  readonly client: Pick<Client, 'update' | 'delete'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly graph: Graph;
  readonly owners: Owners;
  again(uid: string): void;
}

/** What the collector does to one object. What it throws is worth another try. */
export interface Acts {
  /** To an object that may have lost its owners. */
  collect(node: Node): Promise<void>;
  /** To an object that waits for the collector before it goes. */
  release(uid: string): Promise<void>;
}

const AT_ONCE_MAX = 20;
/** How long one who waits for dependents is left alone first, so that all that are there are known. */
const SETTLE_MS = 50;

export function createActs({ client, clock, log, graph, owners, again }: ActsOptions): Acts {
  async function disown(uid: string, dependents: readonly Node[]): Promise<void> {
    const results = await inGroups(dependents, AT_ONCE_MAX, ({ kind, object }) =>
      client.update(kind, withoutOwners(object, [uid])),
    );
    throwFirst(
      results.filter((each) => each.status === 'rejected' && !hasReason(each.reason, 'NotFound')),
    );
  }

  return {
    async collect(node) {
      const { kind, object } = node;
      const { uid } = object.metadata;
      const decision = decide(object, await owners.of(node), graph.dependentsOf(uid));
      if (decision.do === 'nothing') return;
      if (decision.do === 'disown') {
        await client.update(kind, withoutOwners(object, decision.uids));
        return;
      }
      const { policy: propagationPolicy, unblock } = decision;
      const { metadata } = unblock ? await client.update(kind, withoutBlocking(object)) : object;
      const { resourceVersion } = metadata;
      await client.delete(kind, keyOf(object), { uid, resourceVersion, propagationPolicy });
      log.info('object without owner removed', { object: nameOf(node), propagationPolicy });
    },
    async release(uid) {
      await clock.sleep(SETTLE_MS);
      const node = graph.get(uid);
      const finalizer = node && waitsFor(node.object);
      if (node === undefined || finalizer === undefined) return;
      const dependents = graph.dependentsOf(uid);
      if (finalizer === ORPHAN) {
        await disown(uid, dependents);
      } else if (isBlocked(uid, dependents)) {
        for (const { object } of dependents) again(object.metadata.uid);
        return;
      }
      await client.update(node.kind, withoutFinalizer(node.object, finalizer));
    },
  };
}

export function nameOf(node: Node | undefined): string {
  return node === undefined ? '' : `${resourceName(node.kind)} ${keyText(keyOf(node.object))}`;
}
