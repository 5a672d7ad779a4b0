import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralNames,
  type JsonName,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { Millis } from '../../api/object.ts';
import type { KeyPair } from '../port.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 24 * 3_600_000;
const AUTHORITY_DAYS = 3_650;
const LEAF_DAYS = 365;
/** Machines' clocks differ: a certificate holds a little before it is made. */
const SKEW_MS = 5 * 60_000;

/** When, and under which number (hexadecimal, each used once), a certificate is made. */
export interface Issuing {
  readonly now: Millis;
  readonly serial: string;
}

export interface LeafRequest extends Issuing {
  readonly name: string;
  readonly groups: readonly string[];
  /** Host names and addresses of a server; none for a client. */
  readonly hosts: readonly string[];
}

/** Makes a certificate authority with a key of its own. */
export async function makeAuthority(name: string, issuing: Issuing): Promise<KeyPair> {
  const keys = await newKeys();
  const subject: JsonName = [{ CN: [name] }];
  const certificate = await X509CertificateGenerator.create({
    ...validity(issuing, AUTHORITY_DAYS),
    subject,
    issuer: subject,
    publicKey: keys.publicKey,
    signingKey: keys.privateKey,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return asPem(certificate, keys.privateKey);
}

/** Makes a certificate for a server (which has hosts) or a client, signed by an authority. */
export async function issueLeaf(authority: KeyPair, request: LeafRequest): Promise<KeyPair> {
  const keys = await newKeys();
  const { name, groups, hosts } = request;
  const signer = new X509Certificate(authority.certificate);
  const certificate = await X509CertificateGenerator.create({
    ...validity(request, LEAF_DAYS),
    subject: [...groups.map((group) => ({ O: [group] })), { CN: [name] }],
    issuer: signer.subjectName.toJSON(),
    publicKey: keys.publicKey,
    signingKey: await readKey(authority.key),
    extensions: [
      ...leafExtensions(hosts),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(signer.publicKey),
    ],
  });
  return asPem(certificate, keys.privateKey);
}

function leafExtensions(hosts: readonly string[]): Extension[] {
  const isServer = hosts.length > 0;
  const use = isServer ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth;
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([use]),
    ...(isServer ? [new SubjectAlternativeNameExtension(hosts.map(generalName))] : []),
  ];
}

function generalName(host: string): JsonGeneralNames[number] {
  const isAddress = /^[\d.]+$/.test(host) || host.includes(':');
  return { type: isAddress ? 'ip' : 'dns', value: host };
}

function validity({ now, serial }: Issuing, days: number) {
  return {
    serialNumber: serial,
    notBefore: new Date(now - SKEW_MS),
    notAfter: new Date(now + days * DAY_MS),
    signingAlgorithm: ALGORITHM,
  };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function readKey(pem: string): Promise<webcrypto.CryptoKey> {
  const bytes = PemConverter.decodeFirst(pem);
  return webcrypto.subtle.importKey('pkcs8', bytes, ALGORITHM, false, ['sign']);
}

async function asPem(certificate: X509Certificate, key: webcrypto.CryptoKey): Promise<KeyPair> {
  const bytes = await webcrypto.subtle.exportKey('pkcs8', key);
  return {
    certificate: `${certificate.toString('pem')}\n`,
    key: `${PemConverter.encode(bytes, 'PRIVATE KEY')}\n`,
  };
}
