import { expect } from 'chai';
import { FITNESS } from '../../../src/api/constraint.ts';
import type { AgentView } from '../../../src/scheduling/cluster/agent.ts';
import { createPlacer, place } from '../../../src/scheduling/place/placer.ts';
import type { Profile } from '../../../src/scheduling/place/profile.ts';
import { aProfile, aSnapshot, aView, placeIn, tasksOf, whereIs } from '../../support/scheduling.ts';

const HOUR = 3_600_000;

describe('fitness', () => {
  const cases: readonly {
    readonly name: string;
    readonly agents: readonly AgentView[];
    readonly profile: Partial<Profile>;
    readonly goes: string;
  }[] = [
    {
      name: 'PackCpus',
      agents: [aView('a', { cpus: 16, memory: 2_048 }), aView('b', { cpus: 4 })],
      profile: {},
      goes: 'b',
    },
    {
      name: 'PackMemory',
      agents: [aView('a', { cpus: 4 }), aView('b', { memory: 2_048 })],
      profile: {},
      goes: 'b',
    },
    {
      name: 'PackCpusAndMemory',
      agents: [aView('a', { cpus: 8 }), aView('b', { cpus: 4, memory: 8_192 })],
      profile: {},
      goes: 'b',
    },
    {
      name: 'PackDominant',
      agents: [aView('a', { cpus: 4, memory: 65_536 }), aView('b', { cpus: 16, memory: 2_048 })],
      profile: {},
      goes: 'b',
    },
    {
      name: 'PackAll',
      agents: [aView('a', { cpus: 4 }), aView('b', { cpus: 4, memory: 8_192 })],
      profile: {},
      goes: 'b',
    },
    {
      name: 'SpreadLoad',
      agents: [aView('a', { cpus: 4 }), aView('b', { cpus: 16 })],
      profile: {},
      goes: 'b',
    },
    {
      name: 'ImageLocality',
      agents: [aView('a'), aView('b', {}, { holds: ['web:1'] })],
      profile: { image: 'web:1' },
      goes: 'b',
    },
    {
      name: 'AgentQuality',
      agents: [aView('a', {}, { quality: 0 }), aView('b', {}, { quality: 0.1 })],
      profile: {},
      goes: 'b',
    },
    {
      name: 'AgentQuality',
      agents: [aView('a', {}, { quality: 0.1 }), aView('b')],
      profile: {},
      goes: 'b',
    },
    {
      name: 'AgentQuality',
      agents: [aView('a'), aView('b', {}, { quality: 0.9 })],
      profile: {},
      goes: 'b',
    },
  ];
  for (const { name, agents, profile, goes } of cases) {
    it(`${name} goes to ${goes} of ${agents.map((agent) => agent.name)}`, () => {
      const task = aProfile({ ...profile, fitness: [{ name, weight: 1 }] });
      expect(whereIs(placeIn(aSnapshot(agents), tasksOf(task, 1)))).to.deep.equal({ 0: goes });
    });
  }

  it('is all in the table, but for SpreadJob and LikeEnd', () => {
    const tried = new Set([...cases.map(({ name }) => name), 'SpreadJob', 'LikeEnd']);
    expect(tried).to.deep.equal(new Set(FITNESS));
  });

  it('SpreadJob fills agents evenly with a job, whatever else is there', () => {
    const snapshot = aSnapshot([aView('a'), aView('b'), aView('c')]);
    const fitness = [{ name: 'SpreadJob', weight: 1 }];
    const placed = whereIs(placeIn(snapshot, tasksOf(aProfile({ fitness }), 6)));
    expect(Object.values(placed).toSorted()).to.deep.equal(['a', 'a', 'b', 'b', 'c', 'c']);
    const other = aProfile({ fitness, job: 'default/other' });
    expect(whereIs(placeIn(snapshot, tasksOf(other, 2, 6)))).to.deep.equal({ 6: 'a', 7: 'b' });
  });

  it('LikeEnd puts together what ends together', () => {
    const snapshot = aSnapshot([aView('a'), aView('b')]);
    const ends = (endsAt: number, agent?: string) =>
      aProfile({ endsAt, ...(agent ? { agent } : {}), fitness: [{ name: 'LikeEnd', weight: 1 }] });
    placeIn(snapshot, tasksOf(ends(HOUR, 'a'), 1, 0));
    placeIn(snapshot, tasksOf(ends(10 * HOUR, 'b'), 1, 1));
    expect(whereIs(placeIn(snapshot, tasksOf(ends(9.5 * HOUR), 1, 2)))).to.deep.equal({ 2: 'b' });
    expect(whereIs(placeIn(snapshot, tasksOf(ends(1.5 * HOUR), 1, 3)))).to.deep.equal({ 3: 'a' });
  });

  it('LikeEnd goes by when a task ends, though the class is older', () => {
    const snapshot = aSnapshot([aView('a'), aView('b')]);
    const placer = createPlacer(snapshot);
    const fitness = [{ name: 'LikeEnd', weight: 1 }];
    const goes = (key: number, endsAt: number, agent?: string) => {
      const profile = aProfile({
        id: agent ?? 'any',
        endsAt,
        fitness,
        ...(agent ? { agent } : {}),
      });
      return whereIs(place(tasksOf(profile, 1, key), placer));
    };
    goes(0, HOUR, 'a');
    goes(1, 10 * HOUR, 'b');
    expect(goes(2, HOUR)).to.deep.equal({ 2: 'a' });
    expect(goes(3, 9.5 * HOUR)).to.deep.equal({ 3: 'b' });
    const ends = [...snapshot.tasks.values()].map(({ task }) => Number(task.endsAt) / HOUR);
    expect(ends).to.deep.equal([1, 10, 1, 9.5]);
  });

  it('finds the best of agents that differ little, whatever kind they are of', () => {
    const zones = { x1: 'x', x2: 'x', y1: 'y' };
    const snapshot = aSnapshot(
      Object.entries(zones).map(([name, zone]) =>
        aView(name, { cpus: 64 }, { attributes: { zone } }),
      ),
    );
    for (const [agent, cpus] of Object.entries({ x1: 0.5, x2: 1.5, y1: 1 })) {
      const held = aProfile({ agent, sizes: { cpus }, job: 'default/held' });
      placeIn(snapshot, tasksOf(held, 1, cpus * 100));
    }
    const packed = aProfile({ fitness: [{ name: 'PackCpus', weight: 1 }] });
    const spread = aProfile({ fitness: [{ name: 'SpreadLoad', weight: 1 }] });
    const goes = (profile: Profile) =>
      snapshot.trial(() => whereIs(placeIn(snapshot, tasksOf(profile, 1))));
    expect(goes(packed)).to.deep.equal({ 0: 'x2' });
    expect(goes(spread)).to.deep.equal({ 0: 'x1' });
  });

  it('is combined by its weights', () => {
    const agents = [aView('a', { cpus: 4 }), aView('b', { cpus: 16 }, { quality: 1 })];
    const where = (pack: number) => {
      const fitness = [
        { name: 'PackCpus', weight: pack },
        { name: 'AgentQuality', weight: 1 },
      ];
      return whereIs(placeIn(aSnapshot(agents), tasksOf(aProfile({ fitness }), 1)))[0];
    };
    expect(where(1)).to.equal('b');
    expect(where(9)).to.equal('a');
  });

  it('takes the first by name of agents that are good enough', () => {
    const agents = [aView('a', { cpus: 2 }), aView('b', { cpus: 1 }), aView('c', { cpus: 16 })];
    const fitness = [{ name: 'PackCpus', weight: 1 }];
    const goes = (more: Partial<Profile>) =>
      whereIs(placeIn(aSnapshot(agents), tasksOf(aProfile({ fitness, ...more }), 1)))[0];
    expect(goes({})).to.equal('b');
    expect(goes({ goodEnough: 0.5 })).to.equal('a');
  });
});

describe('named resource sets', () => {
  const eni = { slots: { eni: { slots: 2, each: 2 } } };
  const asks = (value: string, count = 1) => {
    const { ask, ...rest } = aProfile({ job: `default/${value}` });
    const profile = { ...rest, ask: { ...ask, slots: [{ set: 'eni', value, count }] } };
    return { ...profile, id: JSON.stringify(profile) };
  };

  it('bind a slot to one value until it is empty, and prefer one that is bound', () => {
    const snapshot = aSnapshot([aView('a', {}, eni), aView('b', {}, eni)]);
    const place = (value: string, key: number, count?: number) => {
      const { placed } = placeIn(snapshot, tasksOf(asks(value, count), 1, key));
      return placed.map(({ agent, given }) => `${agent}${given.slots[0]?.slot}`)[0];
    };
    expect(place('red', 0)).to.equal('a0');
    expect(place('red', 1)).to.equal('a0');
    expect(place('blue', 2)).to.equal('a1');
    expect(place('red', 3)).to.equal('b0');
    expect(place('green', 4, 2)).to.equal('b1');
    expect(place('black', 5)).to.equal(undefined);
    expect(place('red', 6, 3)).to.equal(undefined);
    snapshot.end('2');
    expect(place('black', 7)).to.equal('a1');
  });
});

describe('reservations and roles', () => {
  it('let a role use what is kept for it first, and nobody else', () => {
    const kept = { reserved: { ops: { scalars: { cpus: 2_000, memory: 8_192_000 } } } };
    const snapshot = aSnapshot([aView('a', { cpus: 2 }, kept)]);
    const ops = aProfile({ role: 'ops', job: 'default/ops' });
    expect(placeIn(snapshot, tasksOf(ops, 2, 0)).placed).to.have.length(2);
    expect(placeIn(snapshot, tasksOf(aProfile(), 3, 10)).placed).to.have.length(2);
    expect(placeIn(snapshot, tasksOf(ops, 1, 20)).placed).to.have.length(0);
    snapshot.end('0');
    expect(placeIn(snapshot, tasksOf(aProfile(), 1, 30)).placed).to.have.length(0);
    expect(placeIn(snapshot, tasksOf(ops, 1, 40)).placed).to.have.length(1);
  });

  it('keep whole agents for a role', () => {
    const agents = [aView('a', {}, { onlyFor: 'ops' }), aView('b')];
    const where = (more: Partial<Profile>) =>
      whereIs(placeIn(aSnapshot(agents), tasksOf(aProfile(more), 1)));
    expect(where({})).to.deep.equal({ 0: 'b' });
    expect(where({ role: 'ops' })).to.deep.equal({ 0: 'a' });
  });
});

describe('what is offered', () => {
  it('is what may be given away, and comes back only by another offer', () => {
    const snapshot = aSnapshot([aView('a', { cpus: 4 })]);
    const two = {
      scalars: { cpus: 2_000, memory: 8_192_000 },
      ranges: { ports: [{ begin: 5, end: 6 }] },
    };
    snapshot.offer('a', two);
    expect(placeIn(snapshot, tasksOf(aProfile(), 3)).placed).to.have.length(2);
    snapshot.end('0');
    expect(placeIn(snapshot, tasksOf(aProfile(), 1, 3)).placed).to.have.length(0);
    snapshot.release('1');
    expect(placeIn(snapshot, tasksOf(aProfile(), 1, 4)).placed).to.have.length(1);
    snapshot.offer('a', two);
    const { ask, ...rest } = aProfile();
    const ports = { ...rest, id: 'ports', ask: { ...ask, counts: { ports: 2 } } };
    const { placed } = placeIn(snapshot, tasksOf(ports, 1, 5));
    expect(placed[0]?.given.ranges).to.deep.equal({ ports: [5, 6] });
  });
});
