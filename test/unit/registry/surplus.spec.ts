import { expect } from 'chai';
import fc from 'fast-check';
import { hold } from '../../../src/registry/cache/held.ts';
import { createKindCaches } from '../../../src/registry/cache/kind-caches.ts';
import { createSurplus } from '../../../src/registry/cache/surplus.ts';
import { splitKey } from '../../../src/registry/keys.ts';
import { aJob } from '../../support/builders.ts';

const KINDS = ['/titan/registry/core/events/', '/titan/registry/titan.dev/jobs/'];
const keys = fc.uniqueArray(
  fc
    .tuple(fc.constantFrom(...KINDS), fc.constantFrom('-', 'a', 'ab'), fc.nat(9))
    .map(([kind, namespace, name]) => `${kind}${namespace}/${name}`),
);

function cachesOf(held: readonly string[]) {
  const caches = createKindCaches();
  for (const key of held) {
    const { prefix, local } = splitKey(key);
    caches.of(prefix).load(local, hold(aJob({}), 1));
  }
  return caches;
}

describe('what the caches hold and the store does not', () => {
  it('is found, and nothing else, wherever others have their turn', () => {
    fc.assert(
      fc.property(keys, keys, fc.nat(3), (held, stored, turn) => {
        const surplus = createSurplus(cachesOf(held));
        const found: string[] = [];
        for (const [at, key] of stored.toSorted().entries()) {
          found.push(...surplus.before(splitKey(key)));
          if (at % (turn + 1) === turn) surplus.resume();
        }
        found.push(...surplus.rest());
        expect(found.toSorted()).to.deep.equal(
          held.filter((key) => !stored.includes(key)).toSorted(),
        );
      }),
    );
  });

  it('is found behind what came and went meanwhile', () => {
    const [kind = ''] = KINDS;
    const caches = cachesOf(['a/1', 'a/3', 'a/5'].map((local) => kind + local));
    const surplus = createSurplus(caches);
    expect(surplus.before({ prefix: kind, local: 'a/1' })).to.deep.equal([]);
    caches.of(kind).drop('a/3', 2, 0);
    caches.of(kind).put('a/4', hold(aJob({}), 2), 0);
    surplus.resume();
    expect(surplus.before({ prefix: kind, local: 'a/5' })).to.deep.equal([`${kind}a/4`]);
    expect(surplus.rest()).to.deep.equal([]);
  });
});
