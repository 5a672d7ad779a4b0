import { generateKeyPairSync } from 'node:crypto';
import type { JWK } from 'jose';
import { TitanError } from '../../api/error.ts';
import type { Random } from '../../runtime/port.ts';
import type { Store } from '../../store/port.ts';

/** The key that signs service accounts' tokens, with the id that a token names it by. */
export interface SigningKey {
  readonly id: string;
  readonly privateKey: JWK;
  readonly publicKey: JWK;
}

/** Beside the registry's objects: no API request reaches it. */
const KEY = '/titan/keys/service-accounts';

/** Reads the key from the store, or puts one there; all replicas of a domain have the same. */
export async function signingKey(
  store: Pick<Store, 'get' | 'transact'>,
  random: Random,
): Promise<SigningKey> {
  const held = await store.get(KEY);
  if (held !== undefined) return parse(held.value);
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const made: SigningKey = {
    id: random.uuid(),
    privateKey: pair.privateKey.export({ format: 'jwk' }) as JWK,
    publicKey: pair.publicKey.export({ format: 'jwk' }) as JWK,
  };
  const value = new TextEncoder().encode(JSON.stringify(made));
  const put = await store.transact({
    when: [{ key: KEY, revision: 0 }],
    write: [{ do: 'put', key: KEY, value }],
  });
  if (put.ok) return made;
  const [found] = put.found;
  if (found !== undefined) return parse(found.value);
  throw new TitanError('ServiceUnavailable', 'the key of the service accounts changed meanwhile');
}

function parse(value: Uint8Array): SigningKey {
  return JSON.parse(new TextDecoder().decode(value)) as SigningKey;
}
