import type { Cause } from '../../api/error.ts';
import type { Kind } from '../../api/kind.ts';
import type { ApiObject, ObjectKey } from '../../api/object.ts';
import type { Clock, Log, Random } from '../../runtime/port.ts';
import type { Store } from '../../store/port.ts';
import type { Feed } from '../cache/feed.ts';
import type { Catalog, Served } from '../catalog.ts';
import type { EventLeases } from './event-leases.ts';

/** What a rule may look at beside the object: the cache, as it is now. */
export interface RuleView {
  get<T extends ApiObject>(kind: Kind<T>, key: ObjectKey): T | undefined;
  list<T extends ApiObject>(kind: Kind<T>): readonly T[];
}

/**
 * Checks what a schema cannot say. It is called for objects that hold to their schema, after
 * defaults, on create and on every update but those of status; `old` is absent on create.
 */
export type Rule = (
  object: ApiObject,
  old: ApiObject | undefined,
  view: RuleView,
) => readonly Cause[];

/** What every write needs. */
export interface Context {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly feed: Feed;
  readonly catalog: Catalog;
  readonly leases: EventLeases;
  /** The name of this fault domain, for the stamp of replicated objects. */
  readonly domain: string;
  rule(served: Served): Rule | undefined;
  isReplicated(served: Served): boolean;
  readonly view: RuleView;
}
