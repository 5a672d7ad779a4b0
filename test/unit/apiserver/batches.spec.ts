import { expect } from 'chai';
import { createBatches } from '../../../src/apiserver/verbs/batches.ts';
import { hold } from '../../../src/registry/cache/held.ts';
import type { WatchItem } from '../../../src/registry/port.ts';

function stored(name: string) {
  const metadata = { name, uid: name, generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' };
  return hold({ apiVersion: 'v1', kind: 'Thing', metadata }, 1);
}

describe('the batches that watchers share', () => {
  const [a, b] = [stored('a'), stored('b')];
  const items = (): WatchItem[] => [
    { type: 'ADDED', stored: a },
    { type: 'MODIFIED', stored: b },
  ];
  const bookmark: WatchItem = {
    type: 'BOOKMARK',
    resourceVersion: '1',
    initialEventsEnd: false,
  };
  const [first, second] = [Buffer.from('first'), Buffer.from('second')];

  it('are encoded once for all who are told the same', () => {
    const { bytesOf } = createBatches();
    expect(bytesOf(items(), () => first)).to.equal(first);
    expect(bytesOf(items(), () => second)).to.equal(first);
  });

  const others: readonly [string, readonly WatchItem[]][] = [
    ['fewer events', items().slice(0, 1)],
    ['other types', items().map((item) => ({ ...item, type: 'DELETED' }) as WatchItem)],
    ['another order', items().toReversed()],
    [
      'another version that looks alike',
      [{ type: 'ADDED', stored: stored('a') }, ...items().slice(1)],
    ],
  ];
  for (const [name, told] of others) {
    it(`are not those of who is told ${name}`, () => {
      const { bytesOf } = createBatches();
      bytesOf(items(), () => first);
      expect(bytesOf(told, () => second)).to.equal(second);
    });
  }

  it('never hold bookmarks, nor what is too large, nor more than a few', () => {
    const { bytesOf } = createBatches();
    bytesOf([bookmark], () => first);
    expect(bytesOf([bookmark], () => second)).to.equal(second);
    bytesOf(items(), () => Buffer.alloc(5 * 1024 * 1024));
    expect(bytesOf(items(), () => second)).to.equal(second);
    for (let count = 0; count < 8; count += 1) {
      bytesOf([{ type: 'ADDED', stored: stored(`${count}`) }], () => first);
    }
    expect(bytesOf(items(), () => first)).to.equal(first);
  });
});
