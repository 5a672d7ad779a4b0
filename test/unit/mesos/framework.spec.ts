import { expect } from 'chai';
import { asTitanError, TitanError } from '../../../src/api/error.ts';
import { masterOver } from '../../../src/mesos/adapter.ts';
import { type RunningFramework, startFramework } from '../../../src/mesos/framework.ts';
import type { Script } from '../../../src/mesos/local/executor/scripted.ts';
import { directTransport } from '../../../src/mesos/local/master/direct.ts';
import type { LocalMaster } from '../../../src/mesos/local/master/master.ts';
import type { FrameworkHost, OperationAt, TaskAt, TaskUpdate } from '../../../src/mesos/port.ts';
import { aLaunch, quiet } from '../../support/mesos.ts';
import { aCluster } from '../../support/mesos-bench.ts';

/** A host that keeps what it is told, and can be made to fail. */
function aHost() {
  const host = {
    id: undefined as string | undefined,
    updates: [] as TaskUpdate[],
    known: [] as TaskAt[],
    operations: [] as OperationAt[],
    failing: false,
    busy: 0,
    busiest: 0,
    async onUpdate(update: TaskUpdate) {
      host.busy += 1;
      host.busiest = Math.max(host.busiest, host.busy);
      await Promise.resolve();
      host.busy -= 1;
      if (host.failing) throw new TitanError('ServiceUnavailable', 'the store is away');
      host.updates.push(update);
    },
    knownTasks: () => host.known,
    knownOperations: () => host.operations,
    liveTasks: () => host.known.length,
    mayTakeNewId: false as boolean,
    async forgetFrameworkId(id: string) {
      if (host.id === id) host.id = undefined;
    },
    loadFrameworkId: async () => host.id,
    async saveFrameworkId(id: string) {
      if (host.id !== undefined && host.id !== id) throw new TitanError('Conflict', 'another id');
      host.id = id;
    },
  };
  return host satisfies FrameworkHost;
}

function aSession(script?: (taskId: string) => Script) {
  const cluster = aCluster(script);
  const { clock, random } = cluster;
  const host = aHost();
  let reached: LocalMaster | undefined = cluster.core;
  const calls: string[] = [];
  const direct = directTransport(() => reached);
  const master = masterOver({
    transport: {
      call(path, call, streamId) {
        calls.push(String(call.type));
        return direct.call(path, call, streamId);
      },
      subscribe: direct.subscribe,
    },
    clock,
    log: quiet,
  });
  const begin = (): RunningFramework =>
    startFramework({
      master,
      framework: { name: 'titan', user: 'root', roles: ['titan'], failoverTimeoutMs: 600_000 },
      host,
      clock,
      random,
      log: quiet,
    });
  return {
    ...cluster,
    host,
    calls,
    master,
    begin,
    framework: begin(),
    reach(next: LocalMaster | undefined) {
      reached = next;
    },
    states: () => host.updates.map(({ taskId, state }) => `${taskId} ${state}`),
    reconnected: (one: RunningFramework) => clock.runUntil(() => one.connected, 120_000),
  };
}

describe('the framework session', () => {
  it('subscribes, stores its id, reconciles and holds offers by agent', async () => {
    const { framework, host, calls, clock, agent, core } = aSession();
    expect(await clock.runUntil(() => framework.offers().size > 0, 5_000)).to.equal(true);
    expect(framework.connected).to.equal(true);
    expect(host.id).to.match(/-0000$/);
    expect(calls).to.include('RECONCILE');
    expect([...framework.offers().keys()]).to.deep.equal([agent.id]);
    await framework.stop();
    core.stop();
  });

  it('launches once on an offer, and acknowledges what is durable', async () => {
    const { framework, clock, agent, core, states, machine } = aSession();
    await clock.runUntil(() => framework.offers().size > 0, 5_000);
    const agentId = agent.id ?? '';
    await framework.launch(agentId, [aLaunch('a'), aLaunch('b')]);
    const thrown = await framework.launch(agentId, [aLaunch('c')]).catch(asTitanError);
    expect(thrown).to.include({ reason: 'Conflict' });
    await clock.runUntil(() => states().length >= 4, 5_000);
    expect(states()).to.have.members([
      'a TASK_STARTING',
      'a TASK_RUNNING',
      'b TASK_STARTING',
      'b TASK_RUNNING',
    ]);
    expect(machine.running).to.equal(2);
    await clock.advance(60_000);
    expect(states()).to.have.length(4);
    await framework.stop();
    core.stop();
  });

  it('leaves an update to be sent again when it can not be made durable', async () => {
    const { framework, clock, agent, core, states, host, calls } = aSession();
    await clock.runUntil(() => framework.offers().size > 0, 5_000);
    host.failing = true;
    await framework.launch(agent.id ?? '', [aLaunch('a')]);
    await clock.advance(9_000);
    expect(calls).not.to.include('ACKNOWLEDGE');
    host.failing = false;
    await clock.runUntil(() => states().length === 2, 30_000);
    expect(states()).to.deep.equal(['a TASK_STARTING', 'a TASK_RUNNING']);
    await framework.stop();
    core.stop();
  });

  it('comes back with the same id after the master is away, and drops its offers', async () => {
    const { framework, clock, core, host, reach, newMaster, agent, reconnected } = aSession();
    await clock.runUntil(() => framework.offers().size > 0, 5_000);
    const id = host.id;
    const changes: string[] = [];
    framework.onChange((what) => changes.push(what));
    reach(undefined);
    core.stop();
    await clock.advance(20_000);
    expect(framework.connected).to.equal(false);
    expect(framework.offers().size).to.equal(0);
    expect(framework.problem).to.match(/master is not there/);
    expect(changes).to.include.members(['offers', 'connection']);
    const next = newMaster();
    agent.disconnect();
    agent.connect(next);
    reach(next);
    expect(await reconnected(framework)).to.equal(true);
    expect(host.id).to.equal(id);
    expect(framework.problem).to.equal(undefined);
    await framework.stop();
    next.stop();
  });

  it('waits ever longer between attempts, at most half a minute', async () => {
    const { framework, clock, core, reach, calls } = aSession();
    await clock.runUntil(() => framework.connected, 5_000);
    reach(undefined);
    core.stop();
    const before = calls.length;
    await clock.advance(3_600_000);
    expect(calls.length).to.equal(before);
    expect(clock.nextAt() - clock.now()).to.be.at.most(30_000);
    await framework.stop();
  });

  it('never takes a new id while tasks are known', async () => {
    const { framework, clock, core, master, host } = aSession();
    await clock.runUntil(() => framework.connected, 5_000);
    host.known = [{ taskId: 'precious' }];
    const changes: string[] = [];
    framework.onChange((what) => changes.push(what));
    const id = host.id;
    await master.teardown();
    await clock.advance(600_000);
    expect(framework.connected).to.equal(false);
    expect(framework.halted).to.match(/removed the framework .* for good, and 1 tasks may live/);
    expect(framework.halted).to.match(/start Titan with --allow-new-framework-id/);
    expect(changes.at(-1)).to.equal('connection');
    expect(host.id).to.equal(id);
    await framework.stop();
    core.stop();
  });

  for (const known of [[], [{ taskId: 'given up' }]]) {
    it(`may take a new id when ${known.length} tasks are known${known.length ? ' and it is told to' : ''}`, async () => {
      const { framework, clock, core, master, host } = aSession();
      host.known = known;
      host.mayTakeNewId = known.length > 0;
      await clock.runUntil(() => framework.connected, 5_000);
      const id = host.id;
      await master.teardown();
      expect(await clock.runUntil(() => framework.connected && host.id !== id, 120_000)).to.equal(
        true,
      );
      await framework.stop();
      core.stop();
    });
  }

  it('declines and suppresses without demand, and revives with it', async () => {
    const { framework, clock, core, calls } = aSession();
    await clock.runUntil(() => framework.offers().size > 0, 5_000);
    framework.setDemand(false);
    expect(framework.offers().size).to.equal(0);
    await clock.advance(600_000);
    expect(framework.offers().size).to.equal(0);
    expect(calls.filter((call) => call === 'DECLINE')).to.have.length(1);
    expect(calls.filter((call) => call === 'SUPPRESS')).to.have.length(1);
    framework.setDemand(true);
    expect(await clock.runUntil(() => framework.offers().size > 0, 2_000)).to.equal(true);
    await framework.stop();
    core.stop();
  });

  it('gives offers back for a moment when they are not used for long', async () => {
    const { framework, clock, core, calls } = aSession();
    await clock.runUntil(() => framework.offers().size > 0, 5_000);
    expect(await clock.runUntil(() => framework.offers().size === 0, 70_000)).to.equal(true);
    expect(calls).to.include('DECLINE');
    expect(await clock.runUntil(() => framework.offers().size === 1, 10_000)).to.equal(true);
    await framework.stop();
    core.stop();
  });

  it('reconciles known tasks in bounded batches', async () => {
    const { framework, clock, core, host, calls } = aSession();
    await clock.runUntil(() => framework.connected, 5_000);
    host.known = Array.from({ length: 2_500 }, (_, index) => ({ taskId: `t${index}` }));
    const before = calls.filter((call) => call === 'RECONCILE').length;
    await framework.reconcile();
    expect(calls.filter((call) => call === 'RECONCILE').length - before).to.equal(4);
    await clock.settle();
    expect(host.updates.filter(({ state }) => state === 'TASK_UNKNOWN')).to.have.length(2_500);
    expect(host.busiest).to.be.at.most(64);
    await framework.stop();
    core.stop();
  });

  it('asks what became of operations whose end is not known, at each connection, in bounded batches', async () => {
    const { framework, clock, core, host, calls, begin, reconnected } = aSession();
    await clock.runUntil(() => framework.connected, 5_000);
    const asked = () => calls.filter((call) => call === 'RECONCILE_OPERATIONS').length;
    expect(asked()).to.equal(0);
    await framework.stop();
    host.operations = Array.from({ length: 2_500 }, (_, index) => ({ operationId: `o${index}` }));
    const next = begin();
    await reconnected(next);
    expect(asked()).to.equal(3);
    await next.stop();
    core.stop();
  });

  it('hears of tasks that end while it is away, and loses none', async () => {
    const { framework, clock, core, agent, begin, states, reconnected, machine } = aSession();
    await clock.runUntil(() => framework.offers().size > 0, 5_000);
    await framework.launch(agent.id ?? '', [aLaunch('a')]);
    await clock.runUntil(() => states().includes('a TASK_RUNNING'), 5_000);
    await framework.stop();
    machine.endTask('a', { how: 'exited', code: 0 });
    await clock.advance(30_000);
    const again = begin();
    expect(await reconnected(again)).to.equal(true);
    await clock.runUntil(() => states().includes('a TASK_FINISHED'), 60_000);
    expect(states().at(-1)).to.equal('a TASK_FINISHED');
    await again.stop();
    core.stop();
  });

  it('tears its new framework down where another id was stored meanwhile', async () => {
    const { framework, clock, core, host, calls } = aSession();
    host.loadFrameworkId = async () => undefined;
    host.id = 'stored-by-another';
    await clock.runUntil(() => calls.includes('TEARDOWN'), 5_000);
    expect(framework.connected).to.equal(false);
    host.loadFrameworkId = async () => host.id;
    expect(await clock.runUntil(() => framework.connected, 120_000)).to.equal(true);
    expect(host.id).to.equal('stored-by-another');
    await framework.stop();
    core.stop();
  });
});
