import { asTitanError } from '../api/error.ts';
import type { KeyPair, TlsMaterial } from '../auth/port.ts';
import { sameJson } from '../runtime/equal.ts';
import type { Clock, Log } from '../runtime/port.ts';

/** What a fault domain shows, to clients and to the other domains. */
export interface Certificates {
  readonly tls: TlsMaterial;
  /** Shown to the other domains; without it they let this one read nothing. */
  readonly identity: KeyPair | undefined;
}

export interface KeepCertificates {
  readonly clock: Clock;
  readonly log: Log;
  /** Those in use. */
  readonly first: Certificates;
  /** Those that are good now: made anew where they are ours and about to expire. */
  readonly read: () => Promise<Certificates>;
  readonly use: (certificates: Certificates) => Promise<void>;
}

const CHECK_MS = 10 * 60_000;

/** Takes up new certificates while Titan runs, until `signal` aborts: connections that are open stay. */
export async function keepCertificates(
  { clock, log, first, read, use }: KeepCertificates,
  signal: AbortSignal,
): Promise<void> {
  let used = first;
  await clock.sleep(CHECK_MS, signal);
  while (!signal.aborted) {
    try {
      const now = await read();
      if (!sameJson(now, used)) {
        await use(now);
        used = now;
        log.info('new certificates are in use', {});
      }
    } catch (thrown) {
      const { message: error } = asTitanError(thrown);
      log.warn('new certificates cannot be used: the old ones stay', { error });
    }
    await clock.sleep(CHECK_MS, signal);
  }
}
