import { expect } from 'chai';
import fc from 'fast-check';
import { compare } from '../../../src/registry/apply/compare.ts';
import {
  common,
  type FieldSet,
  fromFieldsV1,
  minus,
  pathsOf,
  toFieldsV1,
  union,
} from '../../../src/registry/apply/field-set.ts';
import { overlay } from '../../../src/registry/apply/merge.ts';

/** Any JSON of maps and leaves, as an untyped value. */
const tree = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, fc.nat(2), tie('map')),
  map: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'), { maxKeys: 3 }),
})).map;
const set = tree.map((value) => compare({}, undefined, value).changed);

describe('field sets', () => {
  const paths = (fields: FieldSet) => new Set(pathsOf(fields));

  it('behave as sets of paths', () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const [inA, inB] = [paths(a), paths(b)];
        expect(paths(union(a, b))).to.deep.equal(inA.union(inB));
        expect(paths(minus(a, b))).to.deep.equal(inA.difference(inB));
        expect(paths(common(a, b))).to.deep.equal(inA.intersection(inB));
        expect(minus(a, minus(b, a))).to.equal(a);
        expect(union(a, common(a, b))).to.equal(a);
      }),
    );
  });

  it('come back from FieldsV1 as they went, but for the root', () => {
    fc.assert(
      fc.property(set, (fields) => {
        const back = fromFieldsV1(JSON.parse(JSON.stringify(toFieldsV1(fields))));
        const expected = paths(fields);
        expected.delete('');
        expect(paths(back)).to.deep.equal(expected);
      }),
    );
  });

  it('of a comparison say all that an overlay changed, and only that', () => {
    fc.assert(
      fc.property(tree, tree, (live, config) => {
        const merged = overlay({}, live, config);
        const { changed, removed } = compare({}, live, merged);
        expect(compare({}, merged, overlay({}, merged, config)).changed.below.size).to.equal(0);
        if (changed.below.size === 0 && removed.below.size === 0) expect(merged).to.equal(live);
      }),
    );
  });
});
