import { expect } from 'chai';
import fc from 'fast-check';
import { asTitanError } from '../../../src/api/error.ts';
import { aRegistry, bodyOf, failure, type TestRegistry } from '../../support/registry.ts';
import { widgetDefinition } from '../../support/widgets.ts';

const write = { manager: 'test' };

type Json = Readonly<Record<string, unknown>>;

const properties = (spec: unknown) => ({ type: 'object', properties: { spec } });
const ROOT = 'spec.versions[0].schema.openAPIV3Schema';
const SPEC = `${ROOT}.properties[spec]`;

describe('the checks of CustomResourceDefinitions', () => {
  let test: TestRegistry;
  const crds = () => test.definition('customresourcedefinitions');
  const create = (value: unknown) => test.registry.create(crds(), undefined, bodyOf(value), write);
  const causesOf = async (value: unknown) =>
    ((await failure(create(value))).details.causes ?? []).map(
      ({ field, message }) => `${field}: ${message}`,
    );

  before(async () => {
    test = await aRegistry();
  });
  after(() => test.stop());

  const cases: readonly (readonly [string, Json, readonly string[]])[] = [
    ['no schema', widgetDefinition(undefined), [`${ROOT}: Required value: schemas are required`]],
    [
      'no type at the root',
      widgetDefinition({}),
      [`${ROOT}.type: Required value: must not be empty at the root`],
    ],
    [
      'another type at the root',
      widgetDefinition({ type: 'string' }),
      [`${ROOT}.type: Invalid value: "string": must be object at the root`],
    ],
    [
      'a field without type',
      widgetDefinition(properties({})),
      [`${SPEC}.type: Required value: must not be empty for specified object fields`],
    ],
    [
      'an item without type',
      widgetDefinition(properties({ type: 'array', items: {} })),
      [`${SPEC}.items.type: Required value: must not be empty for specified array items`],
    ],
    [
      'a list without items',
      widgetDefinition(properties({ type: 'array' })),
      [`${SPEC}.items: Required value: must be specified`],
    ],
    [
      'a type in a choice',
      widgetDefinition(
        properties({ type: 'object', oneOf: [{ type: 'object', required: ['a'] }] }),
      ),
      [`${SPEC}.oneOf[0].type: Forbidden: must be empty to be structural`],
    ],
    [
      'a field in a choice only',
      widgetDefinition(
        properties({ type: 'object', anyOf: [{ properties: { a: { minimum: 1 } } }] }),
      ),
      [`${SPEC}.properties[a]: Required value: because it is defined in anyOf[0].properties[a]`],
    ],
    [
      'fields and others',
      widgetDefinition(
        properties({
          type: 'object',
          properties: { a: { type: 'string' } },
          additionalProperties: { type: 'string' },
        }),
      ),
      [
        `${SPEC}.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive`,
      ],
    ],
    [
      '$ref',
      widgetDefinition(properties({ type: 'object', $ref: '#/x' })),
      [`${SPEC}.$ref: Forbidden: $ref is not supported`],
    ],
    [
      'unique items',
      widgetDefinition(properties({ type: 'array', uniqueItems: true, items: { type: 'string' } })),
      [
        `${SPEC}.uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic`,
      ],
    ],
    [
      'list keys that are no fields',
      widgetDefinition(
        properties({
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: { type: 'object' },
        }),
      ),
      [
        `${SPEC}.x-kubernetes-list-map-keys[0]: Invalid value: "name": entries must all be names of item properties`,
      ],
    ],
    [
      'a default that its schema refuses',
      widgetDefinition(
        properties({
          type: 'object',
          properties: { n: { type: 'integer', minimum: 1, default: 0 } },
        }),
      ),
      [`${SPEC}.properties[n].default: Invalid value: 0: should be greater than or equal to 1`],
    ],
    [
      'a keyword of a wrong type',
      widgetDefinition(properties({ type: 'object', required: 'name' })),
      [
        `${SPEC}.required: Invalid value: "string": ${SPEC}.required in body must be of type array of strings: "string"`,
      ],
    ],
    [
      'a pattern that is none',
      widgetDefinition(properties({ type: 'string', pattern: '(?=a)' })),
      [
        `${SPEC}.pattern: Invalid value: "(?=a)": must be a valid regular expression, but isn't: error parsing regexp: invalid or unsupported Perl syntax: \`(?=\``,
      ],
    ],
    [
      'metadata',
      widgetDefinition({
        type: 'object',
        properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } },
      }),
      [
        `${ROOT}.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified`,
      ],
    ],
    [
      'another name',
      widgetDefinition({ type: 'object' }, { metadata: { name: 'gadgets.example.com' } }),
      [
        'metadata.name: Invalid value: "gadgets.example.com": must be spec.names.plural+"."+spec.group',
      ],
    ],
    [
      'no stored version',
      widgetDefinition({ type: 'object' }, { version: { storage: false } }),
      [
        'spec.versions: Invalid value: ["v1"]: must have exactly one version marked as storage version',
      ],
    ],
    [
      'a wrong rule',
      widgetDefinition(
        properties({ type: 'object', 'x-kubernetes-validations': [{ rule: 'self.zz > 1' }] }),
      ),
      [
        `${SPEC}.x-kubernetes-validations[0].rule: Invalid value: "self.zz > 1": undefined field 'zz'`,
      ],
    ],
    [
      'a selectable object',
      widgetDefinition(properties({ type: 'object' }), {
        version: { selectableFields: [{ jsonPath: '.spec' }] },
      }),
      [
        'spec.versions[0].selectableFields[0].jsonPath: Invalid value: ".spec": must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
      ],
    ],
    [
      'a column of another type',
      widgetDefinition(
        { type: 'object' },
        { version: { additionalPrinterColumns: [{ name: 'A', type: 'text', jsonPath: '.a' }] } },
      ),
      [
        'spec.versions[0].additionalPrinterColumns[0].type: Unsupported value: "text": supported values: "boolean", "date", "integer", "number", "string"',
      ],
    ],
    [
      'a protected group',
      widgetDefinition(
        { type: 'object' },
        { spec: { group: 'x.k8s.io' }, metadata: { name: 'widgets.x.k8s.io' } },
      ),
      [
        'metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
      ],
    ],
  ];
  for (const [name, value, causes] of cases) {
    it(`tell of ${name}`, async () => {
      expect(await causesOf(value)).to.deep.equal(causes);
    });
  }

  it('bound how deep and how large a schema is', async () => {
    let deep: Json = { type: 'object' };
    for (let depth = 0; depth < 70; depth += 1) deep = { type: 'object', properties: { a: deep } };
    expect((await causesOf(widgetDefinition(deep)))[0]).to.include('must not be deeper than 64');
    const many = Array.from({ length: 20_001 }, (_, index) => [`f${index}`, { type: 'string' }]);
    const wide = { type: 'object', properties: Object.fromEntries(many) };
    expect((await causesOf(widgetDefinition(wide)))[0]).to.include('must have at most 20000 nodes');
    const long = { type: 'object', description: 'x'.repeat(1_100_000) };
    expect((await causesOf(widgetDefinition(long)))[0]).to.include(
      'must have at most 1048576 bytes',
    );
  });

  it('let nothing through that breaks later, whatever is sent', async () => {
    const key = fc.constantFrom(
      'type',
      'properties',
      'items',
      'additionalProperties',
      'required',
      'enum',
      'default',
      'pattern',
      'format',
      'minimum',
      'maxLength',
      'nullable',
      'oneOf',
      'not',
      '$ref',
      'x-kubernetes-validations',
      'x-kubernetes-list-type',
      'x-kubernetes-list-map-keys',
      'x-kubernetes-int-or-string',
      'x-kubernetes-preserve-unknown-fields',
      'x-kubernetes-embedded-resource',
      '__proto__',
      'constructor',
      'rule',
      'a',
    );
    const leaf = fc.oneof(
      fc.constantFrom(
        'object',
        'array',
        'string',
        'integer',
        'set',
        'map',
        'atomic',
        '(a',
        '^a+$',
        'self.a == 1',
        'a',
        'int32',
      ),
      fc.boolean(),
      fc.integer(),
      fc.constant(null),
    );
    const { node } = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 5 },
        leaf,
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(key, tie('node'), { maxKeys: 5 }),
        fc
          .dictionary(fc.constantFrom('a', 'b'), tie('node'), { maxKeys: 2 })
          .map((some) => ({ type: 'object', properties: some })),
        fc.record(
          { type: fc.constantFrom('object', 'array', 'string', 'integer'), default: tie('node') },
          { requiredKeys: ['type'] },
        ),
      ),
    }));
    let served = 0;
    await fc.assert(
      fc.asyncProperty(node, fc.jsonValue(), fc.jsonValue(), async (schema, one, other) => {
        const name = 'widgets.example.com';
        const thrown = await create(widgetDefinition(properties(schema))).then(
          () => undefined,
          (error: unknown) => asTitanError(error),
        );
        if (thrown !== undefined) {
          expect(thrown.code, thrown.message).to.be.within(400, 422);
          return;
        }
        served += 1;
        const find = () => test.registry.find('example.com', 'v1', 'widgets');
        expect(await test.clock.runUntil(() => find() !== undefined, 5_000)).to.equal(true);
        const definition = find();
        if (definition === undefined) return;
        for (const spec of [one, other, { a: one, b: other }]) {
          const body = bodyOf({
            apiVersion: 'example.com/v1',
            kind: 'Widget',
            metadata: { generateName: 'w-' },
            spec,
          });
          const options = { ...write, fieldValidation: 'Ignore' } as const;
          await test.registry
            .create(definition, 'default', body, options)
            .catch((error: unknown) => {
              expect(asTitanError(error).code, asTitanError(error).message).to.be.within(400, 422);
            });
        }
        await test.registry.remove(crds(), { name }, write);
        await test.clock.runUntil(() => find() === undefined, 20_000);
      }),
      { numRuns: 300 },
    );
    expect(served).to.be.greaterThan(5);
  });
});
