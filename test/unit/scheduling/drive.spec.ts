import { expect } from 'chai';
import fc from 'fast-check';
import type { Snapshot } from '../../../src/scheduling/cluster/snapshot.ts';
import { drive } from '../../../src/scheduling/drive/drive.ts';
import { trialRoom } from '../../../src/scheduling/drive/trial-room.ts';
import { createCatalog, type Plugin } from '../../../src/scheduling/place/catalog.ts';
import { createPlacer } from '../../../src/scheduling/place/placer.ts';
import { createNominations } from '../../../src/scheduling/preemption/nominations.ts';
import { planPreemptions } from '../../../src/scheduling/preemption/preempt.ts';
import type { Entry } from '../../../src/scheduling/queue/entry.ts';
import { createQueue } from '../../../src/scheduling/queue/queue.ts';
import { amountsFrom } from '../../../src/scheduling/shares/amounts.ts';
import { type GroupTerms, groupTerms } from '../../../src/scheduling/shares/group.ts';
import { createLedger, type Ledger } from '../../../src/scheduling/shares/ledger.ts';
import { anEntry } from '../../support/queue.ts';
import { aProfile, aSnapshot, aView } from '../../support/scheduling.ts';

const AGENT = { cpus: 4, memory: 1_000_000 };

interface World {
  readonly agents?: number;
  readonly entries: readonly Entry[];
  readonly groups?: Readonly<Record<string, Partial<GroupTerms>>>;
  readonly plugin?: Plugin;
  readonly scheduler?: string;
}

/** Agents of 4 cpus each; the tasks of an entry ask for what the entry says. */
function aWorld({ agents = 2, entries, groups = { a: {} }, plugin = {} }: World) {
  const names = Array.from({ length: agents }, (_, at) => `agent-${at}`);
  const snapshot = aSnapshot(names.map((name) => aView(name, AGENT)));
  const ledger = createLedger();
  ledger.setCapacity(amountsFrom({ cpus: agents * 4000 }));
  for (const [name, terms] of Object.entries(groups))
    ledger.declare(groupTerms({ name, ...terms }));
  const queue = createQueue(ledger);
  for (const entry of entries) queue.add(entry);
  const asks = new Map(
    entries.flatMap(({ members }) => members.map(({ key, ask }) => [key, ask[0] ?? 0])),
  );
  const waiting = (key: string) => {
    const cpus = (asks.get(key) ?? 0) / 1000;
    return { key, profile: aProfile({ sizes: { cpus, memory: 1 } }) };
  };
  const placer = createPlacer(snapshot, createCatalog([plugin]));
  return { snapshot, ledger, queue, placer, waiting };
}

function driven(world: World) {
  const { snapshot, ledger, queue, placer, waiting } = aWorld(world);
  const pass = queue.pass(0);
  const schedulerOf = () => world.scheduler;
  const nominations = createNominations();
  const lines = [...drive({ pass, placer, waiting, schedulerOf, nominations })].map((step) => {
    if ('refused' in step) {
      const { failure } = step.refused;
      return `${step.entry.key} refused ${failure ? `${failure.name}: ${failure.message}` : ''}`;
    }
    if ('isWorking' in step) return `${step.entry.key} is worked on`;
    return `${step.entry.key} ${step.placements.map(({ agent }) => agent).join('+')}`;
  });
  return { lines, snapshot, ledger, denied: pass.denied.map(({ entry }) => entry.key) };
}

function aTask(key: string, cpus: number, more: Partial<Entry> = {}): Entry {
  return anEntry({ key, cpus: cpus * 1000, ...more });
}

function aGang(key: string, size: number, cpus: number): Entry {
  const ask = amountsFrom({ cpus: cpus * 1000 });
  const members = Array.from({ length: size }, (_, at) => ({ key: `${key}-${at}`, ask }));
  return anEntry({ key, members, ask: amountsFrom({ cpus: cpus * size * 1000 }), class: key });
}

function usedIn(snapshot: Snapshot): number {
  const agents = [...snapshot.agents.values()];
  return agents.reduce((sum, { capacity, free }) => sum + (capacity[0] ?? 0) - (free[0] ?? 0), 0);
}

describe('driving the queue through the engine', () => {
  it('packs what goes, refuses what has no place, and charges only the former', () => {
    const entries = [aTask('a1', 3), aTask('a2', 3, { since: 1 }), aTask('a3', 2, { since: 2 })];
    const { lines, ledger, snapshot } = driven({ entries });
    expect(lines).to.deep.equal(['a1 agent-0', 'a2 agent-1', 'a3 refused ']);
    expect(ledger.standing('a').used[0]).to.equal(6000);
    expect(usedIn(snapshot)).to.equal(6000);
  });

  it('places a gang whole, or not at all and without a trace', () => {
    const entries = [aGang('large', 3, 2.5), aGang('small', 2, 3)];
    const { lines, snapshot, ledger } = driven({ entries });
    expect(lines).to.deep.equal(['large refused ', 'small agent-0+agent-1']);
    expect([usedIn(snapshot), ledger.standing('a').used[0]]).to.deep.equal([6000, 6000]);
  });

  it('asks the engine for nothing that the share of a group keeps back', () => {
    const groups = { a: { borrowingLimit: amountsFrom({ cpus: 1000 }) } };
    const { lines, denied } = driven({ groups, entries: [aTask('a1', 1), aTask('a2', 1)] });
    expect({ lines, denied }).to.deep.equal({ lines: ['a1 agent-0'], denied: ['a2'] });
  });

  describe('with a scheduler of a plugin', () => {
    const schedulers: Plugin['schedulers'] = {
      Last: { choose: (_, agents) => [...agents].at(-1)?.name },
      Broken: {
        choose() {
          throw new Error('out of ideas');
        },
      },
      Nowhere: { choose: () => 'no-such-agent' },
    };
    const cases = [
      { scheduler: 'Last', lines: ['a1 agent-1', 'a2 refused '] },
      { scheduler: 'Broken', lines: ['a1 refused Broken: out of ideas'] },
      { scheduler: 'Nowhere', lines: ['a1 refused '] },
      { scheduler: 'Missing', lines: ['a1 refused Missing: there is no scheduler of this name'] },
    ];
    for (const { scheduler, lines } of cases) {
      it(`takes its choice, so far as the task fits there: ${scheduler}`, () => {
        const entries = [aTask('a1', 3), aTask('a2', 3)];
        const found = driven({ entries, plugin: { schedulers }, scheduler });
        expect(found.lines).to.deep.equal(lines);
        expect(usedIn(found.snapshot)).to.equal(lines[0]?.includes('agent-1') ? 3000 : 0);
      });
    }
  });

  const stops = [
    { who: 'Titan', scheduler: undefined, victims: [['v3']], goes: ['agent-1'] },
    {
      who: 'a scheduler of a plugin',
      scheduler: 'First',
      victims: [['v1', 'v2']],
      goes: ['agent-0'],
    },
    { who: 'one that will have none of it', scheduler: 'None', victims: [], goes: [] },
  ];
  for (const { who, scheduler, victims: expected, goes } of stops) {
    it(`tries preemption on the snapshot for ${who} and leaves it as it was`, () => {
      const world = aWorld({
        plugin: {
          schedulers: { First: { choose: () => 'agent-0' }, None: { choose: () => undefined } },
        },
        groups: { a: { preemptible: true }, b: {} },
        entries: [aTask('v1', 2), aTask('v2', 2), aTask('v3', 4), aTask('n', 3, { group: 'b' })],
      });
      const occupants = ['v1', 'v2', 'v3'].map((key) => {
        const agent = key === 'v3' ? 'agent-1' : 'agent-0';
        const { ask, group, priority } = world.queue.get(key) ?? anEntry({});
        world.snapshot.bind({ ...world.waiting(key).profile, key }, agent);
        world.ledger.charge({ key, group, ask });
        return { key, agent, group, priority, ask, job: `ns/${key}`, since: 0 };
      });
      const entry = world.queue.get('n') ?? anEntry({});
      const plans = world.snapshot.trial(() =>
        planPreemptions({
          candidates: [{ entry, job: 'ns/n' }],
          occupants,
          ledger: world.ledger,
          room: trialRoom({ ...world, schedulerOf: () => scheduler }),
          mayDisrupt: () => true,
          now: 180_000,
        }),
      );
      const stopped = plans.map(({ victims }) => victims.map(({ occupant }) => occupant.key));
      expect(stopped).to.deep.equal(expected);
      expect(plans.flatMap(({ places }) => places.map(({ agent }) => agent))).to.deep.equal(goes);
      expect(usedIn(world.snapshot)).to.equal(8000);
    });
  }

  it('keeps all that is free where they are to go for whom others are stopped, until it goes or gives up', () => {
    const late = aTask('late', 1, { since: 9 });
    const entry = aTask('n', 4, { promised: true });
    const { snapshot, queue, placer, waiting } = aWorld({ agents: 1, entries: [entry, late] });
    snapshot.bind({ ...aProfile({ sizes: { cpus: 1, memory: 1 } }), key: 'v' }, 'agent-0');
    const nominations = createNominations();
    const places = [{ agent: 'agent-0', ask: amountsFrom({ cpus: 4000 }) }];
    nominations.add({ entry: 'n', members: ['n'], until: 10, places });
    const run = () => {
      const steps = drive({
        pass: queue.pass(9),
        placer,
        waiting,
        schedulerOf: () => undefined,
        nominations,
      });
      return [...steps].flatMap((step) => ('placements' in step ? [step.entry.key] : []));
    };
    expect(run()).to.deep.equal([]);
    expect(usedIn(snapshot)).to.equal(1000);
    snapshot.release('v');
    expect(run()).to.deep.equal(['n']);
    expect([nominations.size, usedIn(snapshot)]).to.deep.equal([0, 4000]);
  });

  it('never gives away more than there is, and the same every time', () => {
    const anyEntry = fc.record({
      cpus: fc.integer({ min: 1, max: 4 }),
      size: fc.integer({ min: 1, max: 3 }),
      group: fc.constantFrom('a', 'b'),
    });
    fc.assert(
      fc.property(fc.array(anyEntry, { maxLength: 12 }), (drawn) => {
        const entries = drawn.map(({ cpus, size, group }, at) => {
          const entry = size > 1 ? aGang(`g${at}`, size, cpus) : aTask(`t${at}`, cpus);
          return { ...entry, group };
        });
        const groups = { a: { guarantee: amountsFrom({ cpus: 4000 }) }, b: {} };
        const { lines, snapshot, ledger } = driven({ agents: 3, entries, groups });
        expectWithin(snapshot, ledger);
        for (const { key, members } of entries) {
          const placed = members.filter((member) => snapshot.tasks.has(member.key)).length;
          expect(placed, key).to.be.oneOf([0, members.length]);
        }
        expect(driven({ agents: 3, entries, groups }).lines).to.deep.equal(lines);
      }),
    );
  });
});

/** No agent may have given more than it has, and what is charged is what is given. */
function expectWithin(snapshot: Snapshot, ledger: Ledger): void {
  for (const { free } of snapshot.agents.values()) expect(free[0]).to.be.at.least(0);
  const charged = ['a', 'b'].map((group) => ledger.standing(group).used[0] ?? 0);
  expect(charged.reduce((sum, each) => sum + each, 0)).to.equal(usedIn(snapshot));
}
