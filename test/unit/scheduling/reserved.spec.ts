import { expect } from 'chai';
import fc from 'fast-check';
import type { Agent, CapacityGroup } from '../../../src/api/kinds.gen.ts';
import { type Backlog, createBacklog } from '../../../src/scheduling/backlog/backlog.ts';
import { viewOf } from '../../../src/scheduling/objects/view.ts';
import { aGroup, aJob, anAgent, aTask } from '../../support/builders.ts';
import { START } from '../../support/clock.ts';

const home = { name: 'dc1', region: 'us-east-1' };
type Kept = Readonly<Record<string, number>>;

/** An agent of 16 cpus in a pool that keeps so many of them for groups. */
function keeping(name: string, pool: string, kept: Kept): Agent {
  const capacity = { cpus: 16, memoryMiB: 65_536, diskMiB: 0, ports: 10 };
  const reserved = Object.fromEntries(
    Object.entries(kept).map(([group, cpus]) => [group, { cpus, memoryMiB: cpus * 1024 }]),
  );
  return anAgent(name, { attributes: { pool }, capacity: { ...capacity, reserved } });
}

const owning = (name: string, pool: string) =>
  aGroup(name, { reservedAgents: { attribute: 'pool', values: [pool] } });

/** Agents and cpus of the groups. */
function shown(backlog: Backlog, ...groups: readonly string[]): readonly string[] {
  return groups.map((group) => {
    const { agents, amounts } = backlog.reserved(group);
    return `${agents}/${(amounts[0] ?? 0) / 1000}`;
  });
}

describe('what is reserved for capacity groups', () => {
  const agents = [
    keeping('a1', 'p', { web: 4, batch: 2 }),
    keeping('a2', 'q', { web: 3 }),
    keeping('a3', 'r', {}),
  ];
  const rows: readonly {
    readonly name: string;
    readonly groups: readonly CapacityGroup[];
    readonly web: string;
    readonly batch: string;
  }[] = [
    { name: 'parts of agents', groups: [], web: '0/7', batch: '0/2' },
    {
      name: 'whole agents, but for what is reserved there for others, which nobody can use',
      groups: [owning('web', 'p')],
      web: '1/17',
      batch: '0/0',
    },
    { name: 'both', groups: [owning('batch', 'r')], web: '0/7', batch: '1/18' },
  ];
  for (const { name, groups, web, batch } of rows) {
    it(`counts ${name}`, () => {
      const backlog = createBacklog(home);
      for (const group of groups) backlog.putGroup(group);
      for (const agent of agents) backlog.putAgent(agent);
      expect(shown(backlog, 'web', 'batch')).to.deep.equal([web, batch]);
    });
  }

  it('lets only tasks of the group count on it', () => {
    const [first = keeping('a1', 'p', {})] = agents;
    const backlog = createBacklog(home);
    backlog.putAgent(first);
    const view = viewOf(first, { home, quality: 1, keepers: backlog.keepers });
    expect(view?.capacity.scalars).to.include({ cpus: 10_000 });
    expect(view?.reserved?.web?.scalars).to.include({ cpus: 4_000, memory: 4_096_000 });
    const task = aTask('0#0 Pending');
    backlog.putJob(aJob({ capacityGroup: 'web' }));
    expect(backlog.profile(task, START).role).to.equal('web');
    backlog.putJob(aJob({ capacityGroup: 'other' }));
    expect(backlog.profile(task, START).role).to.equal(undefined);
  });

  it('is the same however it came to be', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 12 }), (steps) => {
        const [backlog, anew] = [createBacklog(home), createBacklog(home)];
        for (const step of steps) take(step, backlog);
        const last = new Map(steps.map((step) => [step.name, step]));
        for (const step of last.values()) take(step, anew);
        expect(shown(backlog, 'web', 'batch')).to.deep.equal(shown(anew, 'web', 'batch'));
      }),
    );
  });
});

interface Step {
  readonly name: string;
  readonly pool: string;
  /** What the agent keeps; a group owns the pool or does not. Absent, the agent goes. */
  readonly kept?: Kept | undefined;
}

const anyStep: fc.Arbitrary<Step> = fc.record({
  name: fc.constantFrom('a1', 'a2', 'web', 'batch'),
  pool: fc.constantFrom('p', 'q', 'r'),
  kept: fc.option(fc.dictionary(fc.constantFrom('web', 'batch'), fc.nat(8)), { nil: undefined }),
});

function take({ name, pool, kept }: Step, backlog: Backlog): void {
  if (!name.startsWith('a')) backlog.putGroup(kept ? owning(name, pool) : aGroup(name));
  else if (kept === undefined) backlog.dropAgent(keeping(name, pool, {}));
  else backlog.putAgent(keeping(name, pool, kept));
}
