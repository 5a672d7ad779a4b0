import { expect } from 'chai';
import fc from 'fast-check';
import type { Snapshot } from '../../../src/scheduling/cluster/snapshot.ts';
import { NOTHING_GIVEN } from '../../../src/scheduling/cluster/task.ts';
import { createPlacer, isPlaced } from '../../../src/scheduling/place/placer.ts';
import type { Profile } from '../../../src/scheduling/place/profile.ts';
import type { Crew, Move } from '../../../src/scheduling/rebalance/crew.ts';
import { falls, spreadRulesOf } from '../../../src/scheduling/rebalance/deviation.ts';
import { planMoves } from '../../../src/scheduling/rebalance/moves.ts';
import { spreadDeviation } from '../../../src/scheduling/rebalance/spread.ts';
import type { ConstraintSpec } from '../../../src/scheduling/rules/rule.ts';
import { aProfile, aSnapshot, aView, inZone } from '../../support/scheduling.ts';

/** Agents `a1 a2 b1 b2 …`, two in each zone, of so many cpus. */
function aCluster(zones: number, cpus: number): Snapshot {
  const names = Array.from({ length: zones }, (_, at) => 'abcde'[at] ?? '');
  return aSnapshot(
    names.flatMap((zone) => [1, 2].map((at) => aView(`${zone}${at}`, { cpus }, inZone(zone)))),
  );
}

/** Tasks of one job, each already on the agent that stands in its place. */
function hold(snapshot: Snapshot, profile: Profile, agents: readonly string[]): void {
  for (const [at, agent] of agents.entries()) {
    const { job, ask } = profile;
    snapshot.hold({ key: `${job}#${at}`, job, ask }, agent, NOTHING_GIVEN);
  }
}

function crewOf(snapshot: Snapshot, profile: Profile, left = 1): Crew {
  const members = [...snapshot.tasks.values()]
    .filter(({ task }) => task.job === profile.job)
    .map(({ task, agent }) => ({ key: task.key, agent }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return { job: profile.job, profile, members, left, avoids: new Set() };
}

interface Look {
  readonly profiles: readonly Profile[];
  readonly left?: number;
  readonly packs?: boolean;
}

function movesIn(snapshot: Snapshot, { profiles, left = 1, packs = false }: Look): readonly Move[] {
  const crews = profiles.map((profile) => crewOf(snapshot, profile, left));
  const placer = createPlacer(snapshot);
  const steps = planMoves({ placer, crews, most: 10, packs, isOfItsAgent: () => false });
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The old one ends, the new one runs. */
function carryOut(snapshot: Snapshot, moves: readonly Move[]): void {
  for (const { key, to } of moves) {
    const held = snapshot.tasks.get(key);
    if (held === undefined) throw new Error(`${key} is not there`);
    snapshot.end(key);
    snapshot.hold(held.task, to, NOTHING_GIVEN);
  }
}

function stateOf(snapshot: Snapshot): string {
  return [...snapshot.tasks.values()]
    .map(({ task, agent }) => `${task.key}@${agent}`)
    .toSorted()
    .join(' ');
}

function deviationOf(snapshot: Snapshot, profile: Profile): number {
  const { hosts } = snapshot.counts.of(profile.job);
  return spreadDeviation(spreadRulesOf(profile, snapshot), hosts, snapshot);
}

const rules: readonly ConstraintSpec[] = [
  { rule: 'Balanced', attribute: 'zone' },
  { rule: 'Balanced', attribute: 'zone', weight: 5 },
  { rule: 'Balanced', attribute: 'zone', number: 3 },
  { rule: 'Spread', attribute: 'zone', shares: [{ value: 'a', percent: 60 }] },
  { rule: 'Unique', weight: 3 },
  { rule: 'MaxPer', attribute: 'zone', number: 2, weight: 3 },
];

const clusters = fc.record({
  zones: fc.integer({ min: 2, max: 4 }),
  cpus: fc.integer({ min: 2, max: 5 }),
  rule: fc.constantFrom(...rules),
  where: fc.array(fc.nat({ max: 7 }), { minLength: 1, maxLength: 10 }),
  others: fc.array(fc.nat({ max: 7 }), { maxLength: 6 }),
});

function aMess({
  zones,
  cpus,
  rule,
  where,
  others,
}: typeof clusters extends fc.Arbitrary<infer T> ? T : never) {
  const snapshot = aCluster(zones, cpus);
  const names = [...snapshot.agents.keys()];
  const profile = aProfile({ constraints: [rule] });
  const other = aProfile({ job: 'default/other', fitness: [{ name: 'PackAll', weight: 1 }] });
  const room = (at: number) => names[at % names.length] ?? '';
  const fitting = (list: readonly number[], used: Map<string, number>) =>
    list.map(room).filter((name) => {
      used.set(name, (used.get(name) ?? 0) + 1);
      return (used.get(name) ?? 0) <= cpus;
    });
  const used = new Map<string, number>();
  hold(snapshot, profile, fitting(where, used));
  hold(snapshot, other, fitting(others, used));
  return { snapshot, profile, other };
}

describe('rebalancing', () => {
  it('brings tasks back to a zone that has returned, within what the job can spare', () => {
    const snapshot = aCluster(3, 8);
    const profile = aProfile({ constraints: [{ rule: 'Balanced', attribute: 'zone' }] });
    hold(snapshot, profile, ['a1', 'a1', 'a2', 'b1', 'b1', 'b2']);
    const before = stateOf(snapshot);
    const moves = movesIn(snapshot, { profiles: [profile], left: 2 });
    expect(moves.map(({ from, to }) => `${from[0]}>${to[0]}`)).to.deep.equal(['a>c', 'b>c']);
    expect(stateOf(snapshot)).to.equal(before);
    expect(movesIn(snapshot, { profiles: [profile], left: 1 })).to.have.length(1);
    carryOut(snapshot, moves);
    expect(movesIn(snapshot, { profiles: [profile], left: 2 })).to.deep.equal([]);
  });

  it('moves nothing where the target has no room, or did not take a task lately', () => {
    const snapshot = aCluster(2, 2);
    const profile = aProfile({ constraints: [{ rule: 'Balanced', attribute: 'zone' }] });
    const other = aProfile({ job: 'default/other' });
    hold(snapshot, profile, ['a1', 'a1', 'a2']);
    hold(snapshot, other, ['b1', 'b1', 'b2', 'b2']);
    expect(movesIn(snapshot, { profiles: [profile] })).to.deep.equal([]);
    snapshot.end('default/other#0');
    expect(movesIn(snapshot, { profiles: [profile] })).to.have.length(1);
    const crews = [{ ...crewOf(snapshot, profile), avoids: new Set(['b1']) }];
    const placer = createPlacer(snapshot);
    const steps = planMoves({ placer, crews, most: 1, packs: false, isOfItsAgent: () => false });
    let last = steps.next();
    while (!last.done) last = steps.next();
    expect(last.value).to.deep.equal([]);
  });

  it('moves to an agent that has few of the job, though none is left that has none', () => {
    const snapshot = aCluster(2, 4);
    const profile = aProfile({ constraints: [{ rule: 'Unique', weight: 3 }] });
    hold(snapshot, profile, ['a1', 'a1', 'a1', 'a2', 'b1', 'b1', 'b2']);
    hold(snapshot, aProfile({ job: 'default/other' }), ['b1']);
    const moves = movesIn(snapshot, { profiles: [profile] });
    expect(moves.map(({ from, to }) => `${from}>${to}`)).to.deep.equal(['a1>a2']);
  });

  it('empties an agent when all of it fits on others in use, and none when not', () => {
    const snapshot = aCluster(2, 4);
    const profile = aProfile({ fitness: [{ name: 'PackAll', weight: 1 }] });
    hold(snapshot, profile, ['a1', 'a1', 'a1', 'b1']);
    const moves = movesIn(snapshot, { profiles: [profile], packs: true });
    expect(moves.map(({ from, to }) => [from, to])).to.deep.equal([['b1', 'a1']]);
    carryOut(snapshot, moves);
    expect(movesIn(snapshot, { profiles: [profile], packs: true })).to.deep.equal([]);
    expect(movesIn(snapshot, { profiles: [profile] })).to.deep.equal([]);
  });

  it('does not crowd a job that spreads over agents, nor move the tasks of one that wants idle agents', () => {
    const spreads = [
      { name: 'PackAll', weight: 3 },
      { name: 'SpreadJob', weight: 1 },
    ];
    for (const fitness of [spreads, [{ name: 'SpreadLoad', weight: 1 }]]) {
      const snapshot = aCluster(2, 4);
      const profile = aProfile({ fitness });
      hold(snapshot, profile, ['a1', 'b1']);
      expect(movesIn(snapshot, { profiles: [profile], packs: true })).to.deep.equal([]);
    }
  });

  it('lowers the deviation with every move, comes to no state twice, and ends at the minimum of such moves', () => {
    fc.assert(
      fc.property(clusters, fc.integer({ min: 1, max: 3 }), (cluster, left) => {
        const { snapshot, profile, other } = aMess(cluster);
        const seen = new Set([stateOf(snapshot)]);
        for (;;) {
          const before = deviationOf(snapshot, profile);
          const moves = movesIn(snapshot, { profiles: [profile, other], left, packs: true });
          if (moves.length === 0) break;
          for (const { deviation } of moves) expect(falls(...deviation)).to.equal(true);
          carryOut(snapshot, moves);
          const after = deviationOf(snapshot, profile);
          expect(after).to.be.at.most(before + 1e-9);
          expect(seen.has(stateOf(snapshot))).to.equal(false);
          seen.add(stateOf(snapshot));
        }
        expect(betterMove(snapshot, profile)).to.equal(undefined);
      }),
      { numRuns: 100 },
    );
  });
});

/** By brute force: a single move that the placer admits and that lowers the deviation. */
function betterMove(snapshot: Snapshot, profile: Profile): string | undefined {
  const before = deviationOf(snapshot, profile);
  for (const { key, agent: from } of crewOf(snapshot, profile).members) {
    for (const agent of snapshot.agents.keys()) {
      const held = { ...profile, id: `${profile.id}@${agent}`, agent };
      const isBetter = snapshot.trial(() => {
        const placed = createPlacer(snapshot).place({ key: 'trial', profile: held });
        snapshot.end(key);
        return isPlaced(placed) && falls(before, deviationOf(snapshot, profile));
      });
      if (isBetter) return `${key} from ${from} to ${agent}`;
    }
  }
  return undefined;
}
