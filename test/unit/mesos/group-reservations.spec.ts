import { expect } from 'chai';
import fc from 'fast-check';
import { type Ask, carve } from '../../../src/mesos/carve.ts';
import { groupOf, ranges, readResources, scalar } from '../../../src/mesos/resources.ts';
import type { V1Resource } from '../../../src/mesos/v1.ts';

/** Reserved for our role, and for the tasks of one capacity group where one is named. */
function reserved(piece: V1Resource, group?: string): V1Resource {
  const labels =
    group === undefined
      ? {}
      : { labels: { labels: [{ key: 'titan.dev/capacity-group', value: group }] } };
  return { ...piece, reservations: [{ type: 'DYNAMIC', role: 'titan', ...labels }] };
}

const cpus = (value: number) => scalar('cpus', value);
const ask = (wanted: number, capacityGroup?: string): Ask => ({
  cpus: wanted,
  memoryMiB: 0,
  diskMiB: 0,
  ...(capacityGroup === undefined ? {} : { capacityGroup }),
});

describe('what is reserved for a capacity group', () => {
  it("counts in the sums and by group; its ranges are nobody's", () => {
    const span = [{ begin: 1, end: 9 }];
    const pieces = [
      cpus(1),
      reserved(cpus(2)),
      reserved(cpus(4), 'web'),
      reserved(scalar('mem', 64), 'web'),
      reserved(scalar('gpus', 1), 'batch'),
      reserved(ranges('ports', span), 'web'),
    ];
    const none = { cpus: 0, memoryMiB: 0, diskMiB: 0 };
    expect(readResources(pieces)).to.deep.equal({
      ...none,
      cpus: 7,
      memoryMiB: 64,
      others: { gpus: 1 },
      ports: [],
      reserved: {
        web: { ...none, cpus: 4, memoryMiB: 64 },
        batch: { ...none, others: { gpus: 1 } },
      },
    });
  });

  const rows = [
    { name: 'goes first to its tasks', wanted: 3, group: 'web', gets: ['2 web', '1'] },
    { name: 'goes to no others', wanted: 3, group: 'batch', gets: ['3'] },
    { name: 'goes to none that say no group', wanted: 5, group: undefined, gets: ['4', '1'] },
  ];
  for (const { name, wanted, group, gets } of rows) {
    it(name, () => {
      const pieces = [reserved(cpus(4)), reserved(cpus(2), 'web'), cpus(4)];
      const shown = carve(pieces, ask(wanted, group)).map((piece) =>
        [piece.scalar?.value, groupOf(piece)].filter((part) => part !== undefined).join(' '),
      );
      expect(shown).to.deep.equal(gets);
    });
  }

  it('is given out to the last thousandth, and never to others', () => {
    const anyPiece = fc
      .tuple(fc.integer({ min: 1, max: 8_000 }), fc.constantFrom(undefined, '', 'web', 'batch'))
      .map(([milli, group]) =>
        group === undefined ? cpus(milli / 1000) : reserved(cpus(milli / 1000), group || undefined),
      );
    const anyAsk = fc.tuple(
      fc.integer({ min: 1, max: 4_000 }),
      fc.constantFrom(undefined, 'web', 'batch'),
    );
    fc.assert(
      fc.property(
        fc.array(anyPiece, { maxLength: 8 }),
        fc.array(anyAsk, { maxLength: 8 }),
        (pieces, asks) => {
          for (const [milli, group] of asks) {
            const { cpus: all, reserved: kept = {} } = readResources(pieces);
            const others = Object.entries(kept).filter(([name]) => name !== group);
            const room = others.reduce((left, [, own]) => left - own.cpus, all);
            const given = carve(pieces, ask(milli / 1000, group));
            const held = given.filter((piece) => piece.reservations !== undefined);
            const groups = new Set([undefined, group, ...held.map(groupOf)]);
            expect(groups.size).to.equal(new Set([undefined, group]).size);
            const after = readResources(pieces);
            expect(all - after.cpus).to.be.closeTo(Math.min(room, milli / 1000), 1e-9);
            for (const [name, own] of others) {
              expect(after.reserved?.[name]?.cpus).to.equal(own.cpus);
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
