import { request } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import { startTestApi, type TestApi } from '../support/api-server.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const JSON_TYPE = 'application/json';
const APPLY = 'application/apply-patch+yaml';

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

  async function raw(text: string): Promise<string> {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
    socket.write(text);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  }
});

function send(
  url: string,
  method: string,
  type: string,
  body: string,
): Promise<{ code: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: { 'content-type': type } }, async (response) => {
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
