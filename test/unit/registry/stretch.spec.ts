import { expect } from 'chai';
import fc from 'fast-check';
import { hold } from '../../../src/registry/cache/held.ts';
import { createKindCaches } from '../../../src/registry/cache/kind-caches.ts';
import { countIn, keysIn, STRETCH, stretchFrom } from '../../../src/registry/cache/stretch.ts';
import { splitKey } from '../../../src/registry/keys.ts';
import { aJob } from '../../support/builders.ts';

const KINDS = [
  '/titan/registry/core/events/',
  '/titan/registry/titan.dev/jobs/',
  '/titan/registry/titan.dev/tasks/',
];
const key = fc
  .tuple(fc.constantFrom(...KINDS), fc.constantFrom('-', 'a', 'ab'), fc.nat(9))
  .map(([kind, namespace, name]) => `${kind}${namespace}/${name}`);

function cachesOf(keys: readonly string[]) {
  const caches = createKindCaches();
  const held = hold(aJob({}), 1);
  for (const each of keys) {
    const { prefix, local } = splitKey(each);
    caches.of(prefix).load(local, held);
  }
  return caches;
}

describe('a stretch of keys', () => {
  it('has those behind its beginning up to its end, and says how many', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(key),
        key,
        fc.option(key, { nil: undefined }),
        (keys, after, until) => {
          fc.pre(until === undefined || until >= after);
          const stretch = until === undefined ? { after } : { after, until };
          const wanted = keys
            .filter((each) => each > after && (until === undefined || each <= until))
            .toSorted();
          expect([...keysIn(cachesOf(keys), stretch)]).to.deep.equal(wanted);
          expect(countIn(cachesOf(keys), stretch)).to.equal(wanted.length);
        },
      ),
    );
  });

  it('follows another until all that the caches hold has been in one', () => {
    const [events = '', jobs = '', tasks = ''] = KINDS;
    const many = (kind: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${kind}a/${String(index).padStart(6, '0')}`);
    const caches = cachesOf([...many(jobs, 7_000), ...many(events, 10), ...many(tasks, 5_001)]);
    const counts: number[] = [];
    for (let after: string | undefined = ''; after !== undefined; ) {
      const stretch = stretchFrom(caches, after);
      counts.push(countIn(caches, stretch));
      after = stretch.until;
    }
    expect(counts).to.deep.equal([STRETCH, STRETCH, 2_011]);
  });
});
