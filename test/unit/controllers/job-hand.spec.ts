import { expect } from 'chai';
import { createHand, type HandOptions } from '../../../controllers/job/hand.ts';
import { type JobPlan, planJob } from '../../../controllers/job/plan.ts';
import type { Job } from '../../../src/api/kinds.gen.ts';
import { createRateLimit } from '../../../src/runtime/rate-limit.ts';
import { aJob } from '../../support/builders.ts';
import { aWorld } from '../../support/clock.ts';
import { AN_EMPTY_WORLD } from '../../support/job-world.ts';

/** A hand whose fault domain allows so many launches in a minute. */
function aHand(perMinute: number) {
  const { clock } = aWorld();
  const limit = (most: number) => createRateLimit({ clock, perMinute: () => most });
  const bounds = { launches: limit(perMinute), replacements: limit(9), disruptions: limit(9) };
  const made: string[] = [];
  const hand = createHand({
    clock,
    client: {
      create: async (_: unknown, { metadata }: { metadata: { name: string } }) => {
        made.push(metadata.name);
      },
    },
    home: AN_EMPTY_WORLD.home,
    revisions: { by: () => [] },
    recorder: { normal: () => undefined, warning: () => undefined },
    limits: bounds,
    expectations: { deleted: () => undefined },
  } as unknown as HandOptions);
  return { hand, made };
}

function planned(job: Job): JobPlan {
  const { history: _, ...plan } = planJob(job, { ...AN_EMPTY_WORLD, launchesLeft: 2 });
  return plan;
}

describe('the hand of the job controller', () => {
  it('makes no more than a bound allows for jobs that were planned side by side', async () => {
    const { hand, made } = aHand(2);
    const job = aJob({ location: 'dc1:2' });
    const [first, second] = [planned(job), planned(job)];
    expect([first.creates.length, second.creates.length]).to.deep.equal([2, 2]);
    const results = await Promise.allSettled([hand.do(job, first), hand.do(job, second)]);
    expect(results.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected']);
    expect(results).to.have.nested.property('[1].reason.reason', 'Conflict');
    expect(made).to.have.length(2);
  });

  it('does what no bound holds, however much there is of it', async () => {
    const { hand } = aHand(9);
    const job = aJob({ location: 'dc1:2' });
    const plan = { ...planned(job), creates: [], disrupted: 20 };
    await hand.do(job, { ...plan, forced: 20 });
    const refused = await hand.do(job, { ...plan, forced: 19 }).catch(String);
    expect(refused).to.include('Others have used up');
  });
});
