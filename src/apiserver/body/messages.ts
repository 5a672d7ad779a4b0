import { ACCESS } from './messages/access.ts';
import { CORE } from './messages/core.ts';
import type { Message } from './messages/field.ts';
import { deleteOptions } from './messages/meta.ts';

const MESSAGES: Readonly<Record<string, Message>> = { ...CORE, ...ACCESS };

/** The message of a kind that may be sent as protobuf; `undefined` for all others. */
export function messageOf(apiVersion: string, kind: string): Message | undefined {
  if (kind === 'DeleteOptions') return deleteOptions;
  const name = `${apiVersion}/${kind}`;
  return Object.hasOwn(MESSAGES, name) ? MESSAGES[name] : undefined;
}
