import { expect } from 'chai';
import { toStatus } from '../../../src/api/error.ts';
import type { ListQuery } from '../../../src/registry/port.ts';
import {
  aRegistry,
  failure,
  failureText,
  jobBody,
  type TestRegistry,
} from '../../support/registry.ts';

const write = { manager: 'test' };

describe('lists', () => {
  let test: TestRegistry;
  const create = (name: string, labels = {}) =>
    test.registry.create(test.definition('jobs'), 'default', jobBody({}, { name, labels }), write);
  const list = (query: ListQuery = {}) => test.registry.list(test.definition('jobs'), query);
  const names = async (query: ListQuery = {}) =>
    (await list(query)).items.map(({ object }) => object.metadata.name);

  /** Lets so much time and so many changes go by that neither the store nor the cache knows of before. */
  async function forget(): Promise<void> {
    await test.clock.advance(80_000);
    for (let count = 0; count < 110; count += 1) {
      await test.registry.create(
        test.definition('jobs'),
        'kube-system',
        jobBody({}, { name: `x${count}` }),
        write,
      );
    }
    await test.store.compact(await test.store.revision());
  }

  beforeEach(async () => {
    test = await aRegistry();
    for (const name of ['c', 'a', 'e', 'b', 'd']) {
      await create(name, { odd: String('ace'.includes(name)) });
    }
  });
  afterEach(() => test.stop());

  it('are in the order of the keys, with their bytes, at a version that a watch can go on from', async () => {
    const { items, resourceVersion } = await list({ namespace: 'default' });
    expect(items.map(({ object }) => object.metadata.name)).to.deep.equal([
      'a',
      'b',
      'c',
      'd',
      'e',
    ]);
    const [first] = items;
    expect(JSON.parse(Buffer.from(first?.bytes ?? []).toString())).to.deep.equal(first?.object);
    expect(Number(resourceVersion)).to.be.at.least(
      Number(items[4]?.object.metadata.resourceVersion),
    );
    expect(await names({ namespace: 'kube-system' })).to.deep.equal([]);
  });

  const selected: readonly (readonly [ListQuery, readonly string[]])[] = [
    [{ labelSelector: 'odd=true' }, ['a', 'c', 'e']],
    [{ labelSelector: 'odd!=true' }, ['b', 'd']],
    [{ fieldSelector: 'metadata.name=b' }, ['b']],
    [{ fieldSelector: 'metadata.name!=b', namespace: 'default' }, ['a', 'c', 'd', 'e']],
    [{ fieldSelector: 'metadata.name=b', namespace: 'default', labelSelector: 'odd=true' }, []],
    [{ fieldSelector: 'metadata.namespace=default', limit: 0 }, ['a', 'b', 'c', 'd', 'e']],
    [{ resourceVersion: '0', limit: 1 }, ['a', 'b', 'c', 'd', 'e']],
  ];
  for (const [query, expected] of selected) {
    it(`answer ${JSON.stringify(query)}`, async () => {
      expect(await names(query)).to.deep.equal(expected);
    });
  }

  it('go on page by page as of one moment, whatever is written meanwhile', async () => {
    const first = await list({ limit: 2 });
    expect(first.remainingItemCount).to.equal(3);
    await test.registry.remove(test.definition('jobs'), { namespace: 'default', name: 'c' }, write);
    await create('bb');
    const second = await list({ limit: 2, continue: first.continue ?? '' });
    const third = await list({ limit: 2, continue: second.continue ?? '' });
    const pages = [first, second, third];
    expect(
      pages.flatMap(({ items }) => items.map(({ object }) => object.metadata.name)),
    ).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
    expect(new Set(pages.map(({ resourceVersion }) => resourceVersion)).size).to.equal(1);
    expect([second.remainingItemCount, third.continue]).to.deep.equal([1, undefined]);
  });

  it('go on after a compaction, while the cache knows what changed since', async () => {
    const first = await list({ limit: 2 });
    const { metadata } = (await list({ fieldSelector: 'metadata.name=d' })).items[0]?.object ?? {};
    await test.registry.remove(test.definition('jobs'), { namespace: 'default', name: 'c' }, write);
    await test.registry.remove(test.definition('jobs'), { namespace: 'default', name: 'e' }, write);
    await create('e');
    await create('cc');
    const patch = { value: { spec: { cpus: 9 } }, duplicates: [] };
    const key = { namespace: 'default', name: 'd' };
    await test.registry.patch(test.definition('jobs'), key, { type: 'merge', body: patch }, write);
    await test.store.compact(await test.store.revision());
    const rest = await list({ limit: 2, continue: first.continue ?? '' });
    expect(rest.items.map(({ object }) => object.metadata.name)).to.deep.equal(['c', 'd']);
    expect(rest.items[1]?.object.metadata).to.deep.equal(metadata);
    expect([rest.resourceVersion, rest.remainingItemCount]).to.deep.equal([
      first.resourceVersion,
      1,
    ]);
    expect(await names({ continue: rest.continue ?? '' })).to.deep.equal(['e']);
  });

  it('count nothing that remains where a selector filters', async () => {
    const first = await list({ limit: 2, labelSelector: 'odd=true' });
    expect(first.remainingItemCount).to.equal(undefined);
    const rest = { limit: 2, labelSelector: 'odd=true', continue: first.continue ?? '' };
    expect(await names(rest)).to.deep.equal(['e']);
  });

  it('are exactly of a moment when asked, and say when that is gone', async () => {
    const { resourceVersion } = await list();
    const exact = { resourceVersion, resourceVersionMatch: 'Exact' };
    await create('f');
    expect(await names(exact)).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
    expect(await names({ resourceVersion, resourceVersionMatch: 'NotOlderThan' })).to.include('f');
    await create('g');
    await test.store.compact(await test.store.revision());
    expect(await names(exact)).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
    await forget();
    expect(await failureText(list(exact))).to.equal(
      '410 Expired: The resourceVersion for the provided list is too old.',
    );
  });

  it('give a token to go on with when the moment of a page is gone', async () => {
    const first = await list({ limit: 2 });
    await create('f');
    await create('g');
    await forget();
    const error = await failure(list({ limit: 2, continue: first.continue ?? '' }));
    expect(error.reason).to.equal('Expired');
    expect(error.message).to.match(
      /^The provided continue parameter is too old to display a consistent list result\./,
    );
    const { continueToken = '' } = error;
    expect(toStatus(error)).to.have.deep.property('metadata', { continue: continueToken });
    const rest = await names({ continue: continueToken });
    expect(rest.filter((name) => !name.startsWith('x'))).to.deep.equal(['c', 'd', 'e', 'f', 'g']);
  });

  it('wait three seconds for a version that is still to come, as reads of one object do', async () => {
    const { resourceVersion } = await list();
    const future = { resourceVersion: '999999999' };
    const one = test.registry.get(
      test.definition('jobs'),
      { namespace: 'default', name: 'a' },
      future,
    );
    const texts = Promise.all([list(future), one].map(failureText));
    await test.clock.advance(3_000);
    const text = `504 Timeout: Timeout: Too large resource version: 999999999, current: ${resourceVersion}`;
    expect(await texts).to.deep.equal([text, text]);
  });

  const invalid = 'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: ';
  const refused: readonly (readonly [ListQuery, string])[] = [
    [
      { resourceVersionMatch: 'Exact' },
      `422 Invalid: ${invalid}Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided`,
    ],
    [
      { resourceVersionMatch: 'Exact', resourceVersion: '0' },
      `422 Invalid: ${invalid}Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"`,
    ],
    [
      { resourceVersionMatch: 'Odd', resourceVersion: '1' },
      `422 Invalid: ${invalid}Unsupported value: "Odd": supported values: "Exact", "NotOlderThan", ""`,
    ],
    [
      { continue: 'x', resourceVersion: '1' },
      '400 BadRequest: specifying resource version is not allowed when using continue',
    ],
    [{ continue: 'x' }, '400 BadRequest: continue key is not valid: x'],
    [
      { resourceVersion: 'abc' },
      '400 BadRequest: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    ],
    [{ fieldSelector: 'spec.nope=1' }, '400 BadRequest: field label not supported: spec.nope'],
    [
      { labelSelector: '! =a' },
      "400 BadRequest: unable to parse requirement: found '=', expected: identifier",
    ],
  ];
  for (const [query, text] of refused) {
    it(`refuse ${JSON.stringify(query)}`, async () => {
      expect(await failureText(list(query))).to.equal(text);
    });
  }
});
