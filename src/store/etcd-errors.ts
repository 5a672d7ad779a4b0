import { hasReason, type Reason, TitanError } from '../api/error.ts';

/** What etcd and gRPC say, by a part of the message, and what it means to us; the first match counts. */
const meanings: readonly (readonly [pattern: RegExp, reason: Reason, message: string])[] = [
  [/required revision has been compacted/, 'Expired', 'that history has been compacted away'],
  [/required revision is a future revision/, 'Expired', 'it has not come so far, it was set back'],
  [
    /database space exceeded/,
    'ServiceUnavailable',
    'its space is used up and it takes no writes; compact and defragment every member, then disarm the alarm',
  ],
  [/request is too large|message larger than max/, 'RequestEntityTooLarge', 'too many bytes'],
  [/too many operations/, 'RequestEntityTooLarge', 'too many operations in a transaction'],
  [/requested lease not found/, 'NotFound', 'the lease is over'],
  [/duplicate key given/, 'Invalid', 'a key is written twice'],
  [/permission denied/, 'Forbidden', 'the user may not do that'],
  [/invalid auth token|authentication failed/, 'Unauthorized', 'the user is not known'],
];

/** Whatever etcd3 threw, as a TitanError. What is not known is taken for an outage. */
export function asEtcdError(thrown: unknown): TitanError {
  if (thrown instanceof TitanError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const known = meanings.find(([pattern]) => pattern.test(text));
  if (known === undefined) {
    return new TitanError('ServiceUnavailable', `etcd is away: ${text}`, { cause: thrown });
  }
  const [, reason, message] = known;
  return new TitanError(reason, `etcd: ${message} (${text})`, { cause: thrown });
}

/** Whether the member never got the request, so that it may be sent again. */
export function wasUnsent(error: TitanError): boolean {
  return /No connection established|ECONNREFUSED|Name resolution failed|closed before call started/.test(
    error.message,
  );
}

/** Whether the member, not the request, is the trouble, so that another one may do better. */
export function isAway(error: TitanError): boolean {
  return hasReason(error, 'ServiceUnavailable') && !/database space exceeded/.test(error.message);
}
