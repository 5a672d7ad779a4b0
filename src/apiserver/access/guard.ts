import { asTitanError, TitanError } from '../../api/error.ts';
import type { Access, Attributes, User } from '../../auth/port.ts';
import { ANONYMOUS } from '../../auth/users.ts';
import type { Log } from '../../runtime/port.ts';
import type { Answer, Request, Unidentified } from '../exchange.ts';
import { attributesOf } from './attributes.ts';
import { audited } from './audit.ts';
import { forbidden } from './forbidden.ts';
import { impersonated } from './impersonate.ts';
import { createTurnstile, DEFAULT_LIMITS, type Limits } from './limits.ts';

export interface GuardOptions {
  readonly access: Access;
  readonly log: Log;
  readonly limits?: Limits | undefined;
}

/** Answers a request that it is known of who sent it. */
export type Answering = (request: Request) => Promise<Answer>;

/** What anybody may ask. */
const OPEN = /^\/+(?:version|(?:healthz|livez|readyz)(?:\/[a-z]+)?)\/*$/;

/**
 * Lets through what its sender may do, in this order: who is it, as whom, may they, is it too much at
 * once. What changes something is written to the audit log, also where it was refused.
 */
export function guarded(
  answer: Answering,
  { access, log, limits = DEFAULT_LIMITS }: GuardOptions,
): (request: Unidentified) => Promise<Answer> {
  const turnstile = createTurnstile(limits);
  return async (unidentified) => {
    const sender = await senderOf(unidentified, access);
    const sent = unidentified.of(sender);
    if (sender === ANONYMOUS) return answer(sent);
    const attributes = attributesOf(sent);
    const note = audited(sent, attributes, log);
    try {
      const user = impersonated(sender, sent, access);
      if (!access.allows(user, attributes)) throw forbidden(user, attributes);
      const leave = turnstile.enter(sender.name, kindOf(attributes));
      const reply = await answered(answer, unidentified.of(user), leave);
      note(reply.code, user);
      return reply;
    } catch (thrown) {
      note(asTitanError(thrown).code);
      throw thrown;
    }
  };
}

function kindOf({ verb }: Attributes): keyof Limits {
  return verb === 'watch' ? 'watches' : 'requests';
}

/** A watch is under way until its client is gone; anything else until its answer is known. */
async function answered(answer: Answering, request: Request, leave: () => void): Promise<Answer> {
  let streams = false;
  try {
    const reply = await answer(request);
    streams = typeof reply.body !== 'string' && !(reply.body instanceof Uint8Array);
    return reply;
  } finally {
    if (streams && !request.signal.aborted) {
      request.signal.addEventListener('abort', leave, { once: true });
    } else leave();
  }
}

/** @throws Unauthorized */
async function senderOf(request: Unidentified, access: Access): Promise<User> {
  const user = await access.authenticate(request.credentials());
  if (user !== undefined) return user;
  const reads = request.method === 'GET' || request.method === 'HEAD';
  if (reads && OPEN.test(request.path)) return ANONYMOUS;
  throw new TitanError('Unauthorized', 'Unauthorized');
}
