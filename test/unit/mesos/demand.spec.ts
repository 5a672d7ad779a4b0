import { expect } from 'chai';
import { TitanError } from '../../../src/api/error.ts';
import { createDeclines } from '../../../src/mesos/declines.ts';
import { createDemand } from '../../../src/mesos/demand.ts';
import { virtualClock } from '../../../src/runtime/clock.ts';
import { quiet } from '../../support/mesos.ts';

/** A master that hears nothing while it is away. */
function aMaster() {
  const heard: string[] = [];
  const master = {
    heard,
    reachable: true,
    hear(what: string): void {
      if (!master.reachable) throw new TitanError('ServiceUnavailable', 'the master is away');
      heard.push(what);
    },
    revive: async () => master.hear('revive'),
    suppress: async () => master.hear('suppress'),
    decline: async (_: readonly string[], refuseMs: number) => master.hear(`decline ${refuseMs}`),
  };
  return master;
}

function aDemand() {
  const clock = virtualClock();
  const master = aMaster();
  const parts = { master: master as never, clock, log: quiet };
  const declines = createDeclines(parts);
  const giveBack = () => declines.add({ ids: ['o1'], refuseMs: 3_600_000, fate: 'declined' });
  const demand = createDemand({ ...parts, onIdle: giveBack });
  demand.connected();
  return { clock, master, demand };
}

describe('the demand for offers', () => {
  it('is told once, when it goes and when it comes', async () => {
    const { clock, master, demand } = aDemand();
    demand.set(false);
    await clock.advance(1);
    demand.set(true);
    await clock.advance(10_000);
    expect(master.heard).to.deep.equal(['decline 3600000', 'suppress', 'revive']);
  });

  it('revives where the master has heard only that offers were declined for long', async () => {
    const { clock, master, demand } = aDemand();
    master.suppress = async () => {
      throw new TitanError('ServiceUnavailable', 'the answer was lost');
    };
    demand.set(false);
    await clock.advance(1);
    demand.set(true);
    await clock.advance(10_000);
    expect(master.heard).to.deep.equal(['decline 3600000', 'revive']);
  });

  it('revives where offers came and were declined before anybody could be told', async () => {
    const { clock, master, demand } = aDemand();
    demand.disconnected();
    demand.set(false);
    master.suppress = async () => {
      throw new TitanError('ServiceUnavailable', 'the answer was lost');
    };
    demand.connected();
    await clock.advance(1);
    demand.set(true);
    await clock.advance(10_000);
    expect(master.heard.at(-1)).to.equal('revive');
  });

  it('is not outlived by a decline that comes late', async () => {
    const { clock, master, demand } = aDemand();
    master.reachable = false;
    demand.set(false);
    await clock.advance(1);
    demand.set(true);
    await clock.advance(500);
    master.reachable = true;
    await clock.advance(10_000);
    expect(master.heard.toSorted()).to.deep.equal(['decline 5000', 'revive']);
  });
});
