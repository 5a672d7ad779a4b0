import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { Agent, get } from 'node:https';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect } from 'chai';
import { openTransport, type Transport } from '../../../src/apiserver/transport.ts';
import type { VirtualClock } from '../../../src/runtime/clock.ts';
import { type TestCertificates, testCertificates } from '../../support/access.ts';
import { aWorld } from '../../support/clock.ts';

/** Nothing here comes to its end in a test; each test makes short what it waits for. */
const LONG = 600_000;
const TIMES = {
  handshake: LONG,
  head: LONG,
  request: LONG,
  keepAlive: LONG,
  check: 20,
  idle: LONG,
};
const SHORT = 100;
const HEAD = 'GET / HTTP/1.1\r\nHost: a\r\n';
const SILENT = 2_000;
const AT_ONCE = 200;

describe('transport under silent and slow peers', () => {
  let certificates: TestCertificates;
  let transport: Transport;
  /** Stands still, so that a connection that is left over is not ended by force at the stop. */
  let clock: VirtualClock;
  let ends: (() => void)[] = [];
  let answer = (_: IncomingMessage, response: ServerResponse) => void response.end('ok');
  before(async () => {
    certificates = await testCertificates();
  });
  after(() => certificates.end());
  afterEach(async () => {
    answer = (_, response) => void response.end('ok');
    for (const end of ends) end();
    ends = [];
    await transport.stop();
  });

  async function open(times: Partial<typeof TIMES>, isSecure: boolean): Promise<void> {
    clock = aWorld().clock;
    transport = await openTransport({
      tls: isSecure ? certificates.tls : undefined,
      listen: { host: '127.0.0.1', port: 0 },
      clock,
      connectionsMax: 10_000,
      times: { ...TIMES, ...times },
      answer: (request, response) => answer(request, response),
    });
  }
  const port = () => Number(new URL(transport.url).port);
  const kept = <T extends { destroy(): unknown }>(one: T): T => {
    ends.push(() => one.destroy());
    return one;
  };
  /** Does not close its own end when the server has closed: a hostile peer need not. */
  const stubborn = () => {
    const socket = kept(connect({ port: port(), host: '127.0.0.1', allowHalfOpen: true }));
    return socket.on('error', () => undefined);
  };
  const secured = (protocol: string) => {
    const { authority: ca } = certificates;
    const socket = kept(connectTls({ socket: stubborn(), ca, ALPNProtocols: [protocol] }));
    return socket.on('error', () => undefined);
  };

  for (const isSecure of [false, true]) {
    const over = isSecure ? 'TLS' : 'plain HTTP';
    const dial = () => (isSecure ? secured('http/1.1') : stubborn());

    it(`closes an HTTP/1.1 connection without a request over ${over}`, async () => {
      await open({ head: SHORT }, isSecure);
      expect(await textOf(dial())).to.match(/^(HTTP\/1\.1 408 |$)/);
    });

    it(`closes one of which the head comes drop by drop over ${over}`, async () => {
      await open({ head: SHORT }, isSecure);
      const socket = dial();
      const ended = textOf(socket);
      socket.write(HEAD);
      const drip = setInterval(() => socket.write('a: b\r\n'), 10);
      const text = await ended.finally(() => clearInterval(drip));
      expect(text).to.match(/^HTTP\/1\.1 408 /);
    });

    it(`closes one of which the body never comes over ${over}`, async () => {
      await open({ request: SHORT, head: SHORT }, isSecure);
      answer = (request, response) =>
        void request
          .on('error', () => undefined)
          .resume()
          .on('end', () => response.end());
      const socket = dial();
      socket.write(`${HEAD}Content-Length: 10\r\n\r\nx`);
      expect(await textOf(socket)).to.match(/^HTTP\/1\.1 408 /);
    });

    it(`closes one that has had its answer over ${over}, when it is idle`, async () => {
      await open({ keepAlive: 1 }, isSecure);
      const socket = dial();
      socket.write(`${HEAD}\r\n`);
      expect(await textOf(socket)).to.match(/^HTTP\/1\.1 200 /);
    });
  }

  it('closes an HTTP/2 connection that says nothing, also if the peer keeps its end', async () => {
    await open({ idle: SHORT }, true);
    const socket = secured('h2');
    await once(socket, 'data');
    const ended = textOf(socket);
    await clock.advance(SHORT);
    await ended;
    await transport.stop();
  });

  it('closes an idle HTTP/2 connection, but none with a request under way', async () => {
    await open({ idle: SHORT }, true);
    const watches: ServerResponse[] = [];
    answer = (request, response) => {
      response.write('ok');
      if (request.url === '/watch') watches.push(response);
      else response.end();
    };
    const dial = () => kept(connectHttp2(transport.url, { ca: certificates.authority }));
    const [busy, idle] = [dial(), dial()];
    const watch = busy.request({ ':path': '/watch' });
    await once(watch, 'data');
    await once(idle.request({ ':path': '/' }).resume(), 'close');
    const closed = once(idle, 'close');
    await clock.advance(SHORT);
    await closed;
    for (const response of watches) response.end('more');
    const [more] = await once(watch, 'data');
    expect(String(more)).to.equal('more');
  });

  it(`serves beside ${SILENT} connections that say nothing, and closes them`, async () => {
    await open({ handshake: 1_500 }, true);
    const agent = kept(new Agent({ ca: certificates.authority, keepAlive: true, maxSockets: 1 }));
    expect(await ask(transport, agent)).to.equal(200);
    const gone: Promise<unknown>[] = [];
    // In turns, since the system keeps only some hundreds that the server has not yet taken.
    while (gone.length < SILENT) {
      const turn = Array.from({ length: AT_ONCE }, stubborn);
      gone.push(...turn.map(textOf));
      await Promise.all(turn.map((socket) => once(socket, 'connect')));
    }
    expect(await ask(transport, agent)).to.equal(200);
    await Promise.all(gone);
    expect(await ask(transport, agent)).to.equal(200);
  });
});

/** What comes over a connection until its peer ends it. */
async function textOf(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve) => {
    socket.once('end', resolve).once('close', () => resolve());
  });
  return Buffer.concat(chunks).toString();
}

function ask({ url }: Transport, agent: Agent): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asking = get(url, { agent }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    });
    asking.once('error', reject);
  });
}
