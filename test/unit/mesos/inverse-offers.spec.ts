import { expect } from 'chai';
import { aCluster } from '../../support/mesos-bench.ts';
import { rawFramework } from '../../support/mesos-framework.ts';

const unavailability = { start: { nanoseconds: 1e18 } };

describe('inverse offers', () => {
  const answers = [
    { type: 'ACCEPT_INVERSE_OFFERS', part: 'accept_inverse_offers', seconds: 60, waitsMs: 60_000 },
    { type: 'DECLINE_INVERSE_OFFERS', part: 'decline_inverse_offers', seconds: -1, waitsMs: 5_000 },
  ];
  for (const { type, part, seconds, waitsMs } of answers) {
    it(`are made again when the filter of ${type} ends, until the machine is no more to be away`, async () => {
      const { clock, core } = aCluster();
      const framework = rawFramework(core);
      const asked = () =>
        framework.events.flatMap((one) => one.inverse_offers?.inverse_offers ?? []);
      const plan = (windows: readonly object[]) =>
        core.operator({
          type: 'UPDATE_MAINTENANCE_SCHEDULE',
          update_maintenance_schedule: { schedule: { windows } },
        });
      const answer = (at: number) =>
        framework.send({
          type,
          [part]: { inverse_offer_ids: [asked()[at]?.id], filters: { refuse_seconds: seconds } },
        });
      await framework.launch({ name: 'holder', command: { value: 'sleep' } });
      plan([{ machine_ids: [{ hostname: 'localhost' }], unavailability }]);
      await clock.advance(120_000);
      expect(asked(), 'before an answer').to.have.length(1);
      answer(0);
      await clock.advance(waitsMs - 1);
      expect(asked(), 'while the filter holds').to.have.length(1);
      await clock.advance(1);
      expect(asked(), 'when it ends').to.have.length(2);
      answer(1);
      plan([]);
      await clock.advance(2 * waitsMs);
      expect(asked(), 'after the plan').to.have.length(2);
      core.stop();
    });
  }

  it('are made again at REVIVE, which ends the filters of answers', async () => {
    const { clock, core } = aCluster();
    const framework = rawFramework(core);
    const asked = () => framework.events.flatMap((one) => one.inverse_offers?.inverse_offers ?? []);
    await framework.launch({ name: 'holder', command: { value: 'sleep' } });
    const windows = [{ machine_ids: [{ hostname: 'localhost' }], unavailability }];
    core.operator({
      type: 'UPDATE_MAINTENANCE_SCHEDULE',
      update_maintenance_schedule: { schedule: { windows } },
    });
    await clock.advance(1_000);
    const filters = { refuse_seconds: 3_600 };
    framework.send({
      type: 'DECLINE_INVERSE_OFFERS',
      decline_inverse_offers: { inverse_offer_ids: [asked()[0]?.id], filters },
    });
    await clock.advance(60_000);
    expect(asked(), 'while the filter holds').to.have.length(1);
    framework.send({ type: 'REVIVE', revive: {} });
    await clock.advance(1_000);
    expect(asked(), 'after REVIVE').to.have.length(2);
    core.stop();
  });
});
