import { expect } from 'chai';
import fc from 'fast-check';
import { compilePattern } from '../../../src/api/pattern.ts';
import type { Schema } from '../../../src/registry/port.ts';
import { interpretFindings } from '../../../src/registry/schema/interpret.ts';
import { compileFindings } from '../../../src/registry/schema/validate.ts';

const bound = fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined });
const flag = fc.constantFrom(undefined, true);
const name = fc.constantFrom('a', 'b', 'c');
const text = fc.constantFrom(
  '',
  'a',
  'ab',
  '😀😀',
  '2026-01-01',
  '2026-01-01T00:00:00Z',
  'YQ==',
  '1.2.3.4',
);
const number = fc.constantFrom(0, 1, 2, 3, 1.5, -1, 2 ** 31, 2 ** 53);

const { schema } = fc.letrec<{ schema: Schema; leaf: Schema }>((tie) => ({
  leaf: some({
    type: fc.constantFrom(undefined, 'string', 'integer', 'number', 'boolean', 'object', 'array'),
    format: fc.constantFrom(
      undefined,
      'int32',
      'int64',
      'date',
      'date-time',
      'byte',
      'ipv4',
      'uri',
      'odd',
    ),
    nullable: flag,
    pattern: fc.constantFrom(undefined, '^a+$', 'b'),
    enum: fc.option(fc.array(fc.oneof(text, number), { minLength: 1, maxLength: 3 }), {
      nil: undefined,
    }),
    minimum: bound,
    maximum: bound,
    exclusiveMinimum: flag,
    exclusiveMaximum: flag,
    multipleOf: fc.constantFrom(undefined, 1, 2),
    minLength: bound,
    maxLength: bound,
    'x-kubernetes-int-or-string': fc.constantFrom(undefined, undefined, true),
  }),
  schema: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    tie('leaf'),
    some({
      type: fc.constantFrom(undefined, 'object', 'object'),
      properties: fc.dictionary(name, tie('schema'), { maxKeys: 3 }),
      additionalProperties: fc.oneof(fc.constant(undefined), tie('schema')),
      required: fc.option(fc.uniqueArray(name, { minLength: 1 }), { nil: undefined }),
      minProperties: bound,
      maxProperties: bound,
      not: fc.oneof(fc.constant(undefined), tie('leaf')),
    }),
    some({ type: fc.constant('array'), items: tie('schema'), minItems: bound, maxItems: bound }),
    some({
      allOf: fc.option(fc.array(tie('leaf'), { minLength: 1, maxLength: 2 }), { nil: undefined }),
      anyOf: fc.option(fc.array(tie('schema'), { minLength: 1, maxLength: 2 }), { nil: undefined }),
      oneOf: fc.option(fc.array(tie('schema'), { minLength: 1, maxLength: 2 }), { nil: undefined }),
    }),
  ),
}));

/** A schema of these keywords, each there or not. */
function some(keywords: { readonly [key: string]: fc.Arbitrary<unknown> }): fc.Arbitrary<Schema> {
  return fc
    .record(keywords)
    .map((all) =>
      Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
    );
}

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.oneof(text, number, fc.constantFrom(null, true)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3 }),
  ),
}));

/** Each fault once: where branches of `allOf` say the same, how often they do is nobody's concern. */
function told(find: ReturnType<typeof interpretFindings>, of: unknown): readonly string[] {
  const all = find(of).map(({ cause, steps }) => JSON.stringify([cause, steps]));
  return [...new Set(all)].toSorted();
}

describe('interpretFindings', () => {
  it('finds what the compiled schema finds', () => {
    fc.assert(
      fc.property(schema, fc.array(value, { minLength: 1, maxLength: 8 }), (of, values) => {
        const compiled = compileFindings(of);
        const interpreted = interpretFindings(of, compilePattern);
        for (const one of values) {
          expect(told(interpreted, one)).to.deep.equal(told(compiled, one));
        }
      }),
      { numRuns: 150 },
    );
  });

  it('hears a field that is called like a keyword', () => {
    const of: Schema = {
      type: 'object',
      properties: { not: { type: 'object', properties: { x: { type: 'string' } } } },
    };
    expect(interpretFindings(of, compilePattern)({ not: { x: 1 } })).to.have.length(1);
  });

  it('gives up on lists that are too long for the choices of a schema, and says so', () => {
    const anyOf = Array.from({ length: 1_000 }, (_, index): Schema => ({ enum: [index] }));
    const find = interpretFindings({ type: 'array', items: { anyOf } }, compilePattern);
    const [found] = find(Array.from({ length: 5_000 }, () => 999));
    expect(found?.cause.message).to.include('takes too long to check');
    expect(find(Array.from({ length: 500 }, () => 999))).to.deep.equal([]);
  });

  it('does no work for what an object does not have', () => {
    let made = 0;
    const properties = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, index) => [
        `f${index}`,
        { type: 'string', pattern: `a{${index}}` },
      ]),
    );
    const find = interpretFindings({ type: 'object', properties }, (source) => {
      made += 1;
      return compilePattern(source);
    });
    expect(find({ f3: 'aaa' })).to.deep.equal([]);
    expect(made).to.equal(1);
  });
});
