import { expect } from 'chai';
import fc from 'fast-check';
import { asTitanError } from '../../../src/api/error.ts';
import type { Schema } from '../../../src/registry/port.ts';
import { strategicMerge } from '../../../src/registry/write/strategic/merge.ts';

const named = { type: 'object', properties: { name: {}, v: {}, w: {} } };
const schema: Schema = {
  type: 'object',
  properties: {
    map: { type: 'object', additionalProperties: {} },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    keyed: {
      type: 'array',
      items: named,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    },
    atomic: { type: 'array', items: named, 'x-kubernetes-list-type': 'atomic' },
    patched: {
      type: 'array',
      items: named,
      'x-kubernetes-list-type': 'atomic',
      'x-kubernetes-patch-merge-key': 'name',
    },
    set: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
  },
};
const item = (name: string, v = 1) => ({ name, v });
const names = (...all: string[]) => all.map((name) => ({ name }));

describe('strategic merge', () => {
  const cases: readonly (readonly [string, object, object, unknown])[] = [
    [
      'merges maps, and null takes away',
      { map: { a: 1, b: 2 } },
      { map: { b: null, c: 3 } },
      { map: { a: 1, c: 3 } },
    ],
    [
      'replaces a list without a merge key',
      { atomic: [item('a')] },
      { atomic: [item('b')] },
      { atomic: [item('b')] },
    ],
    [
      'merges a list by its key',
      { keyed: [item('a'), item('b')] },
      { keyed: [{ name: 'b', w: 2 }, item('c')] },
      { keyed: [item('a'), { name: 'b', v: 1, w: 2 }, item('c')] },
    ],
    [
      'merges a list that is only merged in patches',
      { patched: [item('a')] },
      { patched: [item('b')] },
      { patched: [item('a'), item('b')] },
    ],
    ['joins sets', { set: ['a', 'b'] }, { set: ['b', 'c'] }, { set: ['a', 'b', 'c'] }],
    [
      'deletes an item',
      { keyed: [item('a'), item('b')] },
      {
        keyed: [
          { $patch: 'delete', name: 'a' },
          { $patch: 'delete', name: 'z' },
        ],
      },
      { keyed: [item('b')] },
    ],
    [
      'deletes and replaces maps',
      { map: { a: 1 }, free: { a: 1 } },
      { map: { $patch: 'delete' }, free: { $patch: 'replace', b: 2 } },
      { free: { b: 2 } },
    ],
    [
      'replaces a whole list',
      { keyed: [item('a')] },
      { keyed: [{ $patch: 'replace' }, item('b')] },
      { keyed: [item('b')] },
    ],
    [
      'takes values from a list',
      { set: ['a', 'b', 'c'] },
      { '$deleteFromPrimitiveList/set': ['a', 'z'] },
      { set: ['b', 'c'] },
    ],
    [
      'keeps only what is to be retained',
      { map: { a: 1, b: 2 } },
      { map: { $retainKeys: ['b', 'c'], c: 3 } },
      { map: { b: 2, c: 3 } },
    ],
    [
      'orders items',
      { keyed: [item('a'), item('b')] },
      { '$setElementOrder/keyed': names('b', 'a') },
      { keyed: [item('b'), item('a')] },
    ],
    [
      'orders new items among old',
      { keyed: [item('a'), item('b')] },
      { '$setElementOrder/keyed': names('c', 'b', 'a'), keyed: [item('c')] },
      { keyed: [item('c'), item('b'), item('a')] },
    ],
    [
      'keeps what the order does not name in its place',
      { keyed: [item('x'), item('a'), item('y'), item('b')] },
      { '$setElementOrder/keyed': names('a', 'b') },
      { keyed: [item('x'), item('a'), item('y'), item('b')] },
    ],
    [
      'orders sets',
      { set: ['a', 'b'] },
      { '$setElementOrder/set': ['c', 'b', 'a'], set: ['c'] },
      { set: ['c', 'b', 'a'] },
    ],
    [
      'makes no list by ordering what is not there',
      {},
      { '$setElementOrder/keyed': names('a') },
      {},
    ],
    [
      'leaves no directive in what is new',
      {},
      { map: { $retainKeys: ['a'], a: { $patch: 'replace', b: null, c: 1 } } },
      { map: { a: { c: 1 } } },
    ],
    [
      'takes for fields what looks like a directive in free content',
      { free: {} },
      { free: { $ref: 'x' } },
      { free: { $ref: 'x' } },
    ],
  ];
  for (const [name, current, patch, next] of cases) {
    it(name, () => {
      const before = structuredClone(current);
      expect(strategicMerge(schema, current, { ...patch })).to.deep.equal(next);
      expect(current).to.deep.equal(before);
    });
  }

  const refused: readonly (readonly [string, object, string])[] = [
    [
      'an unknown directive',
      { map: { $replace: 1 } },
      'unknown directive in the strategic merge patch: $replace',
    ],
    [
      'an unknown kind of patch',
      { map: { $patch: 'x' } },
      'unknown patch type: x in map: {"$patch":"x"}',
    ],
    [
      'a replacement of one item',
      { keyed: [{ $patch: 'replace', name: 'a' }] },
      'an item {"$patch": "replace"} replaces the list and must hold nothing else',
    ],
    [
      'an item without its key',
      { keyed: [{ v: 1 }] },
      'map: {"v":1} does not contain declared merge key: name',
    ],
    [
      'fields that are not retained',
      { map: { $retainKeys: ['a'], b: 1 } },
      'invalid patch format of retainKeys: it must name every field that is set',
    ],
    [
      'a directive that is no list',
      { '$setElementOrder/set': 'a' },
      'invalid patch format of $setElementOrder/set: it is no list',
    ],
    [
      'items out of order',
      { '$setElementOrder/keyed': names('a', 'b'), keyed: [item('b'), item('a')] },
      "the order of the patch's items does not match its $setElementOrder list",
    ],
    [
      'a directive in a list that is one value',
      { atomic: [{ $patch: 'delete', name: 'a' }] },
      'a directive in a list of which items are not merged',
    ],
  ];
  for (const [name, patch, message] of refused) {
    it(`refuses ${name}`, () => {
      let thrown: unknown;
      try {
        strategicMerge(schema, { keyed: [item('a')], atomic: [item('a')], set: [] }, { ...patch });
      } catch (error) {
        thrown = error;
      }
      expect(asTitanError(thrown)).to.include({ reason: 'BadRequest', message });
    });
  }

  it('gives the object itself where nothing changes', () => {
    const current = { keyed: [item('a')], set: ['a'], map: { a: 1 } };
    expect(strategicMerge(schema, current, { keyed: [{ name: 'a', v: 1 }], set: ['a'] })).to.equal(
      current,
    );
  });

  it('fails only with errors of the client, and leaves no directive behind', () => {
    const key = fc.constantFrom(
      'map',
      'keyed',
      'atomic',
      'patched',
      'set',
      'name',
      '$patch',
      '$retainKeys',
      '$setElementOrder/keyed',
      '$setElementOrder/set',
      '$deleteFromPrimitiveList/set',
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('a', 'b', 'delete', 'replace', null, 1),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(key, tie('any'), { maxKeys: 4 }),
      ),
    })).any;
    fc.assert(
      fc.property(fc.dictionary(key, value), (patch) => {
        const current = { keyed: [item('a'), item('b')], set: ['a'], map: { a: 1 } };
        try {
          const next = strategicMerge(schema, current, patch);
          expect(JSON.stringify(next ?? {})).to.not.contain('"$');
        } catch (thrown) {
          if (thrown instanceof Error && thrown.name === 'AssertionError') throw thrown;
          expect(asTitanError(thrown).reason).to.equal('BadRequest');
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
