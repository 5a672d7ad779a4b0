import type { Etcd3, ILeaseKeepAliveResponse } from 'etcd3';
import { hasReason } from '../api/error.ts';
import type { Millis } from '../api/object.ts';
import type { Clock, Random } from '../runtime/port.ts';
import { asEtcdError } from './etcd-errors.ts';
import { connectMembers, type EtcdAccess } from './etcd-members.ts';
import { createProgress } from './etcd-progress.ts';
import { readKey, readRange } from './etcd-range.ts';
import { fromTxn, toTxn } from './etcd-transact.ts';
import { etcdUpkeep } from './etcd-upkeep.ts';
import { keysUnder, startOf } from './etcd-values.ts';
import { NUDGE_KEY, watchEtcd } from './etcd-watch.ts';
import { groupCommits } from './group.ts';
import type { Store, Transaction } from './port.ts';
import { compactionFor, endOf } from './revision.ts';

export interface EtcdStoreOptions extends EtcdAccess {
  /** Put before every key, for stores that share an etcd; nothing unless told. */
  readonly prefix?: string;
  readonly clock: Clock;
  readonly random: Random;
}

const IN_FLIGHT_MAX = 4;
const LEASE_CALL_MS: Millis = 5000;
const SECOND_MS: Millis = 1000;

/**
 * The store over an etcd cluster (3.4 or newer). A revision is etcd's own, times 256, plus the
 * write's place in its transaction, which is kept as the last line of the value.
 *
 * A write whose answer was lost throws `ServiceUnavailable` although it may have been done: read
 * again. A lease lasts whole seconds, rounded up, and no less than etcd's minimum.
 */
export function etcdStore(options: EtcdStoreOptions): Store {
  const { clock, random, prefix = '' } = options;
  const members = connectMembers(options, clock);
  const keys = keysUnder(prefix);
  const group = groupCommits({ commit, inFlightMax: IN_FLIGHT_MAX });
  const read = <T>(request: (client: Etcd3) => Promise<T>) => members.call(request, true);
  const value = Buffer.from('{}');
  const progress = createProgress(clock, () =>
    group.transact({ when: [], write: [{ do: 'put', key: NUDGE_KEY, value }] }),
  );

  async function commit(batch: readonly Transaction[]) {
    const request = toTxn(batch, keys);
    const response = await members.call((client) => client.kv.txn(request), false);
    return fromTxn(batch, response, keys);
  }

  return {
    get: (key) => readKey(read, keys, key),
    range: (under, query = {}) => readRange(read, keys, { ...query, prefix: under }),
    watch: (under, options, signal) =>
      watchEtcd({ members, keys, clock, random, progress }, { ...options, prefix: under }, signal),
    transact: (transaction) => group.transact(transaction),
    async revision() {
      const key = startOf(keys.toEtcd(''));
      const { header } = await read((client) => client.kv.range({ key, count_only: true }));
      progress.expect(Number(header.revision));
      return endOf(Number(header.revision));
    },
    async compact(revision) {
      const native = compactionFor(revision);
      if (native < 1) return;
      const compacting = read((client) => client.kv.compact({ revision: native }));
      await compacting.catch(unless('Expired'));
    },
    async grantLease(spanMs) {
      const TTL = Math.ceil(spanMs / SECOND_MS);
      const { ID } = await read((client) => client.leaseClient.leaseGrant({ TTL }));
      return ID;
    },
    keepLease: (lease) => read((client) => keepAlive(client, lease, clock)),
    async revokeLease(lease) {
      const revoking = read((client) => client.leaseClient.leaseRevoke({ ID: lease }));
      await revoking.catch(unless('NotFound'));
    },
    upkeep: etcdUpkeep(members, clock),
    async close() {
      progress.close();
      await group.close();
      members.close();
    },
  };
}

function unless(reason: 'Expired' | 'NotFound'): (error: unknown) => void {
  return (error) => {
    if (!hasReason(error, reason)) throw error;
  };
}

/** Keeps a lease once; etcd answers with no time to live when it is over. */
async function keepAlive(client: Etcd3, lease: string, clock: Clock): Promise<boolean> {
  const deadline = clock.now() + LEASE_CALL_MS;
  const stream = await client.leaseClient.leaseKeepAlive({ deadline });
  try {
    const answer = new Promise<ILeaseKeepAliveResponse>((resolve, reject) => {
      stream.on('data', resolve);
      stream.on('error', (error) => reject(asEtcdError(error)));
      stream.on('end', () => reject(asEtcdError(new Error('etcd ended the lease stream'))));
    });
    stream.write({ ID: lease });
    return Number((await answer).TTL) > 0;
  } finally {
    stream.end();
    stream.cancel();
  }
}
