import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Preemption,
  planPreemptions,
  type Room,
} from '../../../src/scheduling/preemption/preempt.ts';
import type { Candidate, Occupant } from '../../../src/scheduling/preemption/victim.ts';
import type { Entry } from '../../../src/scheduling/queue/entry.ts';
import { amountsFrom } from '../../../src/scheduling/shares/amounts.ts';
import { type GroupTerms, groupTerms } from '../../../src/scheduling/shares/group.ts';
import { createLedger, type Ledger } from '../../../src/scheduling/shares/ledger.ts';
import { anEntry } from '../../support/queue.ts';

const AGENT_CPUS = 4;
const NOW = 180_000;

/** Agents of 4 cpus: an entry goes, member by member, to the first agent with room. */
function aRoom(agents: readonly string[], occupants: readonly Occupant[]): Room {
  const free = new Map(agents.map((agent) => [agent, AGENT_CPUS]));
  for (const { agent, ask } of occupants) free.set(agent, (free.get(agent) ?? 0) - (ask[0] ?? 0));

  function place(entry: Entry, without: readonly Occupant[]): Map<string, number> | undefined {
    const left = new Map(free);
    for (const { agent, ask } of without) left.set(agent, (left.get(agent) ?? 0) + (ask[0] ?? 0));
    for (const { ask } of entry.members) {
      const wanted = ask[0] ?? 0;
      const home = [...left].find(([, amount]) => amount >= wanted)?.[0];
      if (home === undefined) return undefined;
      left.set(home, (left.get(home) ?? 0) - wanted);
    }
    return left;
  }

  return {
    free: (agent) => amountsFrom({ cpus: free.get(agent) ?? 0 }),
    fits: (entry, without) => place(entry, without) !== undefined,
    settle(entry, without) {
      for (const [agent, amount] of place(entry, without) ?? []) free.set(agent, amount);
      return [];
    },
  };
}

/** `<key> <group> <cpus> <agent> [p=<priority>] [job=<namespace/name>] [since=<ms>]` */
function anOccupant(line: string): Occupant {
  const [key = '', group = '', cpus = '', agent = '', ...more] = line.split(' ');
  const given = Object.fromEntries(more.map((each) => each.split('=')));
  return {
    key,
    group,
    agent,
    ask: amountsFrom({ cpus: Number(cpus) }),
    job: given.job ?? 'ns/other',
    priority: Number(given.p ?? 0),
    since: Number(given.since ?? 0),
  };
}

interface Case {
  readonly groups: Readonly<Record<string, Partial<GroupTerms>>>;
  readonly occupants: readonly string[];
  readonly candidates: readonly (Parameters<typeof anEntry>[0] & { readonly job?: string })[];
  /** How many tasks of a job may be stopped. */
  readonly budget?: number;
  readonly agents?: readonly string[];
}

function planned({ groups, occupants, candidates, budget = 99, agents = ['x', 'y'] }: Case) {
  const running = occupants.map(anOccupant);
  const ledger = createLedger();
  ledger.setCapacity(amountsFrom({ cpus: AGENT_CPUS * agents.length }));
  for (const [name, terms] of Object.entries(groups))
    ledger.declare(groupTerms({ name, ...terms }));
  for (const { key, group, ask } of running) ledger.charge({ key, group, ask });
  const plans = planPreemptions({
    candidates: candidates.map(({ job = 'ns/mine', ...entry }): Candidate => {
      return { job, entry: anEntry(entry) };
    }),
    occupants: running,
    ledger,
    room: aRoom(agents, running),
    mayDisrupt: (_, others) => others < budget,
    now: NOW,
  });
  return { plans, ledger, running };
}

function text(world: Case): readonly string[] {
  return planned(world).plans.map(({ candidate, victims }) => {
    const stopped = victims.map(({ occupant, reason }) => `${occupant.key} ${reason}`);
    return `${candidate.entry.key}: ${stopped.join(', ')}`;
  });
}

describe('preemption', () => {
  const cohort = { cohort: 'c', guarantee: amountsFrom({ cpus: 4 }) };
  const full = ['v1 a 4 x', 'v2 a 4 y'];
  const cases: readonly (Case & { name: string; plan: readonly string[] })[] = [
    {
      name: 'stops nothing for a task that has not waited long enough',
      groups: { a: { preemptible: true }, b: {} },
      occupants: full,
      candidates: [{ group: 'b', since: 1 }],
      plan: [],
    },
    {
      name: 'stops what is preemptible, and no more of it than needed',
      groups: { a: { preemptible: true }, b: {} },
      occupants: ['v1 a 2 x', 'v2 a 2 x', 'v3 a 4 y'],
      candidates: [{ group: 'b', cpus: 2 }],
      plan: ['task: v1 Preemptible'],
    },
    {
      name: 'stops nothing preemptible of a tier that goes first, nor for what is preemptible itself',
      groups: { a: { preemptible: true, tier: 0 }, b: {}, c: { preemptible: true, tier: 0 } },
      occupants: full,
      candidates: [
        { key: 'b', group: 'b' },
        { key: 'c', group: 'c' },
      ],
      plan: [],
    },
    {
      name: 'takes back what a group of its cohort borrows, down to that guarantee',
      groups: { a: cohort, b: cohort },
      occupants: ['v1 a 2 x since=1', 'v2 a 2 x', 'v3 a 2 y', 'v4 a 2 y since=2'],
      candidates: [
        { key: 'b1', group: 'b', cpus: 2 },
        { key: 'b2', group: 'b', cpus: 2 },
        { key: 'b3', group: 'b', cpus: 2 },
      ],
      plan: ['b1: v4 Reclaimed', 'b2: v1 Reclaimed'],
    },
    {
      name: 'takes nothing back for a task that would borrow itself',
      groups: { a: cohort, b: { ...cohort, guarantee: amountsFrom({ cpus: 1 }) } },
      occupants: full,
      candidates: [{ group: 'b', cpus: 2 }],
      plan: [],
    },
    {
      name: 'stops a lower priority of the same group and namespace, the lowest first',
      groups: { a: {} },
      occupants: ['v1 a 4 x p=1', 'v2 a 4 y p=2'],
      candidates: [{ priority: 3, cpus: 4 }],
      plan: ['task: v1 LowerPriority'],
    },
    {
      name: 'stops no equal priority, none of another namespace and none of its own job',
      groups: { a: {} },
      occupants: ['v1 a 2 x p=3', 'v2 a 2 x job=else/other', 'v3 a 4 y job=ns/mine'],
      candidates: [{ priority: 3 }],
      plan: [],
    },
    {
      name: 'stops nothing where it would not help',
      groups: { a: { preemptible: true }, b: {} },
      occupants: full,
      candidates: [{ group: 'b', cpus: 5 }],
      plan: [],
    },
    {
      name: 'stops nothing for a group that is at its limit, unless that gives way',
      groups: { a: { preemptible: true }, b: { borrowingLimit: amountsFrom({ cpus: 2 }) } },
      occupants: ['v1 a 4 x', 'v2 b 2 y p=1', 'v3 a 2 y'],
      candidates: [{ group: 'b', cpus: 2, priority: 2 }],
      plan: ['task: v2 LowerPriority'],
    },
    {
      name: 'stops the youngest of those that are alike',
      groups: { a: { preemptible: true }, b: {} },
      occupants: ['old a 4 x since=1', 'young a 4 y since=2'],
      candidates: [{ group: 'b', cpus: 4 }],
      plan: ['task: young Preemptible'],
    },
    {
      name: 'stops no more of a job than it can spare, over all candidates',
      groups: { a: { preemptible: true }, b: {} },
      occupants: ['v1 a 4 x', 'v2 a 4 y'],
      candidates: [
        { key: 'b1', group: 'b', cpus: 4 },
        { key: 'b2', group: 'b', cpus: 4 },
      ],
      budget: 1,
      plan: ['b1: v1 Preemptible'],
    },
    {
      name: 'makes room for a whole gang or stops nothing',
      groups: { a: { preemptible: true }, b: {} },
      occupants: ['v1 a 2 x', 'v2 a 2 x', 'v3 a 3 y', 'v4 b 1 y'],
      candidates: [
        { key: 'large', group: 'b', ...aGang(3, 3) },
        { key: 'small', group: 'b', ...aGang(2, 3) },
      ],
      plan: ['small: v1 Preemptible, v2 Preemptible, v3 Preemptible'],
    },
  ];
  for (const { name, plan, ...world } of cases) {
    it(name, () => {
      expect(text(world)).to.deep.equal(plan);
    });
  }

  it('never stops more than it must, takes no guarantee, breaks no budget, and has room for whom it stops', () => {
    const group = fc.constantFrom('a', 'b', 'c');
    const agents = ['x', 'y', 'z'];
    const occupant = fc.record({
      group,
      cpus: fc.integer({ min: 1, max: 2 }),
      priority: fc.nat(2),
      job: fc.constantFrom('ns/one', 'ns/two'),
    });
    const wanted = fc.record({
      group,
      cpus: fc.integer({ min: 1, max: 4 }),
      priority: fc.nat(3),
    });
    fc.assert(
      fc.property(
        fc.array(occupant, { maxLength: 6 }),
        fc.array(wanted, { minLength: 1, maxLength: 4 }),
        (drawn, candidates) => {
          const world: Case = {
            groups: { a: cohort, b: cohort, c: { preemptible: true } },
            agents,
            budget: 2,
            occupants: drawn.map(
              ({ group: name, cpus, priority, job }, at) =>
                `v${at} ${name} ${cpus} ${agents[at % 3]} p=${priority} job=${job}`,
            ),
            candidates: candidates.map((each, at) => ({ key: `n${at}`, ...each })),
          };
          const { plans, ledger, running } = planned(world);
          const room = aRoom(agents, running);
          for (const plan of plans) expectNeeded(plan, ledger, room);
          const all = plans.flatMap(({ victims }) => victims.map(({ occupant: { job } }) => job));
          for (const job of new Set(all)) {
            expect(all.filter((each) => each === job).length).to.be.at.most(2);
          }
          expect(planned(world).plans).to.deep.equal(plans);
        },
      ),
    );
  });
});

/** Each victim must be needed, and what is reclaimed was above the guarantee of 4; then it is done. */
function expectNeeded({ candidate, victims }: Preemption, ledger: Ledger, room: Room): void {
  const { key, group, ask } = candidate.entry;
  const gone = victims.map(({ occupant }) => occupant);
  expect(room.fits(candidate.entry, gone)).to.equal(true);
  for (const spared of gone) {
    const fewer = gone.filter((each) => each !== spared);
    const trial = ledger.fork();
    for (const occupant of fewer) trial.release(occupant.key);
    const goes = trial.judge(group, ask).admitted && room.fits(candidate.entry, fewer);
    expect(goes, 'does without one').to.equal(false);
  }
  for (const { occupant, reason } of victims) {
    ledger.release(occupant.key);
    const used = ledger.standing(occupant.group).used[0] ?? 0;
    if (reason === 'Reclaimed') expect(used + (occupant.ask[0] ?? 0)).to.be.greaterThan(4);
  }
  ledger.charge({ key, group, ask });
  room.settle(candidate.entry, gone);
}

/** Members that ask for so much each. */
function aGang(size: number, cpus: number) {
  const ask = amountsFrom({ cpus });
  const members = Array.from({ length: size }, (_, at) => ({ key: `m${at}`, ask }));
  return { members, ask: amountsFrom({ cpus: cpus * size }) };
}
