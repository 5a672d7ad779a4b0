import { expect } from 'chai';
import { waitingIn } from '../../../controllers/placement/plan.ts';
import type { Job } from '../../../src/api/kinds.gen.ts';
import { createBacklog } from '../../../src/scheduling/backlog/backlog.ts';
import { givenOf, heldTaskOf } from '../../../src/scheduling/objects/view.ts';
import { createPlacer } from '../../../src/scheduling/place/placer.ts';
import { createNominations } from '../../../src/scheduling/preemption/nominations.ts';
import { planStops } from '../../../src/scheduling/preemption/stops.ts';
import { aJob, anAgent, aTask } from '../../support/builders.ts';
import { START } from '../../support/clock.ts';
import { aSnapshot, aView } from '../../support/scheduling.ts';

const HOUR = 3_600_000;

/** How many of four tasks of one cpu, on an agent of four, are stopped for an urgent one of `cpus`. */
function stoppedFor(cpus: number, disruptionBudget: Job['spec']['disruptionBudget']): number {
  const snapshot = aSnapshot([aView('a', { cpus: 4 })]);
  const backlog = createBacklog({ name: 'dc1', region: 'us-east-1' });
  backlog.putAgent(anAgent('a'));
  const low = aJob({ location: 'dc1:4', ...(disruptionBudget ? { disruptionBudget } : {}) });
  const high = {
    ...aJob({ priority: 9 }),
    metadata: { ...low.metadata, name: 'high', uid: 'high' },
  };
  backlog.putJob(low);
  backlog.putJob(high);
  for (const slot of [0, 1, 2, 3]) {
    const task = aTask(`${slot}#0 Running`);
    const here = { ...task, status: { ...task.status, agent: 'a' } } as const;
    backlog.putTask(here);
    snapshot.hold(heldTaskOf(here), 'a', givenOf(here));
  }
  const task = aTask('9#0 Pending');
  const urgent = { ...task, spec: { ...task.spec, jobName: 'high', cpus } };
  backlog.putTask(urgent);
  const placer = createPlacer(snapshot);
  const now = START + HOUR;
  const world = { backlog, placer, now, isComplete: () => true };
  const entry = backlog.entry(urgent.metadata.uid);
  const plans = planStops({
    ...world,
    nominations: createNominations(),
    home: 'dc1',
    refused: entry === undefined ? [] : [entry],
    waiting: waitingIn(world),
  });
  return plans.reduce((sum, { victims }) => sum + victims.length, 0);
}

describe('what preemption asks of the disruption budgets', () => {
  const cases: readonly [number, Job['spec']['disruptionBudget'], number][] = [
    [1, { maxUnavailable: 2 }, 1],
    [2, { maxUnavailable: 2 }, 2],
    [3, { maxUnavailable: 2 }, 0],
    [3, { minAvailable: 1 }, 3],
    [2, { minAvailable: 3 }, 0],
    [1, { maxUnavailable: 2, timeWindows: [{ days: ['Sunday'], from: '00:00', to: '00:01' }] }, 0],
    [4, { unlimited: true }, 4],
  ];
  for (const [cpus, budget, stopped] of cases) {
    it(`stops ${stopped} for one of ${cpus} cpus with ${JSON.stringify(budget)}`, () => {
      expect(stoppedFor(cpus, budget)).to.equal(stopped);
    });
  }
});
