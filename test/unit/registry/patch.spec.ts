import { expect } from 'chai';
import {
  aRegistry,
  bodyOf,
  failureText,
  jobBody,
  type TestRegistry,
} from '../../support/registry.ts';

const key = { namespace: 'default', name: 'a' };
const write = { manager: 'test' };
type Type = 'json' | 'merge' | 'strategic';

describe('patches', () => {
  let test: TestRegistry;
  const patch = async (type: Type, value: unknown, plural = 'jobs') =>
    (await test.registry.patch(test.definition(plural), key, { type, body: bodyOf(value) }, write))
      .object;

  beforeEach(async () => {
    test = await aRegistry();
    const body = jobBody({ container: { command: ['run'] } }, { labels: { app: 'x', old: 'y' } });
    await test.registry.create(test.definition('jobs'), 'default', body, write);
  });
  afterEach(() => test.stop());

  it('merges maps, replaces lists, and takes away what is null', async () => {
    const { spec, metadata } = await patch('merge', {
      metadata: { labels: { old: null, new: 'z' } },
      spec: { container: { command: ['a', 'b'] } },
    });
    expect(metadata.labels).to.deep.equal({ app: 'x', new: 'z' });
    expect(spec).to.deep.include({ container: { command: ['a', 'b'] } });
  });

  it('carries out JSON patch operations in their order', async () => {
    const { spec } = await patch('json', [
      { op: 'test', path: '/spec/version', value: '1' },
      { op: 'replace', path: '/spec/version', value: '2' },
      { op: 'add', path: '/spec/container/command/-', value: 'more' },
    ]);
    expect(spec).to.deep.include({ version: '2', container: { command: ['run', 'more'] } });
  });

  const refused: readonly (readonly [string, Type, unknown, string])[] = [
    [
      'a JSON patch whose test fails',
      'json',
      [{ op: 'test', path: '/spec/version', value: '9' }],
      '422 Invalid: the server rejected our request due to an error in our request',
    ],
    [
      'a JSON patch of a missing path',
      'json',
      [{ op: 'remove', path: '/spec/none' }],
      '422 Invalid: the server rejected our request due to an error in our request',
    ],
    [
      'a JSON patch that is no list',
      'json',
      { op: 'remove' },
      '400 BadRequest: the patch is no list of JSON patch operations (RFC 6902)',
    ],
    [
      'a JSON patch with what no operation knows',
      'json',
      [{ op: 'replace', path: '/spec/version', value: '2', unless: 'x' }],
      '400 BadRequest: Job in version "v1beta1" cannot be handled as a Job: strict decoding error: unknown field "[0].unless"',
    ],
    [
      'a JSON patch of the prototype',
      'json',
      [{ op: 'add', path: '/__proto__/x', value: 1 }],
      '422 Invalid: the server rejected our request due to an error in our request',
    ],
    [
      'too many operations',
      'json',
      Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/kind', value: 'Job' })),
      '413 RequestEntityTooLarge: The allowed maximum operations in a JSON patch is 10000, got 10001',
    ],
    [
      'a JSON patch that moves a value into itself',
      'json',
      [{ op: 'move', from: '/spec', path: '/spec/container' }],
      '400 BadRequest: error decoding patch: "/spec" to "/spec/container" moves a value into itself',
    ],
    ['a merge patch that is no map', 'merge', [1], '400 BadRequest: the patch is no object'],
    [
      'a strategic merge of a custom resource',
      'strategic',
      {},
      '415 UnsupportedMediaType: the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
    ],
    [
      'a field that the kind does not know',
      'merge',
      { spec: { bogus: 1 } },
      '400 BadRequest: Job in version "v1beta1" cannot be handled as a Job: strict decoding error: unknown field "spec.bogus"',
    ],
  ];
  for (const [name, type, value, text] of refused) {
    it(`refuses ${name}`, async () => {
      expect(await failureText(patch(type, value))).to.equal(text);
    });
  }

  it('takes a strategic merge of a built-in kind', async () => {
    const map = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a' },
      data: { one: '1', two: '2' },
    };
    await test.registry.create(test.definition('configmaps'), 'default', bodyOf(map), write);
    const next = await patch(
      'strategic',
      { data: { one: null, three: '3' }, metadata: { finalizers: ['titan.dev/x'] } },
      'configmaps',
    );
    expect(next).to.have.deep.property('data', { two: '2', three: '3' });
    const more = await patch(
      'strategic',
      { metadata: { finalizers: ['titan.dev/y'] } },
      'configmaps',
    );
    expect(more.metadata.finalizers).to.deep.equal(['titan.dev/x', 'titan.dev/y']);
    const less = { metadata: { '$deleteFromPrimitiveList/finalizers': ['titan.dev/x'] } };
    const { metadata } = await patch('strategic', less, 'configmaps');
    expect(metadata.finalizers).to.deep.equal(['titan.dev/y']);
  });
});
