import type { Attributes, User } from '../../auth/port.ts';
import type { Log } from '../../runtime/port.ts';
import type { Request } from '../exchange.ts';

const CHANGES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
/** Questions that are asked by creating something which is not kept. */
const QUESTIONS = new Set(['authentication.k8s.io', 'authorization.k8s.io']);

/** Takes the code that a request was answered with, and as whom it was made where that is known. */
export type Note = (code: number, user?: User) => void;

/** Writes one line for a request that changes something; there is nothing to note of others. */
export function audited(
  { user: sender, query, auditId }: Request,
  attributes: Attributes,
  log: Log,
): Note | undefined {
  if ('path' in attributes || !CHANGES.has(attributes.verb)) return undefined;
  if (QUESTIONS.has(attributes.group)) return undefined;
  return (code, user = sender) => {
    log.info('audit', {
      id: auditId,
      user: sender.name,
      ...(user.name === sender.name ? {} : { as: user.name }),
      ...attributes,
      ...(query.get('dryRun') ? { dryRun: true } : {}),
      code,
    });
  };
}
