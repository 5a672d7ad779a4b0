import { expect } from 'chai';
import fc from 'fast-check';
import { agentsToCure, type CureWorld } from '../../../src/scheduling/fleet/cure.ts';
import { createPlacer, place } from '../../../src/scheduling/place/placer.ts';
import type { Profile } from '../../../src/scheduling/place/profile.ts';
import type { Entry } from '../../../src/scheduling/queue/entry.ts';
import { amountsFrom } from '../../../src/scheduling/shares/amounts.ts';
import { type GroupTerms, groupTerms } from '../../../src/scheduling/shares/group.ts';
import { createLedger } from '../../../src/scheduling/shares/ledger.ts';
import { anEntry } from '../../support/queue.ts';
import { aProfile, aSnapshot, aView, inZone } from '../../support/scheduling.ts';

const FOUR = { cpus: 4, memory: 1_000_000 };

interface Question {
  /** Cpus of the tasks that wait, each by itself, or `2x3` for a gang of two. */
  readonly waits: readonly (number | string)[];
  readonly agents?: number;
  readonly group?: Partial<GroupTerms>;
  readonly others?: Partial<GroupTerms>;
  readonly profile?: Partial<Profile>;
  /** The zone of the agents that may be added. */
  readonly zone?: string;
  readonly most?: number;
}

function entryOf(wait: number | string, at: number): Entry {
  const [cpus = 0, size = 1] = String(wait).split('x').map(Number).toReversed();
  const ask = amountsFrom({ cpus: cpus * 1000 });
  const members = Array.from({ length: size }, (_, index) => ({ key: `t${at}-${index}`, ask }));
  const sum = amountsFrom({ cpus: cpus * 1000 * size });
  return anEntry({ key: size > 1 ? `g${at}` : `t${at}-0`, members, ask: sum, class: `c${wait}` });
}

/** Agents of 4 cpus in zone a; what waits is of the group `a`. */
function worldOf({ waits, agents = 0, group, others, profile }: Question): CureWorld {
  const names = Array.from({ length: agents }, (_, at) => `agent-${at}`);
  const snapshot = aSnapshot(names.map((name) => aView(name, FOUR, inZone('a'))));
  const ledger = createLedger();
  ledger.setCapacity(amountsFrom({ cpus: agents * 4000 }));
  ledger.declare(groupTerms({ name: 'a', ...group }));
  if (others !== undefined) ledger.declare(groupTerms({ name: 'others', ...others }));
  const entries = waits.map(entryOf);
  const asks = new Map(entries.flatMap(({ members }) => members.map(({ key, ask }) => [key, ask])));
  return {
    placer: createPlacer(snapshot),
    ledger,
    entries,
    waiting: (key) => {
      const cpus = (asks.get(key)?.[0] ?? 0) / 1000;
      const alike = aProfile({ sizes: { cpus, memory: 1 } });
      return { key, profile: { ...alike, ...profile, id: `${cpus}` } };
    },
    schedulerOf: () => undefined,
    now: 0,
  };
}

/** How many have a place where so many agents are. */
function placedOn(waits: Question['waits'], agents: number): number {
  const { placer, entries, waiting } = worldOf({ waits, agents });
  const queue = entries.flatMap(({ members }) => members.flatMap(({ key }) => waiting(key) ?? []));
  return place(queue, placer).placed.length;
}

function cured(question: Question): string {
  const { zone = 'a', most = 10 } = question;
  const cure = agentsToCure(worldOf(question), { like: aView('new', FOUR, inZone(zone)), most });
  return `${cure.agents} for ${cure.tasks}`;
}

describe('agents that would cure what waits', () => {
  const inB = { rule: 'Equals', attribute: 'zone', values: ['b'] };
  const cases: readonly (Question & { name: string; cure: string })[] = [
    { name: 'none where nothing waits', waits: [], cure: '0 for 0' },
    { name: 'none where all has room', waits: [1, 3], agents: 1, cure: '0 for 0' },
    { name: 'as few as hold all', waits: [3, 3, 1, 1, 2], cure: '3 for 5' },
    { name: 'beside the room that there is', waits: [3, 3, 1], agents: 1, cure: '1 for 1' },
    { name: 'none for what is too large for one', waits: [5], cure: '0 for 0' },
    { name: 'some for the rest of it', waits: [5, 4], cure: '1 for 1' },
    { name: 'no more than may be added', waits: [4, 4, 4], most: 2, cure: '2 for 2' },
    { name: 'enough for a gang', waits: ['3x3'], agents: 1, cure: '2 for 3' },
    { name: 'none for a gang that has not enough', waits: ['4x4'], most: 3, cure: '0 for 0' },
    {
      name: 'none where a rule keeps it from them',
      waits: [1],
      profile: { constraints: [inB] },
      cure: '0 for 0',
    },
    {
      name: 'some where a rule asks for them',
      waits: [1],
      agents: 1,
      profile: { constraints: [inB] },
      zone: 'b',
      cure: '1 for 1',
    },
    {
      name: 'one for each where tasks are to lie apart',
      waits: [1, 1, 1],
      agents: 1,
      profile: { constraints: [{ rule: 'Unique' }] },
      cure: '2 for 2',
    },
    {
      name: 'none for a group over its limit',
      waits: [2, 2, 2],
      group: { borrowingLimit: amountsFrom({ cpus: 2000 }) },
      cure: '1 for 1',
    },
    {
      name: 'none for what would use what is guaranteed to others',
      waits: [2],
      agents: 1,
      others: { guarantee: amountsFrom({ cpus: 4000 }) },
      cure: '0 for 0',
    },
  ];
  for (const { name, cure, ...question } of cases) {
    it(`are ${name}`, () => {
      expect(cured(question)).to.equal(cure);
    });
  }

  it('are as few as trying one more at a time finds, and leave the cluster as it was', () => {
    const anyWaits = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 8 });
    fc.assert(
      fc.property(anyWaits, fc.nat(2), (waits, agents) => {
        const world = worldOf({ waits, agents });
        const options = { like: aView('new', FOUR, inZone('a')), most: 9 };
        const found = agentsToCure(world, options);
        const all = [...Array(10).keys()].map((more) => placedOn(waits, agents + more));
        const [now = 0] = all;
        const most = all[9] ?? 0;
        expect(found).to.deep.equal({ agents: all.indexOf(most), tasks: most - now });
        expect(world.placer.snapshot.agents.size).to.equal(agents);
        expect(world.ledger.standing('a').used[0]).to.equal(0);
        expect(agentsToCure(world, options)).to.deep.equal(found);
      }),
      { numRuns: 20 },
    );
  });
});
