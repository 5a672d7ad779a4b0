import { SECRET, SERVICE_ACCOUNT, type Secret, type ServiceAccount } from '../api/builtin.ts';
import { hasReason } from '../api/error.ts';
import { isDeleting, keyOf, keyText } from '../api/object.ts';
import type { TokenIssuer } from '../auth/port.ts';
import type { Client } from '../registry/port.ts';
import { createInformer, type Informer } from '../runtime/informer.ts';
import type { Clock, Log, Random } from '../runtime/port.ts';
import { passAfterChanges } from './after-changes.ts';

export interface TokenSecretsOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly tokens: TokenIssuer;
  /** Who signed the API server's certificate, where that is known. */
  readonly authority: string | undefined;
}

interface Watching extends TokenSecretsOptions {
  readonly secrets: Informer<Secret>;
  readonly accounts: Informer<ServiceAccount>;
}

export const TOKEN_SECRET = 'kubernetes.io/service-account-token';
const ACCOUNT_NAME = 'kubernetes.io/service-account.name';
const ACCOUNT_UID = 'kubernetes.io/service-account.uid';
const TEN_YEARS_SECONDS = 10 * 365 * 24 * 3_600;

/**
 * Fills secrets of the type `kubernetes.io/service-account-token` with a token of the account that they
 * name, good for ten years while both are there, and deletes those of accounts that are gone. Every replica
 * does; whoever is second finds it done.
 */
export function keepTokenSecrets(options: TokenSecretsOptions, signal: AbortSignal): void {
  const { client, clock, random, log } = options;
  const common = { client, clock, random, log };
  const secrets = createInformer({ ...common, kind: SECRET });
  const accounts = createInformer({ ...common, kind: SERVICE_ACCOUNT });
  const follow = (listener: () => void) => {
    const stops = [secrets.onChange(listener), accounts.onChange(listener)];
    return () => {
      for (const stop of stops) stop();
    };
  };
  const watching = { ...options, secrets, accounts };
  const failure = 'the secret of a service account cannot be kept';
  passAfterChanges({ clock, log, follow, failure, pass: () => pass(watching) }, signal);
  void secrets.run(signal);
  void accounts.run(signal);
}

async function pass(watching: Watching): Promise<void> {
  const { secrets, accounts } = watching;
  if (!secrets.synced || !accounts.synced) return;
  for (const secret of secrets.values()) {
    if (secret.type === TOKEN_SECRET && !isDeleting(secret)) await settle(watching, secret);
  }
}

async function settle({ client, accounts, ...more }: Watching, secret: Secret): Promise<void> {
  const { namespace = '', annotations = {}, uid } = secret.metadata;
  const name = annotations[ACCOUNT_NAME] ?? '';
  const account = accounts.get(keyText({ namespace, name }));
  const wanted = annotations[ACCOUNT_UID] || account?.metadata.uid;
  try {
    if (account === undefined || isDeleting(account) || account.metadata.uid !== wanted) {
      await client.delete(SECRET, keyOf(secret), { uid });
    } else if (secret.data?.token === undefined) {
      await client.update(SECRET, await filled(more, secret, account));
    }
  } catch (thrown) {
    const isSettled = hasReason(thrown, 'Conflict') || hasReason(thrown, 'NotFound');
    if (!isSettled) throw thrown;
  }
}

async function filled(
  { tokens, authority }: Pick<Watching, 'tokens' | 'authority'>,
  secret: Secret,
  { metadata: account }: ServiceAccount,
): Promise<Secret> {
  const { namespace = '', annotations } = secret.metadata;
  const { token } = await tokens.issue({
    namespace,
    name: account.name,
    uid: account.uid,
    audiences: [tokens.issuer],
    seconds: TEN_YEARS_SECONDS,
    bound: { name: secret.metadata.name, uid: secret.metadata.uid },
  });
  return {
    ...secret,
    metadata: { ...secret.metadata, annotations: { ...annotations, [ACCOUNT_UID]: account.uid } },
    data: {
      ...secret.data,
      token: base64(token),
      namespace: base64(namespace),
      ...(authority === undefined ? {} : { 'ca.crt': base64(authority) }),
    },
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
