import { asTitanError, TitanError } from '../../api/error.ts';
import type { Access, Attributes, User } from '../../auth/port.ts';
import { ANONYMOUS } from '../../auth/users.ts';
import type { Registry } from '../../registry/port.ts';
import type { Log } from '../../runtime/port.ts';
import type { Answer, Request, Unidentified } from '../exchange.ts';
import { attributesOf } from './attributes.ts';
import { audited, type Note } from './audit.ts';
import { forbidden } from './forbidden.ts';
import { impersonated } from './impersonate.ts';
import {
  type Counted,
  createTurnstile,
  DEFAULT_LIMITS,
  type Limits,
  type Turnstile,
} from './limits.ts';
import { pagesOf } from './pages.ts';
import type { Pressure } from './pressure.ts';

export interface GuardOptions {
  readonly access: Access;
  readonly log: Log;
  /** Says how much there is of what a request goes through. */
  readonly registry: Pick<Registry, 'find' | 'count'>;
  readonly limits?: Limits | undefined;
  /** Absent: nobody is turned away for overload. */
  readonly pressure?: Pressure | undefined;
}

/** Answers a request that it is known of who sent it. */
export type Answering = (request: Request) => Answer | Promise<Answer>;

/** What anybody may ask. */
const OPEN = /^\/+(?:version|(?:healthz|livez|readyz)(?:\/[a-z]+)?)\/*$/;

interface Guard extends Pick<GuardOptions, 'access' | 'log' | 'registry' | 'pressure'> {
  readonly answer: Answering;
  readonly turnstile: Turnstile;
}

/**
 * Lets through what its sender may do, in this order: who is it, as whom, may they, is it too much at
 * once. What changes something is written to the audit log, also where it was refused. What can be answered
 * at once is.
 */
export function guarded(
  answer: Answering,
  { limits = DEFAULT_LIMITS, ...parts }: GuardOptions,
): (request: Unidentified) => Answer | Promise<Answer> {
  const guard: Guard = { ...parts, answer, turnstile: createTurnstile(limits) };
  return (request) => {
    const found = parts.access.authenticate(request.credentials());
    return found instanceof Promise
      ? found.then((sender) => admit(guard, request, sender))
      : admit(guard, request, found);
  };
}

/** What is to be done when it is known how a request ends. */
interface Passage {
  readonly sent: Request;
  readonly note: Note | undefined;
  user?: User;
  leave?: () => void;
}

function admit(
  { access, log, registry, pressure, answer, turnstile }: Guard,
  unidentified: Unidentified,
  sender: User = anonymous(unidentified),
): Answer | Promise<Answer> {
  const sent = unidentified.of(sender);
  if (sender === ANONYMOUS) return answer(sent);
  const attributes = attributesOf(sent);
  const passage: Passage = { sent, note: audited(sent, attributes, log) };
  try {
    const user = impersonated(sender, sent, access);
    passage.user = user;
    if (!access.allows(user, attributes)) throw forbidden(user, attributes);
    const what = countedAs(attributes);
    pressure?.admit(sender, attributes, turnstile.underWay(sender.name, what));
    const weight = what === 'pages' ? pagesOf(sent, registry) : 1;
    passage.leave = turnstile.enter(sender.name, what, weight);
    const reply = answer(unidentified.of(user));
    if (!(reply instanceof Promise)) return answered(passage, reply);
    return reply.then(
      (later) => answered(passage, later),
      (thrown) => refused(passage, thrown),
    );
  } catch (thrown) {
    return refused(passage, thrown);
  }
}

function answered({ sent, note, user, leave }: Passage, reply: Answer): Answer {
  if (leave !== undefined) leaveAfter(reply, sent, leave);
  note?.(reply.code, user);
  return reply;
}

function refused({ note, leave }: Passage, thrown: unknown): never {
  leave?.();
  note?.(asTitanError(thrown).code);
  throw thrown;
}

function countedAs({ verb }: Attributes): Counted {
  if (verb === 'watch') return 'watches';
  return verb === 'list' || verb === 'deletecollection' ? 'pages' : 'requests';
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
