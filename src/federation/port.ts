import type { Kind } from '../api/kind.ts';
import type { FaultDomain } from '../api/kinds.gen.ts';
import type { ApiObject } from '../api/object.ts';
import type { ObjectEvent, ObjectList } from '../registry/port.ts';

/**
 * Another fault domain's API, for reading. All methods throw `ServiceUnavailable` when it does not
 * answer in time, and `Expired` as `Client` does.
 */
export interface Peer {
  list<T extends ApiObject>(kind: Kind<T>, signal: AbortSignal): Promise<ObjectList<T>>;
  watch<T extends ApiObject>(
    kind: Kind<T>,
    options: { readonly after: string },
    signal: AbortSignal,
  ): AsyncIterable<readonly ObjectEvent<T>[]>;
  /** Resolves when the domain's API says that it is ready. */
  heartbeat(signal: AbortSignal): Promise<void>;
}

/** Opens the API that a fault domain's `spec.api` names. */
export type OpenPeer = (domain: FaultDomain) => Peer;
