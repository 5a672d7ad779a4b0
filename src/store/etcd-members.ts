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
/** While a call has no answer, the member is asked this often how it is. */
const LOOK_MS = 250;
const LOOK_CALL_MS = 500;
const QUORUM_CALL_MS = 1000;
/** So long an election may take; who has waited longer asks whether the member still has the others. */
const ELECTION_MS = 2000;

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
  let using = new AbortController();
  let silent = new AbortController();
  /** Under which leader each member answered last. */
  const terms = new Map<Etcd3, string | undefined>();

  const current = () => clients[used] as Etcd3;

  function use(next: number): void {
    used = next;
    using.abort();
    using = new AbortController();
  }

  function leave(client: Etcd3): void {
    if (client !== current() || clients.length === 1) return;
    use((used + 1) % clients.length);
  }

  /** Gives up all that waits for a member that says nothing, or that has lost the others, for one that answers. */
  function leaveSilent(client: Etcd3, next: Etcd3): void {
    if (client !== current()) return;
    use(clients.indexOf(next));
    silent.abort();
    silent = new AbortController();
  }

  /** The answer of a member, as long as one can be hoped for. */
  async function answerOf<T>(client: Etcd3, answer: Promise<T>): Promise<T> {
    const none = Promise.withResolvers<never>();
    const { signal } = silent;
    const giveUp = () => none.reject(new Error('the member in use gave no answer'));
    const others = clients.filter((each) => each !== client);
    const watch = { client, others, clock, term: terms.get(client), giveUp, leave: leaveSilent };
    const stopLooking = lookAt(watch);
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      const given = await Promise.race([answer, none.promise]);
      terms.set(client, termOf(given) ?? terms.get(client));
      return given;
    } finally {
      stopLooking();
      signal.removeEventListener('abort', giveUp);
    }
  }

  return {
    get current() {
      return current();
    },
    get using() {
      return using.signal;
    },
    leave,
    all: clients,
    async call(request, repeatable) {
      for (let left = Math.max(2, clients.length); ; left--) {
        const client = current();
        try {
          return await answerOf(client, request(client));
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

/** The number of the election that the leader of a member's answer won. */
function termOf(answer: unknown): string | undefined {
  const { header } = (answer ?? {}) as { readonly header?: { readonly raft_term?: string } };
  return header?.raft_term;
}

interface Awaited {
  readonly client: Etcd3;
  readonly others: readonly Etcd3[];
  readonly clock: Clock;
  /** Of the answer before this call. */
  readonly term: string | undefined;
  /** The call will have no answer. */
  giveUp(): void;
  /** Nor will any other of this member, if it is still in use; `next` answers. */
  leave(client: Etcd3, next: Etcd3): void;
}

/**
 * Looks at a member now and then until told to stop. One that is paused, or cut off from us or from the other
 * members, would else be waited for until the call's deadline; and so would a write that was passed on to a
 * leader which died: it is lost, and nobody says so. Where no other member answers either, the network is slow, or
 * this process, and what was asked is waited for.
 */
function lookAt({ client, others, clock, term, giveUp, leave }: Awaited): () => void {
  const begin = clock.now();
  let before = term;
  let newLeaderSeen = false;
  let isOver = false;
  let cancel = clock.after(LOOK_MS, look);

  async function ask(member: Etcd3) {
    const call = { deadline: clock.now() + LOOK_CALL_MS };
    const status = await member.maintenance.status(call);
    if (clock.now() - begin > ELECTION_MS) {
      await member.kv.range(LEAST, { deadline: clock.now() + QUORUM_CALL_MS });
    }
    return status;
  }

  async function look(): Promise<void> {
    try {
      const { leader, raftTerm } = await ask(client);
      if (newLeaderSeen) giveUp();
      newLeaderSeen = leader !== '0' && raftTerm !== (before ?? raftTerm);
      before ??= raftTerm;
    } catch {
      const next = await Promise.any(others.map((member) => ask(member).then(() => member))).catch(
        () => undefined,
      );
      if (next !== undefined && !isOver) {
        giveUp();
        leave(client, next);
      }
    }
    if (!isOver) cancel = clock.after(LOOK_MS, look);
  }

  return () => {
    isOver = true;
    cancel();
  };
}

/** A read that costs next to nothing, and that only a member answers which hears the leader. */
const LEAST = { key: Buffer.from('0'), count_only: true };
