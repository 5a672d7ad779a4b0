import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import {
  cutByChance,
  drawFaults,
  faultsOf,
  overLink,
  overNetwork,
} from '../../../src/mesos/local/faults.ts';
import type { Sink } from '../../../src/mesos/local/master/state.ts';
import { type FaultRates, NETWORK_FAULTS } from '../../../src/mesos/local/network-faults.ts';
import { virtualClock } from '../../../src/runtime/clock.ts';
import { seededRandom } from '../../../src/runtime/random.ts';
import { aCluster } from '../../support/mesos-bench.ts';
import { rawFramework } from '../../support/mesos-framework.ts';

function overFaults(rates: FaultRates) {
  const { clock, core, random } = aCluster();
  const framework = rawFramework(overNetwork(core, drawFaults(rates, random), clock));
  return { clock, core, framework };
}

describe('faults of the local Mesos', () => {
  it('lose acknowledgements: what follows an update never comes', async () => {
    const { clock, core, framework } = overFaults({ acknowledge: 1 });
    await framework.launch({ name: 'a', command: { value: 'true' } });
    await clock.advance(200_000);
    expect(framework.statuses('a').map(({ state }) => state)).to.deep.equal(['TASK_STARTING']);
    core.stop();
  });

  it('lose kills: the task runs on', async () => {
    const { clock, core, framework } = overFaults({ kill: 1 });
    await framework.launch({ name: 'a', command: { value: 'true' } });
    await clock.advance(100);
    framework.kill('a');
    await clock.advance(100_000);
    expect(framework.statuses('a').at(-1)?.state).to.equal('TASK_RUNNING');
    core.stop();
  });

  it('cut the connection at a call, which is lost with it', async () => {
    const { clock, core, framework } = overFaults({ cut: 1 });
    const reply = framework.send({ type: 'SUPPRESS' });
    expect(reply).to.deep.equal({ status: 503, body: 'The connection broke' });
    expect(framework.send({ type: 'SUPPRESS' })).to.deep.include({ status: 503 });
    const again = core.scheduler(
      { type: 'SUPPRESS', framework_id: { value: framework.id } },
      { streamId: 'any' },
    );
    expect(again).to.deep.equal({ status: 403, body: 'Framework is not subscribed' });
    await clock.settle();
    core.stop();
  });

  it('bring updates late, but no more than 20 seconds', async () => {
    const { clock, core, framework } = overFaults({ delay: 1 });
    await framework.launch({ name: 'a', command: { value: 'true' } });
    await clock.advance(10);
    expect(framework.statuses('a')).to.deep.equal([]);
    await clock.advance(20_000);
    expect(framework.statuses('a')[0]?.state).to.equal('TASK_STARTING');
    core.stop();
  });

  it('bring updates twice, within 20 seconds', async () => {
    const { clock, core, random } = aCluster();
    const heard: string[] = [];
    const network = overNetwork(core, drawFaults({ repeat: 1 }, random), clock);
    const framework = rawFramework({
      ...network,
      scheduler: (call, { open, ...from }) =>
        network.scheduler(call, {
          ...from,
          ...(open ? { open: (id) => listened(open(id)) } : {}),
        }),
    });
    function listened(sink: Sink): Sink {
      return {
        send(event) {
          if (event.update) heard.push(event.update.status.uuid ?? '');
          sink.send(event);
        },
        end: () => sink.end(),
      };
    }
    await framework.launch({ name: 'a', command: { value: 'true' } });
    await clock.advance(20_100);
    expect(new Set(heard).size).to.equal(2);
    expect(heard).to.have.length(4);
    core.stop();
  });

  it('cut agents off for up to a minute, until it is told to end', async () => {
    const clock = virtualClock();
    const random = seededRandom(3);
    const away = new Set<number>();
    let cuts = 0;
    const agents = {
      count: 3,
      isConnected: (index: number) => !away.has(index),
      cutOff(index: number) {
        cuts += 1;
        away.add(index);
      },
      reconnect: (index: number) => void away.delete(index),
    };
    const { stop } = cutByChance(agents, drawFaults({ partition: 1 }, random), { clock, random });
    await clock.advance(10_000);
    expect(away.size).to.equal(3);
    await clock.advance(600_000);
    expect(cuts).to.be.greaterThan(15);
    stop();
    expect(clock.nextAt()).to.equal(Number.POSITIVE_INFINITY);
  });

  it('break the connection to an agent at a message, which is lost with it, for up to a minute', async () => {
    const { clock, core, random, agent } = aCluster();
    const faults = drawFaults({ 'agent-kill': 1 }, random);
    const cuts = cutByChance(
      {
        count: 1,
        isConnected: () => agent.isConnected,
        cutOff: () => agent.disconnect(),
        reconnect: () => agent.connect(registrar),
      },
      faults,
      { clock, random },
    );
    const registrar = overLink(() => core, { index: 0, faults, cuts, clock });
    agent.disconnect();
    agent.connect(registrar);
    const framework = rawFramework(core);
    await clock.advance(1_000);
    await framework.launch({ name: 'a', command: { value: 'true' } });
    await clock.advance(1_000);
    framework.kill('a');
    await clock.advance(1);
    expect(agent.isConnected).to.equal(false);
    await clock.advance(60_000);
    expect(agent.isConnected).to.equal(true);
    cuts.stop();
    core.stop();
  });

  it('have each a row in the docs', () => {
    const rows = readFileSync('docs/operating.md', 'utf8').matchAll(
      /^\| `([a-z-]+)` \| (.*) \|$/gm,
    );
    const shown = new Map([...rows].map(([, name, what]) => [name, what]));
    for (const [name, what] of Object.entries(NETWORK_FAULTS)) {
      expect(shown.get(name), name).to.equal(what);
    }
  });

  it('are read from name=share', () => {
    expect(faultsOf([])).to.deep.equal({});
    expect(faultsOf(['cut=0.01', 'delay=1'])).to.deep.equal({ faults: { cut: 0.01, delay: 1 } });
    for (const bad of ['cut', 'cut=', 'cut=2', 'cut=-1', 'none=0.1', 'cut=0.1=0', 'cut=x']) {
      expect(() => faultsOf([bad]), bad).to.throw(/expected one of acknowledge, kill, cut/);
    }
  });
});
