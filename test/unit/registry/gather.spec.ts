import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { type Held, hold } from '../../../src/registry/cache/held.ts';
import { createKindCache, type KindCache } from '../../../src/registry/cache/kind-cache.ts';
import { gather } from '../../../src/registry/read/gather.ts';
import { virtualClock } from '../../../src/runtime/clock.ts';

const COUNT = 150;
const BETWEEN = 1_000;

function held(name: string, revision: number): Held {
  const metadata = { name, uid: name, generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' };
  return hold({ apiVersion: 'v1', kind: 'Thing', metadata }, revision);
}

const localOf = (index: number) => `default/${String(index).padStart(4, '0')}`;

function filled(): KindCache {
  const cache = createKindCache();
  for (let index = 0; index < COUNT; index += 1) {
    cache.load(localOf(2 * index), held(localOf(2 * index), index + 1));
  }
  return cache;
}

const everything = { prefix: '', local: undefined, isWhole: true, matches: () => true };
/** By this clock every turn is over at once. */
function hasty() {
  let now = 0;
  return { ...virtualClock(), elapsed: () => (now += BETWEEN) };
}

interface Step {
  readonly index: number;
  readonly isPut: boolean;
}

function step(cache: KindCache, { index, isPut }: Step, revision: number): void {
  const local = localOf(index);
  if (isPut) cache.put(local, held(local, revision), 0);
  else cache.drop(local, revision, 0);
}

const shown = (items: readonly Held[]) =>
  items.map(({ object: { metadata } }) => `${metadata.name} ${metadata.resourceVersion}`);

describe('gather', () => {
  it('shows one moment, whatever changes while others have their turn', async () => {
    const change = fc.record({ index: fc.nat(2 * COUNT - 1), isPut: fc.boolean() });
    const changes = fc.array(fc.array(change, { maxLength: 8 }), { minLength: 5, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        changes,
        fc.option(fc.nat(COUNT), { nil: undefined }),
        async (turns, limit) => {
          const cache = filled();
          const before = shown([...cache.scan('')].map(([, each]) => each));
          let revision = COUNT;
          const gathering = gather({ cache, clock: hasty() }, everything, {
            revision,
            scan: cache.scan,
            limit,
          });
          for (const turn of turns) {
            for (const each of turn) step(cache, each, ++revision);
            await setImmediate();
          }
          const found = await gathering;
          expect(shown(found?.items ?? [])).to.deep.equal(before.slice(0, limit ?? COUNT));
          expect(found?.more).to.equal(limit !== undefined && limit < COUNT);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('gives up where the moment is forgotten', async () => {
    const cache = filled();
    const wanted = { revision: COUNT, scan: cache.scan };
    const gathering = gather({ cache, clock: hasty() }, everything, wanted);
    cache.put(localOf(1), held(localOf(1), COUNT + 1), 0);
    cache.window.raiseFloor(COUNT + 1);
    expect(await gathering).to.equal(undefined);
  });
});
