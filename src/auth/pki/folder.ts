import { X509Certificate } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TitanError } from '../../api/error.ts';
import type { Clock, Random } from '../../runtime/port.ts';
import type { KeyPair } from '../port.ts';

export interface PkiOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
}

export interface ClientSubject {
  readonly name: string;
  readonly groups: readonly string[];
}

/**
 * A certificate authority and what it signed, kept in a folder: made when first asked for, made anew
 * when it is about to expire. Private keys can be read by their owner only.
 */
export interface Pki {
  /** The authority's own certificate. */
  readonly authority: string;
  /** A certificate for a server that answers at these names and addresses. */
  server(hosts: readonly string[]): Promise<KeyPair>;
  /** A certificate that says who a client is. */
  client(subject: ClientSubject): Promise<KeyPair>;
}

const RENEW_BEFORE_MS = 30 * 24 * 3_600_000;
const AUTHORITY_FILE = 'ca.pem';
/** Another name than any that it signs for: OpenSSL takes a certificate that names itself as its own. */
const AUTHORITY = 'titan-authority';

/** Opens the folder; processes that open it at the same time agree on one authority. */
export async function openPki(options: PkiOptions): Promise<Pki> {
  const { folder } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const authority = readPair(join(folder, AUTHORITY_FILE)) ?? (await makeFirst(options));
  writeFileSync(join(folder, 'ca.crt'), authority.certificate);
  let last: Promise<unknown> = Promise.resolve();

  /** One after the other, so that all who ask for the same get the same. */
  function inTurn(file: string, leaf: Leaf): Promise<KeyPair> {
    const made = last.then(() => keep({ ...options, authority, file }, leaf));
    last = made.catch(() => undefined);
    return made;
  }

  return {
    authority: authority.certificate,
    server: (hosts) => inTurn('server.pem', serverOf(hosts)),
    client: (subject) => inTurn(fileOf(subject), { ...subject, hosts: [] }),
  };
}

/** The library is large and only needed to make certificates. */
function issuer(): Promise<typeof import('./issue.ts')> {
  return import('./issue.ts');
}

async function makeFirst({ folder, clock, random }: PkiOptions): Promise<KeyPair> {
  const { makeAuthority } = await issuer();
  const path = join(folder, AUTHORITY_FILE);
  const draft = `${path}.${random.uuid()}`;
  writePair(draft, await makeAuthority(AUTHORITY, { now: clock.now(), serial: serial(random) }));
  try {
    linkSync(draft, path);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
  } finally {
    rmSync(draft, { force: true });
  }
  const made = readPair(path);
  if (made === undefined) throw new TitanError('InternalError', `${path} cannot be read again`);
  return made;
}

interface Leaf extends ClientSubject {
  readonly hosts: readonly string[];
}

interface Keeping extends PkiOptions {
  readonly authority: KeyPair;
  readonly file: string;
}

async function keep(options: Keeping, leaf: Leaf): Promise<KeyPair> {
  const { folder, file, clock, random, authority } = options;
  const path = join(folder, file);
  const held = readPair(path);
  if (held !== undefined && isGood(held, leaf, options)) return held;
  const { issueLeaf } = await issuer();
  const made = await issueLeaf(authority, { ...leaf, now: clock.now(), serial: serial(random) });
  const draft = `${path}.${random.uuid()}`;
  writePair(draft, made);
  renameSync(draft, path);
  return made;
}

function isGood(held: KeyPair, { hosts }: Leaf, { authority, clock }: Keeping): boolean {
  const certificate = new X509Certificate(held.certificate);
  const issuedBy = new X509Certificate(authority.certificate);
  return (
    certificate.verify(issuedBy.publicKey) &&
    certificate.validToDate.getTime() - clock.now() > RENEW_BEFORE_MS &&
    hosts.every((host) => isFor(certificate, host))
  );
}

function isFor(certificate: X509Certificate, host: string): boolean {
  const isAddress = /^[\d.]+$/.test(host) || host.includes(':');
  return (isAddress ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined;
}

function serverOf(hosts: readonly string[]): Leaf {
  return { name: 'titan', groups: [], hosts };
}

function fileOf({ name }: ClientSubject): string {
  return `${name.replaceAll(/[^A-Za-z0-9.-]+/g, '-')}.pem`;
}

/** Positive, as a certificate's number must be. */
function serial(random: Random): string {
  return `1${random.uuid().replaceAll('-', '').slice(1)}`;
}

/** The key and the certificate lie in one file, so that a crash never leaves one without the other. */
function writePair(path: string, { certificate, key }: KeyPair): void {
  writeFileSync(path, key + certificate, { mode: 0o600 });
}

function readPair(path: string): KeyPair | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
  const at = text.indexOf('-----BEGIN CERTIFICATE');
  if (at > 0) return { key: text.slice(0, at), certificate: text.slice(at) };
  throw new TitanError('Invalid', `${path} does not hold a private key and a certificate`);
}
