import { expect } from 'chai';
import fc from 'fast-check';
import { asTitanError } from '../../../src/api/error.ts';
import {
  matchesLabels,
  parseFieldSelector,
  parseLabelSelector,
} from '../../../src/api/selector.ts';

const labels = { app: 'web', tier: 'front', 'example.com/zone': 'a', weight: '7' };

describe('label selectors', () => {
  const matching: readonly (readonly [string, boolean])[] = [
    ['', true],
    ['app=web', true],
    ['app==web', true],
    ['app = web , tier = front', true],
    ['app=web,tier=back', false],
    ['app!=web', false],
    ['missing!=web', true],
    ['app in (web, api)', true],
    ['app in (api)', false],
    ['app notin (api,db)', true],
    ['app notin (web)', false],
    ['missing notin (web)', true],
    ['app', true],
    ['missing', false],
    ['!missing', true],
    ['!app', false],
    ['example.com/zone=a', true],
    ['weight>6', true],
    ['weight>7', false],
    ['weight<8', true],
    ['missing>1', false],
    ['missing=', false],
    ['constructor', false],
  ];
  for (const [text, expected] of matching) {
    it(`${JSON.stringify(text)} ${expected ? 'matches' : 'does not match'}`, () => {
      expect(matchesLabels(parseLabelSelector(text), labels)).to.equal(expected);
    });
  }

  const broken: readonly (readonly [string, string])[] = [
    ['=a', "found '=', expected: !, identifier, or 'end of string'"],
    ['!=a', "found '!=', expected: !, identifier, or 'end of string'"],
    ['! =a', "unable to parse requirement: found '=', expected: identifier"],
    ['a,', "found '', expected: identifier after ','"],
    ['a in', "unable to parse requirement: found '' expected: '('"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  ];
  for (const [text, message] of broken) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(thrownBy(() => parseLabelSelector(text))).to.equal(`BadRequest ${message}`);
    });
  }

  it('answers any text with requirements or BadRequest', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab!=<>(),. in') }), (text) => {
        const thrown = thrownBy(() => parseLabelSelector(text));
        expect(thrown === undefined || thrown.startsWith('BadRequest ')).to.equal(true);
      }),
    );
  });
});

describe('field selectors', () => {
  it('reads terms, both ways of equality, and escapes', () => {
    expect(parseFieldSelector('metadata.name=a,spec.x!=b,y==c\\,d\\=e')).to.deep.equal([
      { field: 'metadata.name', equal: true, value: 'a' },
      { field: 'spec.x', equal: false, value: 'b' },
      { field: 'y', equal: true, value: 'c,d=e' },
    ]);
    expect(parseFieldSelector('')).to.deep.equal([]);
    expect(parseFieldSelector('a=')).to.deep.equal([{ field: 'a', equal: true, value: '' }]);
  });

  it('refuses what is no term', () => {
    expect(thrownBy(() => parseFieldSelector('a'))).to.equal(
      "BadRequest invalid selector: 'a'; can't understand 'a'",
    );
  });
});

function thrownBy(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (thrown) {
    const { reason, message } = asTitanError(thrown);
    return `${reason} ${message}`;
  }
}
