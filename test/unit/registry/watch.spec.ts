import { expect } from 'chai';
import type { WatchItem, WatchQuery } from '../../../src/registry/port.ts';
import {
  aRegistry,
  bodyOf,
  failureText,
  jobBody,
  type TestRegistry,
} from '../../support/registry.ts';

const write = { manager: 'test' };

describe('watches', () => {
  let test: TestRegistry;
  let stopping: AbortController;
  const jobs = () => test.definition('jobs');
  const create = (name: string, labels = {}) =>
    test.registry.create(jobs(), 'default', jobBody({}, { name, labels }), write);
  const merge = (name: string, value: unknown) =>
    test.registry.patch(
      jobs(),
      { namespace: 'default', name },
      { type: 'merge', body: bodyOf(value) },
      write,
    );
  const remove = (name: string) =>
    test.registry.remove(jobs(), { namespace: 'default', name }, write);
  const watch = (query: WatchQuery) => test.registry.watch(jobs(), query, stopping.signal);
  const version = async () => (await test.registry.list(jobs(), {})).resourceVersion;

  beforeEach(async () => {
    test = await aRegistry();
    stopping = new AbortController();
  });
  afterEach(async () => {
    stopping.abort();
    await test.stop();
  });

  it('tell of everything after a version, in order, once', async () => {
    await create('a');
    const after = await version();
    await create('b');
    const seen = collect(watch({ resourceVersion: after }), 4);
    await merge('b', { spec: { cpus: 2 } });
    await remove('a');
    await create('c');
    expect((await seen).map(line)).to.deep.equal(['ADDED b', 'MODIFIED b', 'DELETED a', 'ADDED c']);
  });

  it('give a deletion the last state at the version of the deletion', async () => {
    const { metadata } = await create('a');
    const after = await version();
    const removal = await remove('a');
    const [item] = await collect(watch({ resourceVersion: after }), 1);
    const object = item?.type === 'DELETED' ? item.stored.object : undefined;
    expect(object?.spec).to.include({ applicationName: 'rocker' });
    expect(object?.metadata.resourceVersion).to.equal(removal.object.metadata.resourceVersion);
    expect(Number(object?.metadata.resourceVersion)).to.be.greaterThan(
      Number(metadata.resourceVersion),
    );
  });

  it('begin with what is there when no version is named', async () => {
    await create('b');
    await create('a');
    for (const query of [{}, { resourceVersion: '0' }]) {
      const items = await collect(watch(query), 2);
      expect(items.map(line)).to.deep.equal(['ADDED a', 'ADDED b']);
    }
  });

  it('turn a change of labels into coming and going', async () => {
    await create('a', { app: 'x' });
    const after = await version();
    const seen = collect(watch({ resourceVersion: after, labelSelector: 'app=x' }), 4);
    await merge('a', { metadata: { labels: { app: 'y' } } });
    await merge('a', { spec: { cpus: 3 } });
    await merge('a', { metadata: { labels: { app: 'x' } } });
    await merge('a', { spec: { cpus: 4 } });
    await remove('a');
    const items = await seen;
    expect(items.map(line)).to.deep.equal(['DELETED a', 'ADDED a', 'MODIFIED a', 'DELETED a']);
    const [gone] = items;
    const object = gone?.type === 'DELETED' ? gone.stored.object : undefined;
    expect(object?.metadata.labels).to.deep.equal({ app: 'x' });
    expect(Number(object?.metadata.resourceVersion)).to.be.greaterThan(Number(after));
  });

  it('see one object by its name, and one namespace', async () => {
    const after = await version();
    const query = {
      resourceVersion: after,
      fieldSelector: 'metadata.name=b',
      namespace: 'default',
    };
    const seen = collect(watch(query), 1);
    await create('a');
    await create('b');
    expect((await seen).map(line)).to.deep.equal(['ADDED b']);
  });

  it('send initial events and mark their end', async () => {
    await create('a');
    const query = {
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: true,
    };
    const items = await collect(watch(query), 2);
    expect(items.map(line)).to.deep.equal(['ADDED a', `BOOKMARK ${await version()} end`]);
  });

  it('send bookmarks every minute when asked, also on an idle kind', async () => {
    const after = await version();
    const seen = collect(watch({ resourceVersion: after, allowWatchBookmarks: true }), 2);
    const silent = collect(watch({ resourceVersion: after }), 1);
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } };
    await test.registry.create(test.definition('configmaps'), 'default', bodyOf(map), write);
    await test.clock.advance(60_000);
    const newer = await version();
    await test.clock.advance(60_000);
    expect((await seen).map(line)).to.deep.equal([`BOOKMARK ${newer}`, `BOOKMARK ${newer}`]);
    expect(Number(newer)).to.be.greaterThan(Number(after));
    await create('a');
    expect((await silent).map(line)).to.deep.equal(['ADDED a']);
  });

  it('send a last bookmark two seconds before they are ended', async () => {
    const after = await version();
    const query = { resourceVersion: after, allowWatchBookmarks: true, endsInMs: 30_000 };
    const seen = collect(watch(query), 1);
    await test.clock.advance(27_000);
    await create('a');
    expect((await seen).map(line)).to.deep.equal(['ADDED a']);
    const next = watch({ ...query, resourceVersion: await version() });
    const marks = collect(next, 1);
    await test.clock.advance(28_000);
    expect((await marks).map(line)).to.deep.equal([`BOOKMARK ${await version()}`]);
  });

  it('of one object miss nothing of it, wherever they begin, whatever else changes', async () => {
    await create('b');
    const after = await version();
    await merge('b', { spec: { cpus: 2 } });
    await create('other');
    const fieldSelector = 'metadata.name=b';
    const stream = watch({ namespace: 'default', fieldSelector, resourceVersion: after });
    const iterator = stream[Symbol.asyncIterator]();
    const next = async () => (await iterator.next()).value?.map(line);
    expect(await next()).to.deep.equal(['MODIFIED b']);
    for (let count = 0; count < 300; count += 1) {
      await merge('other', { metadata: { labels: { count: String(count) } } });
    }
    await test.clock.advance(120_000);
    await merge('other', { metadata: { labels: { count: 'last' } } });
    await remove('b');
    await create('b');
    const seen: string[] = [];
    while (seen.length < 2) seen.push(...((await next()) ?? []));
    expect(seen).to.deep.equal(['DELETED b', 'ADDED b']);
  });

  it('say when a version is too old', async () => {
    const after = await version();
    for (let count = 0; count < 102; count += 1) await create(`j${count}`);
    await test.clock.advance(80_000);
    await create('last');
    expect(await failureText(collect(watch({ resourceVersion: after }), 1))).to.match(
      new RegExp(`^410 Expired: too old resource version: ${after} \\(\\d+\\)$`),
    );
  });

  it('go on from as many changes as are kept', async () => {
    const few = await aRegistry({ limits: { watchEvents: 3 } });
    const definition = few.definition('jobs');
    const { resourceVersion } = await few.registry.list(definition, {});
    for (const name of ['a', 'b', 'c', 'd']) {
      await few.registry.create(definition, 'default', jobBody({}, { name }), write);
    }
    const text = await failureText(
      collect(few.registry.watch(definition, { resourceVersion }, stopping.signal), 1),
    );
    expect(text).to.match(/^410 Expired: too old resource version/);
    await few.stop();
  });

  it('cut off one who reads slower than the window moves', async () => {
    const reader = watch({ resourceVersion: await version() })[Symbol.asyncIterator]();
    const first = reader.next();
    await create('first');
    await first;
    for (let count = 0; count < 110; count += 1) await create(`j${count}`);
    await test.clock.advance(80_000);
    for (let count = 0; count < 110; count += 1) await create(`k${count}`);
    const behind = (async () => {
      await reader.next();
    })();
    expect(await failureText(behind)).to.match(/^410 Expired: too old resource version/);
  });

  it('wait for a version that is still to come', async () => {
    // The service accounts of the first namespaces are written meanwhile.
    await test.clock.settle();
    const after = Number(await version()) + 256;
    const seen = collect(watch({ resourceVersion: String(after) }), 1);
    await create('a');
    await create('b');
    await create('c');
    expect(['ADDED b', 'ADDED c']).to.include((await seen).map(line)[0]);
  });

  it('end when told to', async () => {
    const end = collect(watch({ resourceVersion: await version() }), 1);
    await test.clock.settle();
    stopping.abort();
    expect(await end).to.deep.equal([]);
  });

  const invalid = 'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: ';
  const refused: readonly (readonly [WatchQuery, string])[] = [
    [
      { sendInitialEvents: true },
      `422 Invalid: ${invalid}sendInitialEvents requires setting resourceVersionMatch to NotOlderThan`,
    ],
    [
      { resourceVersionMatch: 'NotOlderThan' },
      `422 Invalid: ${invalid}resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided`,
    ],
  ];
  for (const [query, text] of refused) {
    it(`refuse ${JSON.stringify(query)}`, async () => {
      expect(await failureText(collect(watch(query), 1))).to.equal(text);
    });
  }
});

async function collect(
  batches: AsyncIterable<readonly WatchItem[]>,
  count: number,
): Promise<WatchItem[]> {
  const items: WatchItem[] = [];
  for await (const batch of batches) {
    items.push(...batch);
    if (items.length >= count) break;
  }
  return items;
}

function line(item: WatchItem): string {
  if (item.type !== 'BOOKMARK') return `${item.type} ${item.stored.object.metadata.name}`;
  return `BOOKMARK ${item.resourceVersion}${item.initialEventsEnd ? ' end' : ''}`;
}
