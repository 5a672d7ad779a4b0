import { expect } from 'chai';
import { createRestarter } from '../../../controllers/task/restarter.ts';
import type { Task } from '../../../src/api/kinds.gen.ts';
import type { Launch, Offer } from '../../../src/mesos/port.ts';
import { virtualClock } from '../../../src/runtime/clock.ts';
import type { Clock } from '../../../src/runtime/port.ts';
import { createRateLimit } from '../../../src/runtime/rate-limit.ts';
import { aLaunch, quiet } from '../../support/mesos.ts';

const AGENT = 'agent-1';
const resources = { cpus: 4, memoryMiB: 4_096, diskMiB: 4_096, ports: [] };

/** Restarts on one agent, whose offer is there all the time, so that nothing tells of it. */
function aRestarter({ perMinute, earlyMs = 0 }: { perMinute: number; earlyMs?: number }) {
  const inner = virtualClock();
  const after: Clock['after'] = (delayMs, fire) =>
    inner.after(Math.max(0, delayMs - earlyMs), fire);
  const clock = { ...inner, after };
  const launched: string[] = [];
  const restarter = createRestarter({
    framework: {
      offers: () => new Map([[AGENT, [{ resources } as unknown as Offer]]]),
      launch: async (_, launches: readonly Launch[]) => {
        launched.push(...launches.map(({ taskId }) => taskId));
      },
      setDemand: () => undefined,
    },
    clock,
    log: quiet,
    launches: createRateLimit({ clock: inner, perMinute: () => perMinute }),
    launchOf: ({ metadata }) => aLaunch(metadata.name),
    keep: async () => undefined,
    inTurn: (work) => work(),
  });
  const add = (name: string, inMs: number) => {
    const task = { metadata: { name }, status: { agentId: AGENT } } as unknown as Task;
    restarter.add(name, { task, dueAt: inner.now() + inMs });
  };
  return { clock: inner, launched, restarter, add };
}

describe('restarts while the store is away', () => {
  it('are launched once they are due, also where the timer goes ahead of the clock', async () => {
    const { clock, launched, restarter, add } = aRestarter({ perMinute: 100, earlyMs: 1 });
    add('a', 500);
    await clock.advance(400);
    expect(launched).to.deep.equal([]);
    await clock.advance(2_000);
    expect(launched).to.deep.equal(['a']);
    restarter.end();
  });

  it('are launched once the limit of launches lets them', async () => {
    const { clock, launched, restarter, add } = aRestarter({ perMinute: 2 });
    for (const name of ['a', 'b', 'c']) add(name, 0);
    await clock.advance(1_000);
    expect(launched).to.have.length.below(3);
    await clock.advance(120_000);
    expect(launched).to.deep.equal(['a', 'b', 'c']);
    restarter.end();
    add('d', 0);
    await clock.advance(10_000);
    expect(launched).to.have.length(3);
  });
});
