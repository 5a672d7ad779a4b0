import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPki } from '../../src/auth/pki/folder.ts';
import type { Access, KeyPair, TlsMaterial } from '../../src/auth/port.ts';
import { authenticated, MASTERS } from '../../src/auth/users.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { systemRandom } from '../../src/runtime/random.ts';

const admin = authenticated({ name: 'test', groups: [MASTERS] });

/** Lets everybody do everything, for tests of what lies behind. */
export const everybody: Access = {
  authenticate: async () => admin,
  allows: () => true,
  rulesFor: () => [],
  roleRules: () => [],
  reviewToken: async () => admin,
  tokens: {
    issuer: 'test',
    issue: async () => ({ token: 'test', expiresAt: 0 }),
  },
};

export interface TestCertificates {
  readonly tls: TlsMaterial;
  readonly authority: string;
  client(name: string, ...groups: string[]): Promise<KeyPair>;
  /** Removes the folder that they lie in. */
  end(): void;
}

/** A certificate authority of a test's own. */
export async function testCertificates(): Promise<TestCertificates> {
  const folder = mkdtempSync(join(tmpdir(), 'titan-pki-'));
  const pki = await openPki({ folder, clock: systemClock(), random: systemRandom() });
  const server = await pki.server(['127.0.0.1', 'localhost']);
  return {
    tls: { ...server, clientAuthorities: pki.authority },
    authority: pki.authority,
    client: (name, ...groups) => pki.client({ name, groups }),
    end: () => rmSync(folder, { recursive: true }),
  };
}
