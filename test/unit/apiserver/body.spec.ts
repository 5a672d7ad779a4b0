import { expect } from 'chai';
import fc from 'fast-check';
import { asTitanError } from '../../../src/api/error.ts';
import { parseJson } from '../../../src/apiserver/body/json.ts';
import { parseObject, readBytes } from '../../../src/apiserver/body/read.ts';
import { parseYaml } from '../../../src/apiserver/body/yaml.ts';
import { scanJson } from '../../../src/registry/scan.ts';
import { virtualClock } from '../../../src/runtime/clock.ts';

function thrownBy(action: () => unknown) {
  try {
    action();
  } catch (thrown) {
    return asTitanError(thrown);
  }
  throw new Error('nothing was thrown');
}

const scanned = (text: string) => scanJson(text, JSON.parse(text));

describe('scanJson', () => {
  const duplicates = [
    { text: '{"a":1,"b":2}', found: [] },
    { text: '{"a":1,"a":2}', found: ['a'] },
    { text: '{"spec":{"owner":"x","owner":"y"}}', found: ['spec.owner'] },
    { text: '{"g":[{"n":1},{"n":1,"n":2}]}', found: ['g[1].n'] },
    { text: '[[{"a":{}, "a":[]}]]', found: ['[0][0].a'] },
    { text: '{"a":"{\\"a\\":1,\\"a\\":2}"}', found: [] },
    { text: '{"a\\u0062":1,"ab":2}', found: ['ab'] },
    { text: '{"a":{"x":1},"b":{"x":1}}', found: [] },
    { text: '{"a":1,"a":2,"a":3}', found: ['a', 'a'] },
    { text: '{"a":["a","a"],"b":"a"}', found: [] },
    { text: '"a"', found: [] },
  ];
  for (const { text, found } of duplicates) {
    it(`finds ${found.join(' and ') || 'no duplicate'} in ${text}`, () => {
      const { duplicates, problem } = scanned(text);
      expect({ duplicates, problem }).to.deep.equal({ duplicates: found, problem: undefined });
    });
  }

  const problems = [
    { text: '{"a":[1e999]}', says: 'the number 1e999 at a[0] is larger than any' },
    { text: '{"x":{"__proto__":1}}', says: 'the key "__proto__" is not allowed (x.__proto__)' },
    { text: '['.repeat(300) + ']'.repeat(300), says: 'nested more than 200 levels deep' },
  ];
  for (const { text, says } of problems) {
    it(`refuses ${text.slice(0, 40)}`, () => {
      expect(scanned(text).problem).to.include(says);
    });
  }

  for (const text of ['{"a":9007199254740991}', '{"a":1.5e10}', '{"a":-0.25}', '{"a":0}']) {
    it(`takes ${text}`, () => {
      expect(scanned(text).problem).to.equal(undefined);
    });
  }

  it('finds nothing in what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false, maxDepth: 6 }), (value) => {
        const { duplicates, problem } = scanned(JSON.stringify(value));
        expect(duplicates).to.deep.equal([]);
        if (problem !== undefined) expect(problem).to.include('__proto__');
      }),
    );
  });

  it('finds a key that was written twice, wherever it stands', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z"\\]{1,5}$/), { maxLength: 5 }), (path) => {
        const inner = path.reduceRight(
          (text, key) => `{"_":[1,"}"],${JSON.stringify(key)}:${text}}`,
          '{"k":1,"k":2}',
        );
        expect(scanned(inner).duplicates).to.deep.equal([[...path, 'k'].join('.')]);
      }),
    );
  });
});

describe('parseJson', () => {
  it('says what is wrong with a text that is no JSON', () => {
    expect(thrownBy(() => parseJson('{"a":'))).to.include({ reason: 'BadRequest' });
  });
});

describe('parseYaml', () => {
  it('reads YAML, and JSON with its duplicates', () => {
    expect(parseYaml('a: 1\nb: [x]\n').value).to.deep.equal({ a: 1, b: ['x'] });
    expect(parseYaml('{"a":1,"a":2}')).to.deep.equal({ value: { a: 2 }, duplicates: ['a'] });
    expect(parseYaml('{a: 1}').value).to.deep.equal({ a: 1 });
    expect(parseYaml('a: 1\nb: [x: {c: 1, c: 2, c: 3}]\na: 2\n')).to.deep.equal({
      value: { a: 2, b: [{ x: { c: 3 } }] },
      duplicates: ['a', 'b[0].x.c'],
    });
  });

  const refused = [
    { name: 'what is broken beside a key written twice', text: 'a: 1\na: 2: 3\n', says: '(2:5)' },
    {
      name: 'endless values where a key is twice',
      text: 'a: 1\na: &a [*a]',
      says: 'holds more than',
    },
    { name: 'a broken document', text: 'a: b: c', says: 'not valid YAML' },
    { name: 'two documents', text: 'a: 1\n---\nb: 2\n', says: 'not valid YAML' },
    { name: 'an empty body', text: '', says: 'not valid YAML' },
    { name: 'endless values', text: '&a [*a]', says: 'holds more than' },
    { name: 'infinity', text: 'a: .inf', says: 'none that JSON has' },
    {
      name: 'what is no number, deep inside',
      text: 'spec: {ports: [1, {limit: .nan}]}',
      says: 'the number NaN at spec.ports[1].limit is none that JSON has',
    },
    { name: 'a prototype', text: '__proto__: {a: 1}', says: '"__proto__" is not allowed' },
    {
      name: 'a small text that blows up',
      text: Array.from({ length: 8 }, (_, level) =>
        level === 0
          ? 'l0: &l0 [1,1,1,1,1,1,1,1,1,1]'
          : `l${level}: &l${level} [${Array(10)
              .fill(`*l${level - 1}`)
              .join(',')}]`,
      ).join('\n'),
      says: 'holds more than',
    },
  ];
  for (const { name, text, says } of refused) {
    it(`refuses ${name}`, () => {
      const error = thrownBy(() => parseYaml(text));
      expect(error.reason).to.equal('BadRequest');
      expect(error.message).to.include(says);
    });
  }
});

describe('parseObject', () => {
  it('reads by the content type, JSON where there is none', () => {
    const json = Buffer.from('{"a":1}');
    expect(parseObject(json, undefined).value).to.deep.equal({ a: 1 });
    expect(parseObject(json, 'Application/JSON; charset=utf-8').value).to.deep.equal({ a: 1 });
    expect(parseObject(Buffer.from('a: 1'), 'application/yaml').value).to.deep.equal({ a: 1 });
  });

  it('refuses a type that it does not know', () => {
    expect(thrownBy(() => parseObject(Buffer.from(''), 'text/xml'))).to.include({
      reason: 'UnsupportedMediaType',
      message:
        'the body of the request was in an unknown format - accepted media types include: ' +
        'application/json, application/yaml, application/vnd.kubernetes.protobuf',
    });
  });

  it('never fails but with an error of the client, whatever the bytes are', () => {
    const types = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 200 }).map((tail) => Buffer.concat([Buffer.from('k8s\0'), tail])),
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
      fc.json().map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(bytes, fc.constantFrom(...types), (body, type) => {
        try {
          parseObject(Buffer.from(body), type);
        } catch (thrown) {
          expect(asTitanError(thrown).code).to.be.within(400, 499);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('readBytes', () => {
  async function* chunks(count: number, size: number) {
    for (let index = 0; index < count; index += 1) yield Buffer.alloc(size);
  }

  it('refuses more than 3 MiB', async () => {
    const clock = virtualClock();
    expect((await readBytes(chunks(3, 1024 * 1024), clock)).length).to.equal(3 * 1024 * 1024);
    const thrown = await readBytes(chunks(4, 1024 * 1024), clock).catch(asTitanError);
    expect(thrown).to.include({
      reason: 'RequestEntityTooLarge',
      message: 'Request entity too large: limit is 3145728',
    });
  });

  it('waits a minute for all of it, and no longer', async () => {
    async function* slow() {
      yield Buffer.from('{');
      await new Promise(() => undefined);
    }
    const clock = virtualClock();
    const read = readBytes(slow(), clock).catch(asTitanError);
    await clock.advance(60_000);
    expect(await read).to.include({
      reason: 'Timeout',
      message: 'the body did not come whole in 60 s',
    });
  });
});
