import { expect } from 'chai';
import fc from 'fast-check';
import type { ManagedFieldsEntry } from '../../../src/api/object.ts';
import { compare } from '../../../src/registry/apply/compare.ts';
import { rewritten, sameButTimes, type Writer } from '../../../src/registry/apply/entries.ts';
import {
  EMPTY,
  type FieldSet,
  fromFieldsV1,
  isEmpty,
  LEAF,
  minus,
  setOf,
  toFieldsV1,
  union,
} from '../../../src/registry/apply/field-set.ts';
import { withAll, withNone } from '../../../src/registry/apply/fields-v1.ts';

const anySet: fc.Arbitrary<FieldSet> = fc.letrec<{ node: FieldSet }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    fc.constant(LEAF),
    fc
      .tuple(fc.dictionary(fc.constantFrom('f:a', 'f:b', 'k:{"n":1}'), tie('node')), fc.boolean())
      .map(([below, own]) => setOf(Object.entries(below), own)),
  ),
})).node;
const anyTree = anySet.map(({ below }) => setOf(below));

const entry = (manager: string, fields: object, time = '2026-01-01T00:00:00Z') =>
  ({
    manager,
    operation: 'Update',
    apiVersion: 'v1',
    time,
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
  }) as ManagedFieldsEntry;

const writer: Writer = {
  manager: 'me',
  operation: 'Update',
  apiVersion: 'v1',
  time: '2026-01-02T00:00:00Z',
};
const status = (...keys: string[]) => setOf([['f:s', setOf(keys.map((key) => [key, LEAF]))]]);

const text = (fields: unknown) => JSON.stringify(fields);

describe('managed fields', () => {
  it('take and lose paths as if they were parsed', () => {
    fc.assert(
      fc.property(anyTree, anyTree, (a, b) => {
        const written = toFieldsV1(a);
        const parsed = fromFieldsV1(written);
        const more = withAll(written, b);
        expect(text(more)).to.equal(text(toFieldsV1(union(parsed, b))));
        expect(more === written).to.equal(isEmpty(minus(b, parsed)));
        const less = minus(parsed, b);
        expect(text(withNone(written, b))).to.equal(
          isEmpty(less) ? undefined : text(toFieldsV1(less)),
        );
        expect(withNone(written, b) === written).to.equal(less === parsed && !isEmpty(less));
      }),
    );
  });

  it('stay as they are, but for the time, when the writer has all it writes', () => {
    const base = [entry('me', { 'f:s': { 'f:x': {}, 'f:y': {} } }), entry('you', { 'f:t': {} })];
    const next = rewritten(base, writer, { taken: status('f:x'), gone: EMPTY });
    expect(next?.map(({ manager, time }) => `${manager} ${time}`)).to.deep.equal([
      'you 2026-01-01T00:00:00Z',
      'me 2026-01-02T00:00:00Z',
    ]);
    expect(next?.[0]).to.equal(base[1]);
    expect(next?.[1]?.fieldsV1).to.equal(base[0]?.fieldsV1);
  });

  it('go to who writes them, and from all where they are taken away', () => {
    const base = [
      entry('me', { 'f:s': { 'f:x': {} } }),
      entry('you', { 'f:s': { 'f:x': {}, 'f:y': {} } }),
      entry('third', { 'f:s': { 'f:z': {} } }),
    ];
    const next = rewritten(base, writer, { taken: status('f:y'), gone: status('f:x', 'f:z') });
    expect(next?.map(({ manager, fieldsV1 }) => `${manager} ${text(fieldsV1)}`)).to.deep.equal([
      'me {"f:s":{"f:y":{}}}',
    ]);
    expect(rewritten(next, writer, { taken: EMPTY, gone: status('f:y') })).to.equal(undefined);
  });

  it('are alike when only times differ', () => {
    const base = [entry('me', { 'f:s': {} })];
    expect(sameButTimes(base, [entry('me', { 'f:s': {} }, 'later')])).to.equal(true);
    expect(sameButTimes(base, [entry('me', { 'f:t': {} })])).to.equal(false);
    expect(sameButTimes(base, undefined)).to.equal(false);
    expect(sameButTimes(undefined, [])).to.equal(true);
  });
});

describe('compare', () => {
  const schema = {
    type: 'object',
    properties: {
      list: {
        type: 'array',
        'x-kubernetes-list-type': 'map' as const,
        'x-kubernetes-list-map-keys': ['n'],
        items: { type: 'object', properties: { n: {}, v: {} } },
      },
      plain: { type: 'array' },
      whole: { type: 'object', 'x-kubernetes-map-type': 'atomic' as const },
    },
  };
  const cases: readonly (readonly [string, object, object, object, object])[] = [
    ['a list becomes a map', { plain: [1] }, { plain: { a: 1 } }, { 'f:plain': {} }, {}],
    [
      'an item changes',
      { list: [{ n: 1, v: 1 }, { n: 2 }] },
      { list: [{ n: 2 }, { n: 1, v: 2 }] },
      { 'f:list': { 'k:{"n":1}': { 'f:v': {} } } },
      {},
    ],
    [
      'an item goes',
      { list: [{ n: 1 }, { n: 2 }] },
      { list: [{ n: 1 }] },
      {},
      { 'f:list': { 'k:{"n":2}': { '.': {}, 'f:n': {} } } },
    ],
    ['a whole map changes', { whole: { a: 1 } }, { whole: { a: 2 } }, { 'f:whole': {} }, {}],
    [
      'a key goes and one comes',
      { x: 1 },
      { y: { z: 1 } },
      { 'f:y': { '.': {}, 'f:z': {} } },
      { 'f:x': {} },
    ],
    ['nothing changes', { x: { y: [1] } }, { x: { y: [1] } }, {}, {}],
  ];
  for (const [name, before, after, changed, removed] of cases) {
    it(`tells when ${name}`, () => {
      const difference = compare(schema, before, after);
      expect(toFieldsV1(difference.changed)).to.deep.equal(changed);
      expect(toFieldsV1(difference.removed)).to.deep.equal(removed);
    });
  }
});
