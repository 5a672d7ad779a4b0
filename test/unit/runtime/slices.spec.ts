import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { planPlacement } from '../../../controllers/placement/plan.ts';
import type { Clock } from '../../../src/runtime/port.ts';
import { inSlices } from '../../../src/runtime/slices.ts';
import { createBacklog } from '../../../src/scheduling/backlog/backlog.ts';
import { createPlacer } from '../../../src/scheduling/place/placer.ts';
import { createNominations } from '../../../src/scheduling/preemption/nominations.ts';
import { aJob, anAgent, aTask } from '../../support/builders.ts';
import { aWorld, START } from '../../support/clock.ts';
import { aSnapshot, aView } from '../../support/scheduling.ts';

/** A clock on which every look takes a millisecond. */
function slowClock(): Pick<Clock, 'elapsed'> {
  let now = 0;
  return { elapsed: () => now++ };
}

/** How often the event loop turns until the work is done. */
async function turnsOf(work: Promise<unknown>): Promise<number> {
  let isOver = false;
  const over = work.then(() => {
    isOver = true;
  });
  let turns = 0;
  while (!isOver) {
    turns += 1;
    await nextTurn();
  }
  await over;
  return turns;
}

function* counting(order: string[], name: string): Generator<void, void> {
  for (let step = 0; step < 30; step += 1) {
    order.push(name);
    yield;
  }
}

describe('placing in slices', () => {
  const tasks = Array.from({ length: 60 }, (_, index) => {
    const task = aTask(`${index}#0 Pending`);
    return { ...task, metadata: { ...task.metadata, uid: `uid-${index}` } };
  });
  const agents = ['a', 'b', 'c'].map((name) => aView(name, { cpus: 16 }));

  /** A fleet with more than three agents' room: that there is none left is for the agents to say. */
  function aBacklog() {
    const backlog = createBacklog({ name: 'dc1', region: 'us-east-1' });
    for (const name of ['a', 'b', 'c', 'd']) backlog.putAgent(anAgent(name));
    backlog.putJob(aJob());
    for (const task of tasks) backlog.putTask(task);
    return backlog;
  }

  function steps() {
    return planPlacement({
      backlog: aBacklog(),
      placer: createPlacer(aSnapshot(agents)),
      nominations: createNominations(),
      isComplete: () => true,
      now: START,
    });
  }

  it('gives others a turn every few steps, and decides as in one run', async () => {
    const slicing = inSlices(steps(), slowClock());
    expect(await turnsOf(slicing)).to.be.within(4, 9);
    const sliced = await slicing;
    const whole = await inSlices(steps(), aWorld().clock);
    expect(sliced.bindings).to.deep.equal(whole.bindings);
    expect(sliced.bindings).to.have.length(48);
    expect(sliced.refused).to.have.length(1);
  });

  it('shares each turn with all others who go by the same clock, one after the other', async () => {
    const clock = slowClock();
    const order: string[] = [];
    const all = ['a', 'b', 'c'].map((name) => inSlices(counting(order, name), clock));
    const turns = await turnsOf(Promise.all(all));
    expect(turns).to.be.within(9, 14);
    const changes = order.filter((name, at) => name !== order[at - 1]);
    expect(changes.slice(0, 6).join('')).to.equal('abcabc');
  });
});
