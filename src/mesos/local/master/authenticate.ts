/** HTTP basic authentication, with the realms of a Mesos master. */
import { timingSafeEqual } from 'node:crypto';
import type { Reply } from './master.ts';

export interface Proof {
  readonly principal?: string;
  readonly refusal?: Reply;
}

/** What anyone may ask. */
const open = new Set(['/health', '/master/health', '/redirect', '/master/redirect']);

export function authenticate(
  header: string | undefined,
  pathname: string,
  credentials: Readonly<Record<string, string>> | undefined,
): Proof {
  if (!credentials || open.has(pathname)) return {};
  const principal = findPrincipal(header, credentials);
  return principal === undefined ? { refusal: refuse(pathname) } : { principal };
}

function findPrincipal(
  header = '',
  credentials: Readonly<Record<string, string>>,
): string | undefined {
  const [, encoded = ''] = /^Basic (.+)$/.exec(header) ?? [];
  const said = Buffer.from(encoded, 'base64').toString();
  const at = said.indexOf(':');
  const principal = said.slice(0, Math.max(at, 0));
  if (!Object.hasOwn(credentials, principal)) return undefined;
  const wanted = Buffer.from(credentials[principal] ?? '');
  const given = Buffer.from(said.slice(at + 1));
  const isRight = wanted.length === given.length && timingSafeEqual(wanted, given);
  return isRight ? principal : undefined;
}

function refuse(pathname: string): Reply {
  const headers = { 'WWW-Authenticate': `Basic realm="mesos-master-${realmOf(pathname)}"` };
  return { status: 401, headers, body: '401 Unauthorized.' };
}

function realmOf(pathname: string): string {
  if (pathname === '/api/v1/scheduler') return 'scheduler';
  return pathname === '/api/v1' ? 'readwrite' : 'readonly';
}
