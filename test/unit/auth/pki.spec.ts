import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AuthorityKeyIdentifierExtension,
  X509Certificate as Certificate,
  SubjectKeyIdentifierExtension,
} from '@peculiar/x509';
import { expect } from 'chai';
import { openPki } from '../../../src/auth/pki/folder.ts';
import { virtualClock } from '../../../src/runtime/clock.ts';
import { seededRandom } from '../../../src/runtime/random.ts';

const DAY_MS = 24 * 3_600_000;
const ann = { name: 'ann', groups: ['dev', 'ops'] };

describe('the folder of certificates', () => {
  let folder: string;
  const clock = virtualClock();
  const random = seededRandom(3);
  const open = () => openPki({ folder, clock, random });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'titan-pki-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('signs for servers and clients, and is read by its owner only', async () => {
    const pki = await open();
    const authority = new X509Certificate(pki.authority);
    const server = new X509Certificate((await pki.server(['localhost', '127.0.0.1'])).certificate);
    const client = new X509Certificate((await pki.client(ann)).certificate);
    expect(server.verify(authority.publicKey)).to.equal(true);
    expect([server.checkHost('localhost'), server.checkIP('127.0.0.1')]).to.not.include(undefined);
    expect(server.checkHost('other')).to.equal(undefined);
    expect(client.subject.split('\n').toSorted()).to.deep.equal(['CN=ann', 'O=dev', 'O=ops']);
    expect(client.ca).to.equal(false);
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.pem'))) {
      expect(statSync(join(folder, file)).mode & 0o777, file).to.equal(0o600);
    }
  });

  it('keeps what it made, until it is about to expire or is for another address', async () => {
    const first = await open();
    const [server, client] = [await first.server(['localhost']), await first.client(ann)];
    const again = await open();
    expect(again.authority).to.equal(first.authority);
    expect(await again.server(['localhost'])).to.deep.equal(server);
    expect(await again.server(['localhost', '127.0.0.1'])).to.not.deep.equal(server);
    await clock.advance(340 * DAY_MS);
    expect(await again.client(ann)).to.not.deep.equal(client);
  });

  it('says which key each certificate is of, and which signed it', async () => {
    const pki = await open();
    const { certificate } = await pki.client(ann);
    const keys = [pki.authority, certificate].map((pem) => new Certificate(pem));
    const [own, leaf] = keys.map((each) => ({
      subject: each.getExtension(SubjectKeyIdentifierExtension)?.keyId,
      authority: each.getExtension(AuthorityKeyIdentifierExtension)?.keyId,
    }));
    expect(own?.subject).to.match(/^[0-9a-f]{40}$/);
    expect(leaf?.authority).to.equal(own?.subject);
    expect(leaf?.subject).to.match(/^[0-9a-f]{40}$/);
    expect(leaf?.subject).to.not.equal(leaf?.authority);
  });

  it('gives all who ask at once the same', async () => {
    const pki = await open();
    const [one, other] = await Promise.all([pki.server(['localhost']), pki.server(['localhost'])]);
    expect(one).to.deep.equal(other);
  });

  it('is one authority for all who open it at once', async () => {
    const all = await Promise.all([open(), open(), open()]);
    expect(new Set(all.map(({ authority }) => authority)).size).to.equal(1);
  });
});
