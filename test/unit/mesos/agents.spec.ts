import { expect } from 'chai';
import { LocalAgent } from '../../../src/mesos/local/agent/agent.ts';
import { memoryVault } from '../../../src/mesos/local/vault.ts';
import type { V1Event } from '../../../src/mesos/v1.ts';
import { quiet, recordedAgent } from '../../support/mesos.ts';
import { aCluster } from '../../support/mesos-bench.ts';

/** Agents that go and come, told as in the recordings of folders 09, 14 and 15. */
describe('agents that come and go', () => {
  function aFramework(capabilities: readonly string[]) {
    const cluster = aCluster();
    const { core, clock, agent } = cluster;
    const events: V1Event[] = [];
    let streamId = '';
    const framework_info = {
      user: 'root',
      name: 'f',
      roles: ['*'],
      capabilities: ['MULTI_ROLE', ...capabilities].map((type) => ({ type })),
      failover_timeout: 600,
    };
    core.scheduler(
      { type: 'SUBSCRIBE', subscribe: { framework_info } },
      {
        open(id) {
          streamId = id;
          return { send: (event) => events.push(event), end() {} };
        },
      },
    );
    const framework_id = events[0]?.subscribed?.framework_id;
    const send = (call: object, master = core) =>
      master.scheduler({ framework_id, ...call }, { streamId });
    const launch = async () => {
      const offer = events.findLast(({ offers }) => offers)?.offers?.offers?.[0];
      const resources = [{ name: 'cpus', type: 'SCALAR', scalar: { value: 1 } }];
      const task = {
        name: 't',
        task_id: { value: 't' },
        agent_id: offer?.agent_id,
        resources,
        command: { value: 'true' },
      };
      send({
        type: 'ACCEPT',
        accept: {
          offer_ids: [offer?.id],
          operations: [{ type: 'LAUNCH', launch: { task_infos: [task] } }],
        },
      });
      await clock.advance(100);
      acknowledgeAll();
      await clock.advance(100);
      acknowledgeAll();
    };
    const acknowledgeAll = () => {
      for (const { update } of [...events]) {
        if (!update?.status.uuid) continue;
        const { agent_id, task_id, uuid } = update.status;
        send({ type: 'ACKNOWLEDGE', acknowledge: { agent_id, task_id, uuid } });
      }
    };
    const told = () =>
      events.flatMap(({ update, failure, rescind }) => {
        if (failure) return [`FAILURE ${failure.agent_id?.value === agent.id}`];
        if (rescind) return ['RESCIND'];
        if (!update) return [];
        const { state, source, reason = '-', message = '-' } = update.status;
        return [`${state} ${source} ${reason} ${message}`];
      });
    return { ...cluster, events, send, launch, told };
  }

  const kinds = [
    { name: 'partition-aware', capabilities: ['PARTITION_AWARE'], lost: 'TASK_UNREACHABLE' },
    { name: 'other', capabilities: [], lost: 'TASK_LOST' },
  ];
  for (const { name, capabilities, lost } of kinds) {
    it(`tells a ${name} framework of an agent that is away too long, and of its return`, async () => {
      const { launch, clock, agent, core, told, newAgent, machine, send } =
        aFramework(capabilities);
      await launch();
      await clock.advance(1_000);
      agent.stop({ keepTasks: true });
      const before = told().length;
      await clock.advance(6_000);
      expect(told().slice(before)).to.deep.equal([
        `${lost} SOURCE_MASTER REASON_AGENT_REMOVED health check timed out`,
        'FAILURE true',
      ]);
      send({ type: 'RECONCILE', reconcile: { tasks: [] } });
      send({ type: 'RECONCILE', reconcile: { tasks: [{ task_id: { value: 't' } }] } });
      expect(told().slice(before + 2)).to.deep.equal([
        `${lost} SOURCE_MASTER REASON_RECONCILIATION Reconciliation: Task is unreachable`,
      ]);
      expect(machine.running).to.equal(1);
      const next = newAgent();
      next.connect(core);
      expect(next.id).to.equal(agent.id);
      expect(told().slice(before + 3)).to.deep.equal([
        'TASK_RUNNING SOURCE_MASTER REASON_AGENT_REREGISTERED Unreachable agent re-reregistered',
      ]);
      const unknown = { task_id: { value: 'unknown' }, agent_id: { value: next.id } };
      send({ type: 'RECONCILE', reconcile: { tasks: [unknown] } });
      expect(told().at(-1)).to.match(/Reconciliation: Task is unknown to the agent$/);
      core.stop();
    });
  }

  it('tells nothing of an agent that restarts in time', async () => {
    const { launch, clock, agent, core, told, newAgent, machine } = aFramework(['PARTITION_AWARE']);
    await launch();
    agent.stop({ keepTasks: true });
    const before = told().length;
    await clock.advance(2_000);
    newAgent().connect(core);
    await clock.advance(60_000);
    expect(told().slice(before)).to.deep.equal([]);
    expect(machine.running).to.equal(1);
    core.stop();
  });

  it('rescinds the offers of an agent at once', async () => {
    const { clock, agent, core, told } = aFramework([]);
    await clock.settle();
    agent.disconnect();
    expect(told()).to.deep.equal(['RESCIND']);
    core.stop();
  });

  it('gives tasks up whose agent left, or was replaced at its address', async () => {
    for (const how of ['unregistered', 'replaced'] as const) {
      const { launch, agent, core, told, clock, random, machine } = aFramework(['PARTITION_AWARE']);
      await launch();
      const before = told().length;
      if (how === 'unregistered') agent.unregister();
      else {
        const info = recordedAgent;
        const vault = memoryVault();
        new LocalAgent({ info, launcher: machine, vault, clock, random, log: quiet }).connect(core);
      }
      const why =
        how === 'unregistered'
          ? 'the agent unregistered'
          : 'a new agent registered at the same address';
      const [update, failure] = told()
        .slice(before)
        .filter((line) => line !== 'RESCIND');
      expect(update).to.equal(
        `TASK_LOST SOURCE_MASTER REASON_AGENT_REMOVED Agent localhost removed: ${why}`,
      );
      expect(failure).to.match(/^FAILURE/);
      core.stop();
    }
  });

  it('keeps the registry over a restart: no answer for agents that may still return', async () => {
    const { launch, core, agent, newMaster, newAgent, events } = aFramework(['PARTITION_AWARE']);
    await launch();
    const id = events[0]?.subscribed?.framework_id;
    core.stop();
    agent.stop({ keepTasks: true });
    const master = newMaster();
    const seen: V1Event[] = [];
    let streamId = '';
    const framework_info = {
      user: 'root',
      name: 'f',
      id,
      roles: ['*'],
      capabilities: ['MULTI_ROLE', 'PARTITION_AWARE'].map((type) => ({ type })),
      failover_timeout: 600,
    };
    master.scheduler(
      { type: 'SUBSCRIBE', framework_id: id, subscribe: { framework_info } },
      {
        open(given) {
          streamId = given;
          return { send: (event) => seen.push(event), end() {} };
        },
      },
    );
    const ask = () =>
      master.scheduler(
        {
          type: 'RECONCILE',
          framework_id: id,
          reconcile: { tasks: [{ task_id: { value: 't' }, agent_id: { value: agent.id } }] },
        },
        { streamId },
      );
    ask();
    expect(seen.filter(({ update }) => update)).to.deep.equal([]);
    newAgent().connect(master);
    expect(seen.filter(({ update }) => update)).to.deep.equal([]);
    ask();
    expect(seen.find(({ update }) => update)?.update?.status).to.include({
      state: 'TASK_RUNNING',
      reason: 'REASON_RECONCILIATION',
    });
    master.stop();
  });

  it('tells of a task whose executor was killed', async () => {
    const { launch, core, told, machine } = aFramework(['PARTITION_AWARE']);
    await launch();
    machine.endTask('t', { how: 'executorLost' });
    expect(told().at(-1)).to.equal(
      'TASK_FAILED SOURCE_AGENT REASON_EXECUTOR_TERMINATED Executor terminated',
    );
    core.stop();
  });

  it('kills, when the agent is back, what was to be killed while it was away', async () => {
    const { launch, core, agent, clock, machine, send } = aFramework(['PARTITION_AWARE']);
    await launch();
    agent.disconnect();
    send({ type: 'KILL', kill: { task_id: { value: 't' } } });
    await clock.advance(1_000);
    expect(machine.running).to.equal(1);
    agent.connect(core);
    expect(machine.running).to.equal(0);
    core.stop();
  });
});
