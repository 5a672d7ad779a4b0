import { noop } from 'cockatiel';
import { Etcd3, type IOptions } from 'etcd3';
import { TitanError } from '../api/error.ts';
import type { Clock } from '../runtime/port.ts';
import { asEtcdError, isAway, wasUnsent } from './etcd-errors.ts';

export interface EtcdAccess {
  readonly endpoints: readonly string[];
  /** Client certificate and authority, as etcd3 takes them. */
  readonly credentials?: NonNullable<IOptions['credentials']>;
  /** User and password, as etcd3 takes them. */
  readonly auth?: NonNullable<IOptions['auth']>;
}

/**
 * The members of one etcd cluster, of which one is used at a time: reads then never go back behind
 * what a write was told, and a member that is away costs one failed call, not every third one.
 */
export interface EtcdMembers {
  readonly current: Etcd3;
  /** Aborts when the current member is left, so that streams move on too. */
  readonly using: AbortSignal;
  /**
   * Calls the member in use; when it is away, the next one, as far as that is safe.
   * @throws TitanError `ServiceUnavailable` when it may or may not have been done, unless `repeatable`
   */
  call<T>(request: (client: Etcd3) => Promise<T>, repeatable: boolean): Promise<T>;
  /** Every member, those that are away too. */
  readonly all: readonly Etcd3[];
  /** Goes on to the next member, unless `client` is not in use any more. */
  leave(client: Etcd3): void;
  close(): void;
}

export const CALL_MS = 5000;

const channel = {
  // A page or a transaction's events may pass the default of 4 MB; pages are bounded by their reader.
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  // A member that vanished without a word is noticed although nothing is sent.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
};

export function connectMembers(access: EtcdAccess, clock: Clock): EtcdMembers {
  const { endpoints, credentials, auth } = access;
  const clients = endpoints.map(
    (endpoint) =>
      new Etcd3({
        hosts: endpoint,
        grpcOptions: channel,
        // Its circuit breaker would answer reads with errors once writes fail for want of space.
        faultHandling: { host: () => noop, global: noop },
        defaultCallOptions: ({ isStream }) => (isStream ? {} : { deadline: clock.now() + CALL_MS }),
        ...(credentials && { credentials }),
        ...(auth && { auth }),
      }),
  );
  if (clients.length === 0) throw new TitanError('Invalid', 'etcd needs an endpoint at least');
  let used = 0;
  let use = new AbortController();

  const current = () => clients[used] as Etcd3;

  function leave(client: Etcd3): void {
    if (client !== current() || clients.length === 1) return;
    used = (used + 1) % clients.length;
    use.abort();
    use = new AbortController();
  }

  return {
    get current() {
      return current();
    },
    get using() {
      return use.signal;
    },
    leave,
    all: clients,
    async call(request, repeatable) {
      for (let left = Math.max(2, clients.length); ; left--) {
        const client = current();
        try {
          return await request(client);
        } catch (thrown) {
          const error = asEtcdError(thrown);
          if (!isAway(error)) throw error;
          leave(client);
          if (left <= 1 || !(repeatable || wasUnsent(error))) throw error;
        }
      }
    },
    close() {
      for (const client of clients) client.close();
    },
  };
}
