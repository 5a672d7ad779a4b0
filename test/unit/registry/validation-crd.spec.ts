import { expect } from 'chai';
import type { ApiObject } from '../../../src/api/object.ts';
import type { Definition, Schema } from '../../../src/registry/port.ts';
import { aRegistry, bodyOf, failure, type TestRegistry } from '../../support/registry.ts';
import { widgetDefinition } from '../../support/widgets.ts';

const write = { manager: 'test' };
const text: Schema = { type: 'string' };

/** The spec of Widgets, before and after their schema became stricter. */
const LOOSE: Schema = {
  type: 'object',
  properties: {
    name: text,
    other: text,
    parts: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: text, size: { type: 'integer' } },
      },
    },
    tags: { type: 'array', items: text },
    nothing: { type: 'string', nullable: true },
    amount: {
      'x-kubernetes-int-or-string': true,
      anyOf: [{ type: 'integer' }, { type: 'string' }],
    },
    template: {
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      'x-kubernetes-preserve-unknown-fields': true,
    },
    deep: {
      type: 'object',
      default: {},
      properties: { level: { type: 'integer', default: 3 } },
    },
    one: {
      type: 'object',
      properties: { a: text, b: text },
      oneOf: [{ required: ['a'] }, { required: ['b'] }],
    },
  },
};
const STRICT: Schema = {
  ...LOOSE,
  required: ['other'],
  properties: {
    ...LOOSE.properties,
    name: { ...text, maxLength: 3 },
    tags: { type: 'array', items: { ...text, pattern: '^[a-z]+$' } },
    parts: {
      ...LOOSE.properties?.parts,
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: text, size: { type: 'integer', maximum: 10 } },
      },
    },
  },
  'x-kubernetes-validations': [{ rule: "self.name != 'abc'", message: 'not abc' }],
};

function document(spec: Schema) {
  const version = { selectableFields: [{ jsonPath: '.spec.name' }] };
  return widgetDefinition({ type: 'object', properties: { spec } }, { version });
}

describe('validation of users’ kinds', () => {
  let test: TestRegistry;
  const key = { namespace: 'default', name: 'w' };

  function widgets(): Definition {
    const found = test.registry.find('example.com', 'v1', 'widgets');
    if (found === undefined) throw new Error('widgets are not served');
    return found;
  }

  async function create(spec: unknown): Promise<ApiObject> {
    const metadata = { name: 'w' };
    const body = bodyOf({ apiVersion: 'example.com/v1', kind: 'Widget', metadata, spec });
    return test.registry.create(widgets(), 'default', body, write);
  }

  async function patch(value: unknown): Promise<ApiObject> {
    const how = { type: 'merge', body: bodyOf(value) } as const;
    return (await test.registry.patch(widgets(), key, how, write)).object;
  }

  const causes = async (promise: Promise<unknown>) =>
    ((await failure(promise)).details.causes ?? []).map(
      ({ field, message }) => `${field}: ${message}`,
    );

  async function tighten(): Promise<void> {
    const crds = test.definition('customresourcedefinitions');
    const body = bodyOf({ spec: document(STRICT).spec });
    const name = 'widgets.example.com';
    await test.registry.patch(crds, { name }, { type: 'merge', body }, write);
    const isStrict = () => JSON.stringify(widgets().schema).includes('not abc');
    expect(await test.clock.runUntil(isStrict, 5_000)).to.equal(true);
  }

  beforeEach(async () => {
    test = await aRegistry();
    const crds = test.definition('customresourcedefinitions');
    await test.registry.create(crds, undefined, bodyOf(document(LOOSE)), write);
    const isServed = () => test.registry.find('example.com', 'v1', 'widgets') !== undefined;
    expect(await test.clock.runUntil(isServed, 5_000)).to.equal(true);
  });
  afterEach(() => test.stop());

  it('lets be what was wrong before an update, and no more', async () => {
    const parts = [
      { name: 'a', size: 99 },
      { name: 'b', size: 1 },
    ];
    await create({ name: 'long name', tags: ['A'], parts });
    await tighten();
    const changed = await patch({ metadata: { labels: { a: 'b' } } });
    expect(changed.metadata.labels).to.deep.equal({ a: 'b' });
    expect(await causes(patch({ spec: { nothing: 'x' } }))).to.deep.equal([
      'spec.other: Required value',
      '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
    ]);
    const moved = [
      { name: 'b', size: 1 },
      { name: 'a', size: 99 },
    ];
    await patch({ spec: { other: 'x', parts: moved } });
    expect((await causes(patch({ spec: { name: 'longer name' } })))[0]).to.match(
      /^spec\.name: Too long/,
    );
    const worse = [
      { name: 'b', size: 11 },
      { name: 'a', size: 99 },
    ];
    expect((await causes(patch({ spec: { parts: worse } })))[0]).to.match(
      /^spec\.parts\[0\]\.size: /,
    );
    expect((await causes(patch({ spec: { tags: ['A', 'b'] } })))[0]).to.match(/^spec\.tags\[0\]: /);
    expect(await causes(patch({ spec: { name: 'abc' } }))).to.deep.equal([
      'spec: Invalid value: not abc',
    ]);
  });

  it('knows null, numbers or texts, embedded objects, choices and defaults of defaults', async () => {
    const template = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { any: [1] } };
    const spec = { nothing: null, amount: '5Gi', template, one: { a: 'x' } };
    expect((await create(spec)).spec).to.deep.equal({ ...spec, deep: { level: 3 } });
    expect((await patch({ spec: { amount: 5 } })).spec).to.include({ amount: 5 });
    expect((await causes(patch({ spec: { amount: true } })))[0]).to.match(/integer or string/);
    expect(await causes(patch({ spec: { one: { b: 'y' } } }))).to.deep.equal([
      'spec.one: Invalid value: {"a":"x","b":"y"}: spec.one in body must validate one and only one schema (oneOf). Found more than one valid',
    ]);
    const twice = { spec: { parts: [{ name: 'a' }, { name: 'a' }] } };
    expect(await causes(patch(twice))).to.deep.equal([
      'spec.parts[1]: Duplicate value: {"name":"a"}',
    ]);
  });

  it('selects by the fields that the definition names', async () => {
    await create({ name: 'x' });
    const found = async (fieldSelector: string) =>
      (await test.registry.list(widgets(), { fieldSelector })).items.length;
    expect(await found('spec.name=x')).to.equal(1);
    expect(await found('spec.name!=x')).to.equal(0);
    expect((await failure(found('spec.other=x'))).message).to.equal(
      'field label not supported: spec.other',
    );
  });
});
