import { TOMBSTONE } from '../../api/kinds.gen.ts';
import { toTimestamp } from '../../api/object.ts';
import type { Operation } from '../../store/port.ts';
import { encode, type Unversioned } from '../cache/held.ts';
import type { Served } from '../catalog.ts';
import { localKey } from '../keys.ts';
import type { Context } from './context.ts';

const NAME_MAX = 253;

/** What goes into the transaction that removes a replicated object, so that other domains learn of it. */
export function tombstoneFor(
  { catalog, clock, random, isReplicated }: Context,
  served: Served,
  { kind, metadata: { name, namespace, uid, generation } }: Unversioned,
): readonly Operation[] {
  const { group, version, plural } = TOMBSTONE;
  const tombstones = catalog.find(group, version, plural);
  if (tombstones === undefined || !isReplicated(served)) return [];
  const tail = `-${uid.slice(0, 8)}`;
  const head = `${served.definition.kind.plural}-${name}`;
  const object: Unversioned = {
    apiVersion: tombstones.apiVersion,
    kind: TOMBSTONE.kind,
    metadata: {
      name: head.slice(0, NAME_MAX - tail.length) + tail,
      ...(namespace === undefined ? {} : { namespace }),
      uid: random.uuid(),
      generation: 1,
      creationTimestamp: toTimestamp(clock.now()),
    },
    spec: { kind, name, uid, generation },
  };
  const key = tombstones.prefix + localKey(object.metadata);
  return [{ do: 'put', key, value: encode(object, tombstones.cache.form) }];
}
