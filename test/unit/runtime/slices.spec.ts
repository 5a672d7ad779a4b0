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
function slowClock(): { readonly clock: Clock; readonly turns: () => number } {
  let [now, turns] = [START, 0];
  const clock: Clock = {
    ...aWorld().clock,
    now: () => now++,
    async sleep() {
      turns += 1;
    },
  };
  return { clock, turns: () => turns };
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
    const { clock, turns } = slowClock();
    const sliced = await inSlices(steps(), clock);
    const whole = await inSlices(steps(), aWorld().clock);
    expect(turns()).to.be.within(4, 8);
    expect(sliced.bindings).to.deep.equal(whole.bindings);
    expect(sliced.bindings).to.have.length(48);
    expect(sliced.refused).to.have.length(1);
  });
});
