import { expect } from 'chai';
import fc from 'fast-check';
import type { ApiObject } from '../../../src/api/object.ts';
import { parseJson } from '../../../src/apiserver/body/json.ts';
import { parseYaml } from '../../../src/apiserver/body/yaml.ts';
import { decode, encode } from '../../../src/registry/cache/held.ts';
import { parseExactly } from '../../../src/registry/exact.ts';
import { toInt64 } from '../../../src/registry/int64.ts';

/** An integer of 64 bits as it is held, of those that are likely to go wrong as often as of all. */
const int64 = fc
  .oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.bigInt({ min: -4n, max: 4n }).map((step) => 2n ** 53n + step),
    fc.bigInt({ min: -4n, max: 4n }).map((step) => -(2n ** 53n) + step),
    fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, 0n),
  )
  .map((integer) => toInt64(integer) ?? 0);
const key = fc.oneof(
  fc.constantFrom('', 'a', 'b.c', ' ', '"', '9007199254740993'),
  fc.string({ maxLength: 3 }).filter((text) => text !== '__proto__'),
);
const { value: anyJson } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    int64,
    fc.constantFrom(true, null, 0.5),
    key,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('integers of 64 bits', () => {
  it('are what was sent, wherever they stand, in JSON, in what is stored and in YAML', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const text = JSON.stringify(value);
        expect(parseJson(text).value).to.deep.equal(value);
        expect(parseExactly(bytesOf(text))).to.deep.equal(value);
        expect(parseYaml(`a: ${text}`).value).to.deep.equal({ a: value });
      }),
    );
  });

  it('stay what they are in the store', () => {
    fc.assert(
      fc.property(anyJson, (spec) => {
        const metadata = { name: 'a', uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z' };
        const object = { apiVersion: 'example.com/v1', kind: 'Widget', metadata, spec };
        const held = decode(encode(object), 7);
        expect(held.object).to.deep.equal({
          ...object,
          metadata: { ...metadata, resourceVersion: '7' },
        } as ApiObject);
        expect(parseExactly(held.bytes)).to.deep.equal(held.object);
      }),
    );
  });

  const read = [
    { text: '9007199254740991', value: 9_007_199_254_740_991 },
    { text: '9007199254740992', value: 9_007_199_254_740_992n },
    { text: '-9223372036854775808', value: -(2n ** 63n) },
    { text: '9223372036854775808', value: 2 ** 63 },
    { text: '1e17', value: 100_000_000_000_000_000n },
    { text: '9007199254740993.0', value: 9_007_199_254_740_992n },
    { text: '{"a":9007199254740993,"a":1}', value: { a: 1 } },
    { text: '{"a":1,"a":9007199254740993}', value: { a: 9_007_199_254_740_993n } },
    { text: '{"a":[9007199254740993],"a":{"0":7}}', value: { a: { '0': 7 } } },
  ];
  for (const { text, value } of read) {
    it(`are read of ${text} in JSON`, () => {
      expect(parseJson(text).value).to.deep.equal(value);
    });
  }

  const notations = [
    { text: '0x7fffffffffffffff', value: 2n ** 63n - 1n },
    { text: '0o777777777777777777777', value: 2n ** 63n - 1n },
    { text: '+9007199254740993', value: 9_007_199_254_740_993n },
    { text: '0009007199254740993', value: 9_007_199_254_740_993n },
    { text: '1e17', value: 10n ** 17n },
    { text: '18446744073709551615', value: 2 ** 64 },
    { text: '"9007199254740993"', value: '9007199254740993' },
  ];
  for (const { text, value } of notations) {
    it(`are read of ${text} in YAML`, () => {
      expect(parseYaml(`a: ${text}`).value).to.deep.equal({ a: value });
    });
  }
});
