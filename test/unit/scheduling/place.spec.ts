import { expect } from 'chai';
import fc from 'fast-check';
import { packAndSpread } from '../../../src/scheduling/fitness.ts';
import { place } from '../../../src/scheduling/place.ts';
import { explainRefusals } from '../../../src/scheduling/refusal.ts';
import type { AgentView, Waiting } from '../../../src/scheduling/snapshot.ts';

function aView(name: string, cpus: number, more: Partial<AgentView> = {}): AgentView {
  const total = { cpusMilli: 16_000, memoryMiB: 65_536, diskMiB: 100_000 };
  const free = { ...total, cpusMilli: cpus * 1000 };
  const ports = [{ begin: 31_000, end: 31_009 }];
  const jobs = new Map<string, number>();
  return { name, agentId: `id-${name}`, unschedulable: false, total, free, ports, jobs, ...more };
}

function aWaiting(key: string, cpus: number, more: Partial<Waiting> = {}): Waiting {
  const ask = { cpusMilli: cpus * 1000, memoryMiB: 1_024, diskMiB: 1_024, ports: 0 };
  return { key, job: 'default/web', ask, ...more };
}

function placed(tasks: readonly Waiting[], agents: readonly AgentView[]): Record<string, string> {
  const { placed: found } = place(tasks, { agents }, packAndSpread);
  return Object.fromEntries(found.map(({ key, agent }) => [key, agent]));
}

describe('place', () => {
  it('spreads a job over agents', () => {
    const tasks = ['0', '1', '2', '3'].map((key) => aWaiting(key, 1));
    const where = Object.values(placed(tasks, [aView('a', 16), aView('b', 16)]));
    expect(where.toSorted()).to.deep.equal(['a', 'a', 'b', 'b']);
  });

  it('packs different jobs onto agents that are in use', () => {
    const tasks = [aWaiting('0', 1, { job: 'default/other' })];
    expect(placed(tasks, [aView('a', 16), aView('b', 8)])).to.deep.equal({ 0: 'b' });
  });

  it('counts what the job has on an agent already', () => {
    const used = new Map([['default/web', 3]]);
    expect(
      placed([aWaiting('0', 1)], [aView('a', 12, { jobs: used }), aView('b', 16)]),
    ).to.deep.equal({
      0: 'b',
    });
  });

  it('takes the smallest name of equal agents', () => {
    expect(placed([aWaiting('0', 1)], [aView('b', 16), aView('a', 16)])).to.deep.equal({ 0: 'a' });
  });

  it('keeps pinned tasks on their agent, and others off closed ones', () => {
    const tasks = [aWaiting('0', 1, { agent: 'b' }), aWaiting('1', 1, { agent: 'c' })];
    const agents = [aView('a', 16), aView('b', 1), aView('c', 16, { unschedulable: true })];
    expect(placed(tasks, agents)).to.deep.equal({ 0: 'b' });
  });

  it('gives each task ports of its own, lowest first', () => {
    const ask = { cpusMilli: 100, memoryMiB: 1, diskMiB: 1, ports: 4 };
    const tasks = ['0', '1', '2'].map((key) => aWaiting(key, 1, { ask }));
    const ports = [
      { begin: 1, end: 2 },
      { begin: 10, end: 15 },
    ];
    const { placed: found, unplaced } = place(
      tasks,
      { agents: [aView('a', 16, { ports })] },
      packAndSpread,
    );
    expect(found.map((each) => each.ports)).to.deep.equal([
      [1, 2, 10, 11],
      [12, 13, 14, 15],
    ]);
    expect(unplaced.map(({ key }) => key)).to.deep.equal(['2']);
  });

  it('says why not, with numbers and the nearest agent', () => {
    const agents = [aView('a', 2), aView('b', 3.5), aView('c', 16, { unschedulable: true })];
    const { unplaced } = place([aWaiting('0', 4)], { agents }, packAndSpread);
    expect(unplaced[0]?.refusals).to.deep.equal([
      { lacks: 'cpus', wanted: 4, had: 3.5, agents: 2, nearest: 'b' },
      { lacks: 'schedulable', wanted: 0, had: 0, agents: 1, nearest: 'c' },
    ]);
    expect(explainRefusals(unplaced[0]?.refusals ?? [], 3)).to.equal(
      'none of 3 agents can take it: 2 have less than 4 cpus free (the most is 3.5 on b); 1 take no new tasks',
    );
  });

  it('never gives away more than there is, and leaves out none that would fit', () => {
    const anyTask = fc.record({ cpus: fc.integer({ min: 1, max: 8 }), ports: fc.nat(3) });
    fc.assert(
      fc.property(
        fc.array(anyTask, { maxLength: 30 }),
        fc.array(fc.integer({ min: 0, max: 16 }), { maxLength: 6 }),
        (asks, frees) => {
          const tasks = asks.map(({ cpus, ports }, index) =>
            aWaiting(String(index), cpus, {
              job: `default/job-${cpus}`,
              ask: { cpusMilli: cpus * 1000, memoryMiB: 1, diskMiB: 1, ports },
            }),
          );
          const agents = frees.map((cpus, index) => aView(`agent-${index}`, cpus));
          const result = place(tasks, { agents }, packAndSpread);
          for (const view of agents) {
            const mine = result.placed.filter(({ agent }) => agent === view.name);
            const used = mine.reduce((sum, { key }) => sum + (asks[Number(key)]?.cpus ?? 0), 0);
            const ports = mine.flatMap((each) => each.ports);
            expect(used * 1000).to.be.at.most(view.free.cpusMilli);
            expect(new Set(ports).size).to.equal(ports.length);
            for (const { key } of result.unplaced) {
              const ask = asks[Number(key)] ?? { cpus: 0, ports: 0 };
              const fits =
                (used + ask.cpus) * 1000 <= view.free.cpusMilli && ports.length + ask.ports <= 10;
              expect(fits, `${key} would fit ${view.name}`).to.equal(false);
            }
          }
          expect(place(tasks, { agents: agents.toReversed() }, packAndSpread)).to.deep.equal(
            result,
          );
        },
      ),
    );
  });

  it('places a thousand tasks on a thousand agents at once', () => {
    const agents = Array.from({ length: 1_000 }, (_, index) => aView(`agent-${index}`, 16));
    const tasks = Array.from({ length: 1_000 }, (_, index) =>
      aWaiting(String(index), 1, { job: `default/job-${index % 20}` }),
    );
    const startedAt = process.hrtime.bigint();
    const { placed: found } = place(tasks, { agents }, packAndSpread);
    const spentMs = Number(process.hrtime.bigint() - startedAt) / 1e6;
    expect(found).to.have.length(1_000);
    expect(spentMs).to.be.below(1_000);
  });
});
