import { expect } from 'chai';
import fc from 'fast-check';
import {
  addBags,
  type Bag,
  bagHolds,
  emptyBag,
  isEmptyPiece,
  mayHave,
  subtractBags,
} from '../../../src/mesos/local/resources/bag.ts';
import { dominantShare, tally } from '../../../src/mesos/local/resources/quantities.ts';
import { bagToWire, readBag } from '../../../src/mesos/local/resources/wire.ts';
import { bagInWords } from '../../../src/mesos/local/resources/words.ts';
import type { V1Resource } from '../../../src/mesos/v1.ts';

const span = fc.tuple(fc.nat(40), fc.nat(5)).map(([begin, size]) => ({ begin, end: begin + size }));
const scalar = fc.record({
  name: fc.constantFrom('cpus', 'mem', 'disk', 'gpus'),
  type: fc.constant('SCALAR'),
  scalar: fc.record({ value: fc.integer({ min: 0, max: 9_999 }).map((value) => value / 1000) }),
});
const ports = fc.record({
  name: fc.constant('ports'),
  type: fc.constant('RANGES'),
  ranges: fc.record({ range: fc.array(span, { maxLength: 4 }) }),
});
const set = fc.record({
  name: fc.constant('nics'),
  type: fc.constant('SET'),
  set: fc.record({ item: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }) }),
});
const labels = { labels: [{ key: 'svc', value: 'x' }, { key: 'a' }] };
const traits = fc.constantFrom<Partial<V1Resource>>(
  {},
  { reservations: [{ type: 'STATIC', role: 'db' }] },
  { reservations: [{ type: 'DYNAMIC', role: 'db', principal: 'p', labels }] },
  {
    reservations: [
      { type: 'STATIC', role: 'db' },
      { type: 'DYNAMIC', role: 'db/x' },
    ],
  },
  { revocable: {} },
);
const resource = fc
  .tuple(fc.oneof(scalar, ports, set), traits)
  .map(([amount, more]): V1Resource => ({ ...amount, ...more }));
const volume = fc.constantFrom('v1', 'v2').map(
  (id): V1Resource => ({
    name: 'disk',
    type: 'SCALAR',
    scalar: { value: 64 },
    reservations: [{ type: 'DYNAMIC', role: 'db' }],
    disk: { persistence: { id }, volume: { container_path: 'data', mode: 'RW' } },
  }),
);
const bag = fc.array(fc.oneof(resource, volume), { maxLength: 8 }).map(readBag);
/** Ranges and sets are joined, not summed: what two bags share must not overlap. */
const apart = fc.tuple(bag, bag).map(([a, b]): [Bag, Bag] => [a, b.filter(isScalar)]);

function isScalar({ type }: Bag[number]): boolean {
  return type === 'SCALAR';
}

describe('bags of resources', () => {
  it('give back what was added', () => {
    fc.assert(
      fc.property(apart, ([a, b]) => {
        const sum = addBags(a, b);
        expect(bagHolds(sum, a) && bagHolds(sum, b)).to.equal(true);
        expect(sameBag(subtractBags(sum, b), a)).to.equal(true);
      }),
    );
  });

  it('are whole again when a part that they hold is taken and given back', () => {
    fc.assert(
      fc.property(bag, bag, (a, b) => {
        fc.pre(bagHolds(a, b));
        expect(sameBag(addBags(subtractBags(a, b), b), a)).to.equal(true);
      }),
    );
  });

  it('add in any order', () => {
    fc.assert(
      fc.property(bag, bag, bag, (a, b, c) => {
        expect(sameBag(addBags(a, b), addBags(b, a))).to.equal(true);
        expect(sameBag(addBags(addBags(a, b), c), addBags(a, addBags(b, c)))).to.equal(true);
        expect(sameBag(addBags(a, emptyBag), a)).to.equal(true);
      }),
    );
  });

  it('never hold a negative or an empty piece, nor two of a kind', () => {
    fc.assert(
      fc.property(bag, bag, (a, b) => {
        for (const one of [addBags(a, b), subtractBags(a, b)]) {
          expect(one.filter(isEmptyPiece)).to.deep.equal([]);
          expect(new Set(one.map(({ key }) => key)).size).to.equal(one.length);
        }
      }),
    );
  });

  it('are the same after the way over the wire', () => {
    fc.assert(
      fc.property(bag, (a) => {
        const back = readBag(JSON.parse(JSON.stringify(bagToWire(a, { form: 'refined' }))));
        expect(sameBag(back, a)).to.equal(true);
      }),
    );
  });

  it('count thousandths, so that ten tenths are one', () => {
    const tenth = readBag([{ name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } }]);
    const sum = Array.from({ length: 10 }, () => tenth).reduce(addBags, emptyBag);
    expect(bagToWire(sum, { form: 'old' })).to.deep.equal([
      { name: 'cpus', type: 'SCALAR', scalar: { value: 1 }, role: '*' },
    ]);
  });

  it('read the old form of a reservation as the new one', () => {
    const amount = { name: 'cpus', type: 'SCALAR', scalar: { value: 1 } };
    const old = readBag([{ ...amount, role: 'db', reservation: { principal: 'p', labels } }]);
    const reservation = { type: 'DYNAMIC', role: 'db', principal: 'p', labels };
    expect(sameBag(old, readBag([{ ...amount, reservations: [reservation] }]))).to.equal(true);
  });

  const words: readonly [V1Resource, string][] = [
    [
      { name: 'cpus', type: 'SCALAR', scalar: { value: 0.5 }, role: 'db' },
      'cpus(reservations: [(STATIC,db)]):0.5',
    ],
    [
      {
        name: 'disk',
        type: 'SCALAR',
        scalar: { value: 64 },
        reservations: [{ type: 'DYNAMIC', role: 'db', principal: 'op' }],
        disk: { persistence: { id: 'opvol' }, volume: { container_path: 'data', mode: 'RW' } },
      },
      'disk(reservations: [(DYNAMIC,db,op)])[opvol:data]:64',
    ],
    [{ name: 'nics', type: 'SET', set: { item: ['b', 'a'] } }, 'nics:{a, b}'],
  ];
  for (const [wire, text] of words) {
    it(`say ${text}`, () => expect(bagInWords(readBag([wire]))).to.equal(text));
  }

  const owned: readonly [string, string, boolean][] = [
    ['db', 'db', true],
    ['db', 'db/x', true],
    ['db/x', 'db', false],
    ['db', 'dbx', false],
  ];
  for (const [owner, role, may] of owned) {
    it(`${may ? 'give' : 'do not give'} what is reserved for ${owner} to ${role}`, () => {
      const [piece] = readBag([
        { name: 'cpus', type: 'SCALAR', scalar: { value: 1 }, reservations: [{ role: owner }] },
      ]);
      expect(piece && mayHave(role, piece)).to.equal(may);
    });
  }

  it('have the dominant share of their largest part', () => {
    const half: V1Resource = { name: 'mem', type: 'SCALAR', scalar: { value: 50 } };
    const [sums, whole] = [new Map<string, number>(), new Map<string, number>()];
    tally(whole, readBag([half, half, { name: 'cpus', type: 'SCALAR', scalar: { value: 9 } }]));
    tally(sums, readBag([half, { name: 'cpus', type: 'SCALAR', scalar: { value: 3 } }]));
    expect(dominantShare(sums, whole)).to.equal(0.5);
  });
});

/** Whether each holds the other, whatever the order. */
function sameBag(a: Bag, b: Bag): boolean {
  return bagHolds(a, b) && bagHolds(b, a);
}
