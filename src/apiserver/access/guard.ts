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
import type { Pressure } from './pressure.ts';

export interface GuardOptions {
  readonly access: Access;
  readonly log: Log;
  readonly limits?: Limits | undefined;
  /** Absent: nobody is turned away for overload. */
  readonly pressure?: Pressure | undefined;
}

/** Answers a request that it is known of who sent it. */
export type Answering = (request: Request) => Answer | Promise<Answer>;

/** What anybody may ask. */
const OPEN = /^\/+(?:version|(?:healthz|livez|readyz)(?:\/[a-z]+)?)\/*$/;

/**
 * Lets through what its sender may do, in this order: who is it, as whom, may they, is it too much at
 * once. What changes something is written to the audit log, also where it was refused.
 */
export function guarded(
  answer: Answering,
  { access, log, pressure, limits = DEFAULT_LIMITS }: GuardOptions,
): (request: Unidentified) => Promise<Answer> {
  const turnstile = createTurnstile(limits);
  return async (unidentified) => {
    const found = access.authenticate(unidentified.credentials());
    const sender = (found instanceof Promise ? await found : found) ?? anonymous(unidentified);
    const sent = unidentified.of(sender);
    if (sender === ANONYMOUS) return answer(sent);
    const attributes = attributesOf(sent);
    const note = audited(sent, attributes, log);
    let leave: (() => void) | undefined;
    try {
      const user = impersonated(sender, sent, access);
      if (!access.allows(user, attributes)) throw forbidden(user, attributes);
      pressure?.admit(sender, attributes);
      leave = turnstile.enter(sender.name, kindOf(attributes));
      const reply = await answer(unidentified.of(user));
      leaveAfter(reply, sent, leave);
      note(reply.code, user);
      return reply;
    } catch (thrown) {
      leave?.();
      note(asTitanError(thrown).code);
      throw thrown;
    }
  };
}

function kindOf({ verb }: Attributes): keyof Limits {
  return verb === 'watch' ? 'watches' : 'requests';
}

/** A watch is under way until its client is gone; anything else until its answer is known. */
function leaveAfter({ body }: Answer, request: Request, leave: () => void): void {
  const streams = typeof body !== 'string' && !(body instanceof Uint8Array);
  if (streams && !request.signal.aborted) {
    request.signal.addEventListener('abort', leave, { once: true });
  } else leave();
}

/** @throws Unauthorized for what is not open to everybody */
function anonymous({ method, path }: Unidentified): User {
  if ((method === 'GET' || method === 'HEAD') && OPEN.test(path)) return ANONYMOUS;
  throw new TitanError('Unauthorized', 'Unauthorized');
}
