import { expect } from 'chai';
import fc from 'fast-check';
import { createOfferShelf, type OfferShelf } from '../../../src/mesos/offer-shelf.ts';
import type { Offer } from '../../../src/mesos/port.ts';

function anOffer(id: string, agentId: string): Offer {
  const resources = { cpus: 1, memoryMiB: 1, diskMiB: 1, ports: [] };
  return { id, agentId, hostname: 'h', resources, pieces: [], attributes: {} };
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('put'), at: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('remove'), at: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear'), at: fc.constant(0) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('read'), at: fc.constant(0) }) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function take(shelf: OfferShelf, { do: what, at }: Step, count: number): void {
  if (what === 'put') shelf.put(anOffer(`o${count}`, `a${at}`), 0);
  else if (what === 'remove') shelf.remove(shelf.ids()[at] ?? '');
  else if (what === 'clear') shelf.clear();
}

/** Knows of offers by what it is told has changed. */
function aReader(shelf: OfferShelf) {
  const news = shelf.follow();
  const known = new Map<string, readonly Offer[] | undefined>();
  return () => {
    for (const id of news.take()) known.set(id, shelf.byAgent.get(id));
    expect(news.take().size).to.equal(0);
    return new Map([...known].filter(([, offers]) => offers !== undefined));
  };
}

describe('the shelf of offers', () => {
  it('tells each reader which agents have other offers than when it last read', () => {
    const steps = fc.array(step, { maxLength: 40 });
    fc.assert(
      fc.property(steps, steps, (before, after) => {
        const shelf = createOfferShelf();
        for (const [count, each] of before.entries()) take(shelf, each, count);
        const read = aReader(shelf);
        for (const [count, each] of after.entries()) {
          take(shelf, each, before.length + count);
          if (each.do === 'read') expect(read()).to.deep.equal(new Map(shelf.byAgent));
        }
        expect(read()).to.deep.equal(new Map(shelf.byAgent));
      }),
      { numRuns: 200 },
    );
  });
});
