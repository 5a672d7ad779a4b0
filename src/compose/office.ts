import { asTitanError, hasReason } from '../api/error.ts';
import type { Kind } from '../api/kind.ts';
import { apiVersionOf } from '../api/kind.ts';
import { type ApiObject, type Millis, toTimestamp } from '../api/object.ts';
import { LEASE } from '../registry/builtin/lease.ts';
import type { Client } from '../registry/port.ts';
import { createInformer } from '../runtime/informer.ts';
import type { Term } from '../runtime/leader.ts';
import type { Clock, Log, Random } from '../runtime/port.ts';

/** Who leads, as people see it, and whom they want instead. */
interface LeaderLease extends ApiObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
    readonly preferredHolder?: string;
  };
}

const KIND = LEASE as Kind<LeaderLease>;
const KEY = { namespace: 'kube-system', name: 'titan' };
const TEXT = `${KEY.namespace}/${KEY.name}`;
/** What a person says who wants another leader, whoever that be. */
const ANYONE = '*';

export interface OfficeOptions {
  /** Guarded by the term. */
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly identity: string;
  readonly ttlMs: Millis;
  readonly term: Pick<Term, 'resign' | 'signal'>;
}

/**
 * Says in the Lease `kube-system/titan` who leads, and gives the office up when a person names another
 * there (`spec.preferredHolder`). The lease that counts is the store's own; this one is for people.
 */
export async function showOffice(options: OfficeOptions): Promise<void> {
  const { client, term, identity, log } = options;
  const leases = createInformer({ ...options, kind: KIND });
  leases.onChange(({ key, now }) => {
    const wanted = key === TEXT ? now?.spec?.preferredHolder : undefined;
    if (now?.spec?.holderIdentity !== identity || wanted === undefined) return;
    if (wanted === identity) return;
    log.info('a person wants another leader', { wanted });
    term.resign(wanted === ANYONE ? undefined : wanted);
  });
  try {
    await announce(client, options);
  } catch (thrown) {
    log.warn('the Lease does not say who leads', { error: asTitanError(thrown).message });
  }
  await leases.run(term.signal);
}

async function announce(
  client: Client,
  { clock, identity, ttlMs }: Pick<OfficeOptions, 'clock' | 'identity' | 'ttlMs'>,
): Promise<void> {
  const now = toTimestamp(clock.now()).replace(/(\.\d+)?Z$/, '.000000Z');
  const found = await client.get(KIND, KEY).catch((thrown: unknown) => {
    if (hasReason(thrown, 'NotFound')) return undefined;
    throw thrown;
  });
  const spec = {
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(ttlMs / 1_000),
    acquireTime: now,
    renewTime: now,
    leaseTransitions: (found?.spec?.leaseTransitions ?? -1) + 1,
  };
  if (found !== undefined) {
    await client.update(KIND, { ...found, spec });
    return;
  }
  const metadata = KEY;
  await client.create(KIND, { apiVersion: apiVersionOf(KIND), kind: KIND.kind, metadata, spec });
}
