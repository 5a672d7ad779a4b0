import { expect } from 'chai';
import fc from 'fast-check';
import { PLACES, type StoreEvent } from '../../../src/store/port.ts';
import { endOf } from '../../../src/store/revision.ts';
import { createTail } from '../../../src/store/tail.ts';

const EVENTS_MAX = 20;

/** So many events of one store revision. */
function eventsOf(native: number, count: number): readonly StoreEvent[] {
  return Array.from({ length: count }, (_, place) => {
    const entry = {
      key: `/k${place}`,
      value: new Uint8Array(8),
      revision: native * PLACES + place,
    };
    return { type: 'put', entry };
  });
}

const revisionsOf = (events: readonly StoreEvent[]) =>
  events.map((event) => (event.type === 'put' ? event.entry.revision : event.revision));

describe('the newest events of a store', () => {
  it('has all that came after a moment or says that it does not, in whatever order they came', () => {
    const anyCounts = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        anyCounts,
        fc.nat(),
        fc.nat(13),
        fc.integer({ min: 1, max: 30 }),
        (counts, seed, from, limit) => {
          const tail = createTail(1, EVENTS_MAX);
          const batches = counts.map((count, at) => ({ native: at + 2, count }));
          const mixed = batches.toSorted(
            (a, b) => ((a.native * seed) % 7) - ((b.native * seed) % 7),
          );
          for (const { native, count } of mixed) tail.add(native, eventsOf(native, count));
          const all = batches.flatMap(({ native, count }) => revisionsOf(eventsOf(native, count)));
          const after = endOf(from + 1);
          const expected = all.filter((revision) => revision > after);
          const read = tail.readAfter(after, limit);
          if (read === undefined) return expected.length > EVENTS_MAX - 8;
          const seen = revisionsOf(read.events);
          expect(seen).to.deep.equal(expected.slice(0, seen.length));
          expect(expected.filter((revision) => revision <= read.revision)).to.deep.equal(seen);
          expect(seen.length).to.be.least(Math.min(limit, expected.length));
          return true;
        },
      ),
    );
  });

  it('tells of nothing that follows what has not come yet', () => {
    const tail = createTail(1);
    tail.add(3, eventsOf(3, 1));
    const before = tail.readAfter(endOf(1), 10);
    tail.add(2, eventsOf(2, 1));
    const after = tail.readAfter(endOf(1), 10);
    expect([before?.events.length, before?.revision]).to.deep.equal([0, endOf(1)]);
    expect([after?.events.length, after?.revision]).to.deep.equal([2, endOf(3)]);
  });

  it('begins anew where one never comes', () => {
    const tail = createTail(1);
    for (let native = 3; native < 300; native += 1) tail.add(native, eventsOf(native, 1));
    expect(tail.readAfter(endOf(1), 10)).to.equal(undefined);
    expect(tail.readAfter(endOf(298), 10)?.events.length).to.equal(1);
  });
});
