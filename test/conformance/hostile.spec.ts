import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { everybody } from '../support/access.ts';
import { startTestApi, type TestApi } from '../support/api-server.ts';
import { startSecureApi } from '../support/secure-api.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const JSON_TYPE = 'application/json';
const APPLY = 'application/apply-patch+yaml';

const encoded = (text: string) => Buffer.from(text).toString('base64url');
const deep = (open: string, close: string) => open.repeat(50_000) + close.repeat(50_000);
const BODIES: Readonly<Record<string, readonly [type: string, body: string]>> = {
  'deep lists': [JSON_TYPE, deep('[', ']')],
  'deep objects': [JSON_TYPE, `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
  'deep YAML': ['application/yaml', deep('[', ']')],
  'YAML that refers to itself': ['application/yaml', 'a: &a [*a]'],
  'YAML that grows': [
    'application/yaml',
    `a0: &a0 x\n${Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join('\n')}`,
  ],
  'protobuf of nothing': ['application/vnd.kubernetes.protobuf', 'k8s\0\xff\xff\xff\xff\x0f'],
  'a name of the language': [JSON_TYPE, '{"__proto__":{"a":1},"constructor":{"prototype":1}}'],
  'what is no text': [
    JSON_TYPE,
    '{"kind":[{"toString":null}],"apiVersion":{"toString":1},"metadata":{"name":{"toString":1}}}',
  ],
  'a body that is too large': [JSON_TYPE, `"${'x'.repeat(4_000_000)}"`],
};

describe('API server under hostile clients', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api.stop());
  afterEach(async () => {
    expect((await fetch(`${api.url}/livez`)).status).to.equal(200);
    expect(api.errors).to.deep.equal([]);
  });

  for (const [what, [type, body]] of Object.entries(BODIES)) {
    it(`refuses ${what}`, async () => {
      for (const [method, path, as] of [
        ['POST', MAPS, type],
        ['PUT', `${MAPS}/a`, type],
        ['PATCH', `${MAPS}/a?fieldManager=m`, type === JSON_TYPE ? type : APPLY],
        ['PATCH', `${MAPS}/a`, 'application/merge-patch+json'],
      ] as const) {
        const response = await send(`${api.url}${path}`, method, as, body);
        expect(response.code, response.text).to.be.within(400, 499);
        expect(response.text.length).to.be.lessThan(2_000);
        expect(response.text).not.to.match(/\n? +at .*\.ts/);
      }
    });
  }

  it('refuses upgrades of what cannot be upgraded', async () => {
    for (const upgrade of ['websocket', 'SPDY/3.1', 'h2c', '\u007f']) {
      const code = await raw(
        `GET ${MAPS} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: ${upgrade}\r\n\r\n`,
      );
      expect(code).to.match(/^HTTP\/1\.1 [24]\d\d /);
    }
  });

  it('cuts off a body without end', async () => {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    const head = `POST ${MAPS} HTTP/1.1\r\nHost: a\r\nContent-Type: ${JSON_TYPE}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const gone = closeOf(socket);
    socket.write(head);
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    let sent = 0;
    while (!socket.destroyed && sent < 4_000) {
      sent += 1;
      if (!socket.write(chunk)) await Promise.race([drainOf(socket), gone]);
    }
    await gone;
    expect(sent).to.be.lessThan(4_000);
  });

  it('lets no more connect than it should, and serves those who are there', async () => {
    const small = await startTestApi({
      doors: async () => ({ tls: undefined, access: everybody, connectionsMax: 50 }),
    });
    const port = Number(new URL(small.url).port);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = () => send(`${small.url}/livez`, 'GET', JSON_TYPE, '', agent);
    expect((await ask()).code).to.equal(200);
    const idle = Array.from({ length: 200 }, () => connect(port, '127.0.0.1'));
    const closed = idle.map(closeOf);
    await Promise.all(closed.slice(60));
    expect((await ask()).code).to.equal(200);
    for (const socket of idle) socket.destroy();
    await Promise.all(closed);
    agent.destroy();
    const free = async () => (await fetch(`${small.url}/livez`).catch(() => undefined))?.status;
    let status = await free();
    for (let turn = 0; status !== 200 && turn < 200; turn += 1) status = await free();
    expect(status).to.equal(200);
    await small.stop();
    expect(small.errors).to.deep.equal([]);
  });

  it('answers 401 to whatever is no good token, also where an upgrade is asked', async () => {
    const secure = await startSecureApi();
    const odd = fc.oneof(
      fc.string({ unit: fc.constantFrom(...'abcXYZ019.-_~+/=') }),
      fc.tuple(fc.json(), fc.json()).map((parts) => parts.map(encoded).join('.')),
      fc.constantFrom('a.'.repeat(5_000), '.', '..', 'e30.e30.', `${encoded('{"iss":1}')}.x.y`),
    );
    const path = fc.constantFrom(MAPS, `${MAPS}?watch=1`, '/apis', '/version', `${MAPS}/a`);
    const upgrade = fc.constantFrom<Record<string, string>>(
      {},
      {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-protocol': 'v5.channel.k8s.io',
      },
      { connection: 'Upgrade', upgrade: 'SPDY/3.1' },
    );
    const property = fc.asyncProperty(odd, path, upgrade, async (token, at, more) => {
      const headers = { ...more, authorization: `Bearer ${token}` };
      const { code, body } = await secure.ask(at, { headers });
      expect([code, body.message]).to.deep.equal([401, 'Unauthorized']);
    });
    await fc.assert(property, { numRuns: 150 });
    await secure.stop();
    expect(secure.errors).to.deep.equal([]);
  });

  async function raw(text: string): Promise<string> {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    socket.write(text);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  }
});

/** Resolves when a connection is gone; what comes over it, and how it ends, is not looked at. */
function closeOf(socket: Socket): Promise<void> {
  socket.on('error', () => undefined).resume();
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

function drainOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('drain', () => resolve()));
}

function send(
  url: string,
  method: string,
  type: string,
  body: string,
  agent?: Agent,
): Promise<{ code: number; text: string }> {
  return new Promise((resolve, reject) => {
    const options = { method, headers: { 'content-type': type }, ...(agent ? { agent } : {}) };
    const sent = request(url, options, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      resolve({ code: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
    });
    // The answer comes before the body was read whole, and the connection ends.
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE' || error.code === 'ECONNRESET') resolve({ code: 413, text: '' });
      else reject(error);
    });
    sent.end(Buffer.from(body, 'latin1'));
  });
}
