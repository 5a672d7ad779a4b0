import { expect } from 'chai';
import fc from 'fast-check';
import type { Job } from '../../../src/api/kinds.gen.ts';
import { parseLocation } from '../../../src/api/location.ts';
import { toTimestamp } from '../../../src/api/object.ts';
import { handoverOf } from '../../../src/scheduling/scale/handover.ts';
import { aJob } from '../../support/builders.ts';
import { START } from '../../support/clock.ts';
import { aRolloutWorld, type RolloutWorld } from '../../support/rollout-world.ts';

interface Row {
  readonly name: string;
  readonly home?: string;
  readonly from: string;
  readonly to: string;
  /** How many are ready in each fault domain. */
  readonly ready: Readonly<Record<string, number>>;
  readonly spec?: Partial<Job['spec']>;
  /** Whether the deadline has passed. */
  readonly late?: boolean;
  readonly retained: number;
}

function retainedIn({ home = 'dc1', from, to, ready, spec = {}, late }: Row): number {
  const until = toTimestamp(START - 1_000);
  const domains = Object.entries(ready).map(([name, count]) => ({
    name,
    desired: count,
    observedGeneration: 1,
    disruptions: { healthy: count },
    location: from,
    ...(late === undefined ? {} : { handover: { generation: 1, until, retained: 0 } }),
  }));
  const job = { ...aJob({ location: to, ...spec }), status: { domains } };
  const parsed = parseLocation(to);
  const locations = parsed.ok ? parsed.locations : [];
  return handoverOf(job, { home, locations, others: [], now: START }).retained;
}

const names = ['dc1', 'dc2', 'dc5'] as const;
const anyEdit = fc.record({
  counts: fc.array(fc.nat(4), { minLength: 3, maxLength: 3 }),
  seconds: fc.integer({ min: 3, max: 9 }),
});

/** A job in three fault domains that hear of each other every second, sooner than they are edited again. */
function threePlaces(spec: Partial<Job['spec']> = {}) {
  const update = { minHealthySeconds: 0, progressDeadline: '1h' };
  const location = 'dc1:3,dc2:2,dc5:1';
  const places = names.map((name) => aRolloutWorld({ location, update, ...spec }, {}, name));
  const hear = (place: RolloutWorld) => {
    for (const other of places) if (other !== place) place.hear(other);
  };
  return {
    places,
    up: () => places.reduce((sum, place) => sum + place.up(), 0),
    instances: () => places.map((place) => place.instances()),
    edit(counts: readonly number[]) {
      const to = names.map((name, at) => `${name}:${counts[at]}`).join(',');
      for (const place of places) place.apply({ location: to });
    },
    pass(seconds: number) {
      for (let second = 0; second < seconds; second += 1) {
        for (const place of places) {
          place.step();
          hear(place);
        }
      }
    },
  };
}

const from = 'dc1:8,dc2:4';

describe('what a fault domain keeps when the location changes', () => {
  const rows: readonly Row[] = [
    {
      name: 'as many as others lack',
      from,
      to: 'dc1:2,dc2:10',
      ready: { dc1: 8, dc2: 7 },
      retained: 3,
    },
    {
      name: 'no more than it has',
      from,
      to: 'dc1:2,dc2:10',
      ready: { dc1: 4, dc2: 4 },
      retained: 2,
    },
    {
      name: 'nothing once they are ready',
      from,
      to: 'dc1:2,dc2:10',
      ready: { dc1: 8, dc2: 10 },
      retained: 0,
    },
    { name: 'all where nothing is heard yet', from, to: 'dc5:12', ready: { dc1: 8 }, retained: 8 },
    {
      name: 'nothing where all are to have fewer',
      from,
      to: 'dc1:2,dc2:2',
      ready: { dc1: 8, dc2: 1 },
      retained: 0,
    },
    {
      name: 'nothing for what others lacked before',
      from,
      to: 'dc1:2,dc2:4',
      ready: { dc1: 8, dc2: 1 },
      retained: 0,
    },
    {
      name: 'nothing where it is to have more',
      from,
      to: 'dc1:12',
      ready: { dc1: 8, dc2: 4 },
      retained: 0,
    },
    {
      name: 'what the first by name keeps is not kept twice',
      home: 'dc2',
      from,
      to: 'dc1:2,dc2:1,dc5:9',
      ready: { dc1: 8, dc2: 4, dc5: 2 },
      retained: 1,
    },
    {
      name: 'as much as several lack that had none',
      home: 'dc5',
      from: 'dc5:16',
      to: 'dc1:2,dc2:2,dc5:2',
      ready: { dc1: 1, dc5: 12 },
      retained: 3,
    },
    {
      name: 'after the deadline what more than the budget would be down',
      from,
      to: 'dc2:12',
      ready: { dc1: 8, dc2: 4 },
      late: true,
      retained: 5,
    },
    {
      name: 'nothing of a batch job',
      from,
      to: 'dc1:2,dc2:10',
      ready: { dc1: 8, dc2: 4 },
      spec: { restartOnSuccess: false },
      retained: 0,
    },
  ];
  for (const row of rows) it(row.name, () => expect(retainedIn(row)).to.equal(row.retained));

  it('never has fewer up than are wanted by choice, however it is edited, and in the end has what is asked for', () => {
    fc.assert(
      fc.property(fc.array(anyEdit, { minLength: 1, maxLength: 3 }), (edits) => {
        const { up, edit, pass, instances } = threePlaces();
        pass(10);
        for (const { counts, seconds } of edits) {
          edit(counts);
          const total = counts.reduce((sum, count) => sum + count, 0);
          for (let second = 0; second < seconds; second += 1) {
            const before = up();
            pass(1);
            expect(up(), `of ${total}, ${before} before`).to.be.at.least(Math.min(before, total));
          }
        }
        pass(20);
        expect(instances()).to.deep.equal(edits.at(-1)?.counts);
      }),
      { numRuns: 8 },
    );
  });
});

/** Lets a fault domain see one edit after the other. */
function readerOf(place: RolloutWorld, edits: readonly (readonly number[])[]) {
  let count = 0;
  return {
    count: () => count,
    next() {
      const counts = edits[count];
      if (counts === undefined) return;
      count += 1;
      place.apply({ location: names.map((name, at) => `${name}:${counts[at]}`).join(',') });
    },
  };
}

describe('an exclusive job whose location changes', () => {
  const anyNews = fc.record({
    /** Which edit each fault domain has seen by then, as a part of those that there are. */
    seen: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
    heard: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
  });
  const anyLife = fc.record({
    edits: fc.array(fc.array(fc.nat(4), { minLength: 3, maxLength: 3 }), {
      minLength: 1,
      maxLength: 4,
    }),
    news: fc.array(anyNews, { minLength: 30, maxLength: 30 }),
  });

  it('never has more alive than it is to have, however late fault domains hear of edits and of each other', () => {
    fc.assert(
      fc.property(anyLife, ({ edits, news }) => {
        const { places, pass, instances } = threePlaces({ partition: { exclusive: true } });
        const readers = places.map((place) => readerOf(place, edits));
        const alive = () => instances().reduce((sum, count) => sum + count, 0);
        const totals = [6, ...edits.map((counts) => counts.reduce((sum, count) => sum + count, 0))];
        pass(10);
        for (const { seen, heard } of news) {
          const before = alive();
          places.forEach((place, at) => {
            if (seen[at]) readers[at]?.next();
            place.step();
            const others = places.filter((other) => other !== place);
            for (const told of others.filter((_, of) => heard[at * 2 + of])) place.hear(told);
          });
          const known = readers.map((reader) => reader.count());
          const most = totals.slice(Math.min(...known), Math.max(...known) + 1);
          expect(alive()).to.be.at.most(Math.max(before, ...most));
        }
        for (const reader of readers) for (const _ of edits) reader.next();
        pass(20);
        expect(instances()).to.deep.equal(edits.at(-1));
      }),
      { numRuns: 20 },
    );
  });

  it('waits for a fault domain that does not say what it has', () => {
    const { places } = threePlaces({ partition: { exclusive: true } });
    const [dc1, dc2, dc5] = places as [RolloutWorld, RolloutWorld, RolloutWorld];
    dc1.apply({ location: 'dc1:9,dc2:0,dc5:0' });
    dc1.step();
    dc1.hear(dc2);
    dc1.step();
    const own = dc1.job().status?.domains?.find(({ name }) => name === 'dc1');
    expect(own?.message).to.equal(
      '9 of an exclusive job are not started before dc2, dc5 say what they have',
    );
    expect(dc1.instances()).to.equal(0);
    expect(dc5.instances()).to.equal(0);
  });
});
