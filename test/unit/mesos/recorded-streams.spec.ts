import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import { httpMaster } from '../../../src/mesos/http.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { eventLines, quiet, readFixture, serveBytes } from '../../support/mesos.ts';

const fixtures = new URL('../../fixtures/mesos/', import.meta.url);
const framework = { name: 'titan', user: 'root', roles: ['titan'], failoverTimeoutMs: 60_000 };

/** Every stream that real Mesos sent, byte by byte, through the adapter. */
describe('recorded streams through the adapter', () => {
  const folders = readdirSync(fixtures).filter((name) => /^\d\d-/.test(name));
  it('are there for all fifteen folders', () => {
    expect(folders).to.have.length(15);
  });
  for (const folder of folders) {
    const streams = readdirSync(new URL(`${folder}/`, fixtures))
      .filter((name) => name.endsWith('.stream.raw'))
      .map((name) => name.replace('.stream.raw', ''));
    for (const stream of streams) {
      it(`${folder}/${stream}`, async () => {
        const bytes = readFixture(`${folder}/${stream}.stream.raw`);
        const expected = readFixture(`${folder}/${stream}.port.txt`).toString().trim().split('\n');
        const server = await serveBytes(() => bytes);
        const master = httpMaster({ masters: [server.url], clock: systemClock(), log: quiet });
        const stop = new AbortController();
        const lines: string[] = [];
        try {
          for await (const event of master.subscribe(framework, stop.signal)) {
            lines.push(...eventLines(event));
            if (lines.length === expected.length && !isEnded(bytes)) stop.abort();
          }
        } finally {
          await master.close();
          await server.stop();
        }
        expect(lines).to.deep.equal(expected);
        const [request = ''] = server.requests;
        expect(request).to.match(/content-type: application\/json\r\n/i);
        expect(request).to.match(/^POST \/api\/v1\/scheduler HTTP\/1.1\r\n/);
        expect(request).not.to.match(/mesos-stream-id/i);
      });
    }
  }
});

/** Whether Mesos itself ended the body; else the recording just stops. */
function isEnded(bytes: Buffer): boolean {
  return bytes.subarray(-7).toString('latin1') === '\r\n0\r\n\r\n';
}
