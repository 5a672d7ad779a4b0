import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { judge } from '../../../controllers/analysis/judge.ts';
import type { Check } from '../../../src/api/analysis.ts';
import { asTitanError } from '../../../src/api/error.ts';
import { readPage } from '../../../src/runtime/page.ts';

describe('an answer to a check of a rollout', () => {
  const url = 'http://checks/web';
  const plain: Check = { name: 'up', http: { url } };
  const state: Check = { name: 'state', http: { url, jsonPath: 'items[1].state', equals: 'ok' } };
  const rate: Check = { name: 'rate', metric: { url, above: 1, below: 5 } };
  const vector = (...values: readonly string[]) =>
    JSON.stringify({
      data: { resultType: 'vector', result: values.map((each) => ({ value: [0, each] })) },
    });
  const cases: readonly [string, Check, number, string, string][] = [
    ['the status that is asked for', plain, 200, '', 'good'],
    ['another status', plain, 404, '', 'bad: status 404, not 200'],
    ['a redirect', { name: 'up', http: { url, status: 302 } }, 302, '', 'good'],
    ['a value', state, 200, '{"items":[{},{"state":"ok"}]}', 'good'],
    ['another value', state, 200, '{"items":[{},{"state":3}]}', 'bad: items[1].state is 3, not ok'],
    ['no value', state, 200, '{"items":[]}', 'unclear: the answer has no items[1].state'],
    [
      'an inherited value',
      { name: 'x', http: { url, jsonPath: 'constructor', equals: 'x' } },
      200,
      '{}',
      'unclear: the answer has no constructor',
    ],
    ['no JSON', state, 200, '<html>', 'unclear: the answer has no items[1].state'],
    ['a number within', rate, 200, vector('2', '4.5'), 'good'],
    ['a scalar within', rate, 200, '{"data":{"resultType":"scalar","result":[0,"2"]}}', 'good'],
    ['one too low', rate, 200, vector('2', '1'), 'bad: 1 is not above 1'],
    ['one too high', rate, 200, vector('2', '7'), 'bad: 7 is not below 5'],
    ['no number', rate, 200, vector(), 'unclear: the query has no number'],
    ['not a number', rate, 200, vector('NaN'), 'unclear: the query has no number'],
    ['a query that fails', rate, 503, '', 'unclear: the query answered with status 503'],
  ];
  for (const [name, check, status, body, said] of cases) {
    it(`of ${name} is ${said}`, () => {
      const { is, message } = judge(check, { status, body });
      expect([is, message].filter(Boolean).join(': ')).to.equal(said);
    });
  }
});

describe('a page', () => {
  const server = createServer((request, response) => {
    if (request.url === '/large') response.end('x'.repeat(2_000_000));
    else if (request.url === '/away') response.writeHead(302, { location: '/' }).end();
    else if (request.url !== '/silent') response.end('{"state":"ok"}');
  });
  let base = '';
  before((done) => {
    server.listen(0, '127.0.0.1', () => {
      base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      done();
    });
  });
  after((done) => {
    server.closeAllConnections();
    server.close(done);
  });

  const read = (path: string, timeoutMs = 5_000) =>
    readPage(`${base}${path}`, timeoutMs, new AbortController().signal);

  it('is read once, and redirects are not followed', async () => {
    expect(await read('/')).to.deep.equal({ status: 200, body: '{"state":"ok"}' });
    expect(await read('/away')).to.include({ status: 302 });
  });

  it('that is silent or too large is an error that says so', async () => {
    expect((await read('/silent', 100).catch(asTitanError)) as Error).to.include({
      message: 'no answer within 0.1 s',
    });
    expect((await read('/large').catch(asTitanError)) as Error)
      .to.have.property('message')
      .that.matches(/larger than/);
  });
});
