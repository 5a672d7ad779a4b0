import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { expect } from 'chai';
import { asTitanError } from '../../../src/api/error.ts';
import { openPki } from '../../../src/auth/pki/folder.ts';
import { httpMaster } from '../../../src/mesos/http.ts';
import { systemClock, virtualClock } from '../../../src/runtime/clock.ts';
import { systemRandom } from '../../../src/runtime/random.ts';
import { quiet, readFixture, serveBytes } from '../../support/mesos.ts';

const framework = { name: 'titan', user: 'root', roles: ['titan'], failoverTimeoutMs: 60_000 };
const subscribedBytes = readFixture('06-invalid-calls/27-subscribe-bad-role-SUBSCRIBE.stream.raw');

function answerOf(status: string, headers: readonly string[], body = ''): Buffer {
  const lines = [
    `HTTP/1.1 ${status}`,
    ...headers,
    `Content-Length: ${body.length}`,
    'Connection: close',
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

async function firstOf(masters: readonly string[], more = {}): Promise<string> {
  const master = httpMaster({ masters, clock: systemClock(), log: quiet, ...more });
  try {
    for await (const event of master.subscribe(framework, new AbortController().signal)) {
      return event.type;
    }
    return 'ended';
  } catch (error) {
    return asTitanError(error).message;
  } finally {
    await master.close();
  }
}

describe('the HTTP adapter', () => {
  it('follows a master that does not lead to the one that does', async () => {
    const leader = await serveBytes(() => subscribedBytes);
    const location = `${leader.url.replace('http:', '')}/api/v1/scheduler`;
    const follower = await serveBytes(() =>
      answerOf('307 Temporary Redirect', [`Location: ${location}`]),
    );
    expect(await firstOf([follower.url])).to.equal('error');
    await leader.stop();
    await follower.stop();
  });

  it('does not follow masters that redirect in a circle for ever', async () => {
    let url = '';
    const master = await serveBytes(() => answerOf('307 Temporary Redirect', [`Location: ${url}`]));
    url = `${master.url}/api/v1/scheduler`;
    expect(await firstOf([master.url])).to.match(/redirect in a circle/);
    await master.stop();
  });

  for (const [status, body] of [
    ['404 Not Found', '404 Not Found.'],
    ['503 Service Unavailable', 'Master has not finished recovery'],
  ] as const) {
    it(`goes on to the next master after ${status}`, async () => {
      const starting = await serveBytes(() => answerOf(status, [], body));
      const ready = await serveBytes(() => subscribedBytes);
      const master = httpMaster({
        masters: [starting.url, ready.url],
        clock: systemClock(),
        log: quiet,
      });
      const attempt = async () => {
        for await (const event of master.subscribe(framework, new AbortController().signal)) {
          return event.type;
        }
        return 'ended';
      };
      const thrown = asTitanError(await attempt().catch((error) => error));
      expect(thrown).to.include({ reason: 'ServiceUnavailable' });
      expect(thrown.message).to.include(body);
      expect(await attempt()).to.equal('error');
      await master.close();
      await starting.stop();
      await ready.stop();
    });
  }

  const refusals = [
    [
      '13-http-basic-auth/01-no-credentials',
      '(the master wants to know who asks: give --principal',
    ],
    ['13-http-basic-auth/02-wrong-secret', '401: 401 Unauthorized.'],
    ['13-http-basic-auth/04-principal-mismatch', "principal 'fwuser' does not match"],
    ['14-master-restart-replicated-log/03-call-while-master-starts', 'not finished recovery'],
    ['14-master-restart-replicated-log/05-call-while-master-starts', 'Framework cannot be found'],
  ] as const;
  for (const [answer, said] of refusals) {
    it(`says why a master refuses: ${answer}`, async () => {
      const server = await serveBytes(() => readFixture(`${answer}.response.http`));
      expect(await firstOf([server.url])).to.include(said);
      await server.stop();
    });
  }

  const agents: readonly (readonly [string, readonly object[]])[] = [
    ['10-operator-api/09-master-GET_AGENTS', [{ active: true, version: '1.12.0' }]],
    ['10-operator-api/75-master-GET_AGENTS-deactivated', [{ active: false, deactivated: true }]],
    ['10-operator-api/82-master-GET_AGENTS-draining', [{ active: false, draining: 'Drained' }]],
    ['10-operator-api/89-master-GET_AGENTS-gone', []],
    [
      '14-master-restart-replicated-log/10-GET_AGENTS-recovered',
      [{ active: false, recovering: true }],
    ],
  ];
  for (const [answer, expected] of agents) {
    it(`reads the agents of ${answer}`, async () => {
      const server = await serveBytes(() => readFixture(`${answer}.response.http`));
      const master = httpMaster({ masters: [server.url], clock: systemClock(), log: quiet });
      const found = await master.agents();
      expect(found).to.have.length(expected.length);
      for (const [index, state] of expected.entries()) {
        expect(found[index]).to.deep.include({
          hostname: 'localhost',
          port: 5051,
          attributes: { rack: 'r1', zone: 'z1' },
          total: {
            cpus: 4,
            memoryMiB: 2048,
            diskMiB: 4096,
            ports: [{ begin: 31_000, end: 31_100 }],
          },
          ...state,
        });
      }
      await master.close();
      await server.stop();
    });
  }

  it('trusts masters whose certificate the given authority signed, and no others', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'titan-mesos-ca-'));
    const pki = await openPki({ folder, clock: systemClock(), random: systemRandom() });
    const { certificate: cert, key } = await pki.server(['127.0.0.1']);
    const server = createServer({ cert, key }, (socket) => {
      socket.on('error', () => socket.destroy());
      socket.once('data', () => socket.write(subscribedBytes));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await firstOf([url])).to.match(/certificate/);
    expect(await firstOf([url], { authority: pki.authority })).to.equal('error');
    server.close();
    rmSync(folder, { recursive: true });
  });

  it('says who it is where it is told to', async () => {
    const server = await serveBytes(() => subscribedBytes);
    await firstOf([server.url], { credentials: { principal: 'titan', secret: 's3' } });
    expect(server.requests[0]).to.match(/authorization: Basic dGl0YW46czM=\r\n/i);
    await server.stop();
  });

  it('says that it can not reach a master', async () => {
    const server = await serveBytes(() => subscribedBytes);
    await server.stop();
    expect(await firstOf([server.url])).to.match(/can't be asked/);
  });

  it('takes missing heartbeats for a dead connection, though TCP lives', async () => {
    const clock = virtualClock();
    const recorded = readFixture('01-subscribe/01-fw-SUBSCRIBE.stream.raw').toString('latin1');
    const everyFive = recorded.slice(0, -7).replace('_seconds":15.0', '_seconds":5.00');
    const server = await serveBytes(() => Buffer.from(everyFive, 'latin1'));
    const master = httpMaster({ masters: [server.url], clock, log: quiet });
    const types: string[] = [];
    let end: unknown;
    const reading = (async () => {
      for await (const event of master.subscribe(framework, new AbortController().signal)) {
        types.push(event.type);
      }
    })().catch((error) => {
      end = error;
    });
    while (types.length < 5) await new Promise((resolve) => setTimeout(resolve, 5));
    await clock.advance(19_000);
    expect(end).to.equal(undefined);
    await clock.advance(2_000);
    await reading;
    expect(asTitanError(end)).to.include({ reason: 'ServiceUnavailable' });
    expect(asTitanError(end).message).to.match(/no heartbeat/);
    await master.close();
    await server.stop();
  });

  it('takes a stream that breaks off inside a record for lost', async () => {
    const stream = readFixture('01-subscribe/01-fw-SUBSCRIBE.stream.raw');
    const server = await serveBytes(() =>
      Buffer.concat([
        stream.subarray(0, stream.length - 7),
        Buffer.from('\r\n3\r\n20\n\r\n0\r\n\r\n'),
      ]),
    );
    const master = httpMaster({ masters: [server.url], clock: systemClock(), log: quiet });
    const read = async () => {
      for await (const _event of master.subscribe(framework, new AbortController().signal));
    };
    const thrown = asTitanError(await read().catch((error) => error));
    expect(thrown).to.include({ reason: 'ServiceUnavailable' });
    await master.close();
    await server.stop();
  });
});
