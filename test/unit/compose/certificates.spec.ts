import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { expect } from 'chai';
import { openPki } from '../../../src/auth/pki/folder.ts';
import { type Certificates, keepCertificates } from '../../../src/compose/certificates.ts';
import { virtualClock } from '../../../src/runtime/clock.ts';
import { seededRandom } from '../../../src/runtime/random.ts';
import { everybody } from '../../support/access.ts';
import { startTestApi } from '../../support/api-server.ts';
import { quietLog } from '../../support/registry.ts';

const DAY_MS = 24 * 3_600_000;

/** The number of the certificate that a server shows. */
function shownSerial(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname: host, port } = new URL(url);
    const socket = connect({ host, port: Number(port), rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

describe('certificates of a running Titan', () => {
  it('are made anew before they end, and shown to who connects then; what does not hold is not used', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'titan-renewal-'));
    const clock = virtualClock();
    const calendar = virtualClock();
    const pki = await openPki({ folder, clock: calendar, random: seededRandom(1) });
    const read = async (): Promise<Certificates> => ({
      tls: { ...(await pki.server(['127.0.0.1'])), clientAuthorities: pki.authority },
      identity: await pki.client({ name: 'a', groups: [] }),
    });
    const first = await read();
    const api = await startTestApi({ doors: async () => ({ tls: first.tls, access: everybody }) });
    const stopping = new AbortController();
    const renewals: Certificates[] = [];
    let isBroken = true;
    const running = keepCertificates(
      {
        clock,
        log: quietLog,
        first,
        async read() {
          const fresh = await read();
          return isBroken ? { ...fresh, tls: { ...fresh.tls, key: 'no key' } } : fresh;
        },
        async use(certificates) {
          api.renew(certificates.tls);
          renewals.push(certificates);
        },
      },
      stopping.signal,
    );
    try {
      const before = await shownSerial(api.url);
      await clock.advance(3_600_000);
      expect(renewals).to.deep.equal([]);
      expect(await shownSerial(api.url)).to.equal(before);
      isBroken = false;
      await clock.advance(3_600_000);
      expect(renewals).to.deep.equal([]);
      await calendar.advance(340 * DAY_MS);
      for (let turn = 0; renewals.length === 0 && turn < 100; turn += 1) {
        await clock.advance(600_000);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      expect(renewals).to.have.length(1);
      expect(renewals[0]?.identity).to.not.deep.equal(first.identity);
      expect(await shownSerial(api.url)).to.not.equal(before);
    } finally {
      stopping.abort();
      await running;
      await api.stop();
      rmSync(folder, { recursive: true });
    }
  });
});
