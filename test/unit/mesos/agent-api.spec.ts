import { expect } from 'chai';
import fc from 'fast-check';
import type { LocalAgent } from '../../../src/mesos/local/agent/agent.ts';
import { answerExecutor } from '../../../src/mesos/local/agent/executor-api.ts';
import { History } from '../../../src/mesos/local/agent/history.ts';
import { answerAgentCall } from '../../../src/mesos/local/agent/operator/calls.ts';
import { answerGet } from '../../../src/mesos/local/agent/operator/legacy.ts';
import type { ExecutorStream } from '../../../src/mesos/local/executor/custom-executor.ts';
import type { Launcher } from '../../../src/mesos/local/executor/launcher.ts';
import { readJson } from '../../../src/mesos/local/http-exchange.ts';
import type { Reply } from '../../../src/mesos/local/master/master.ts';
import type { V1ExecutorEvent } from '../../../src/mesos/v1-executor.ts';
import { aCluster } from '../../support/mesos-bench.ts';
import { rawFramework } from '../../support/mesos-framework.ts';

const uuid = Buffer.alloc(16).toString('base64');
const resources = [
  { name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } },
  { name: 'mem', type: 'SCALAR', scalar: { value: 32 } },
];

/** A cluster with a framework that launched one task on an executor of its own. */
async function anExecutor({ hasApi = true } = {}) {
  const cluster = aCluster(undefined, hasApi);
  const { core, clock, agent } = cluster;
  const framework = rawFramework(core);
  const executor = {
    type: 'CUSTOM',
    executor_id: { value: 'own' },
    framework_id: { value: framework.id },
    resources,
    command: { value: 'run' },
  };
  await clock.advance(1_000);
  await framework.launch({ name: 'x', executor });
  const heard: V1ExecutorEvent[] = [];
  let leave = () => {};
  const ids = { framework_id: { value: framework.id }, executor_id: { value: 'own' } };
  const call = (body: object, whose: object = ids) =>
    answerExecutor(agent, { ...whose, ...body }, (closed) => {
      const stream: ExecutorStream = { send: (event) => heard.push(event), end() {} };
      leave = () => closed(stream);
      return stream;
    });
  const status = {
    task_id: { value: 'x' },
    state: 'TASK_RUNNING',
    source: 'SOURCE_EXECUTOR',
    uuid,
  };
  const types = () => heard.map(({ type }) => type);
  return { ...cluster, framework, call, status, types, executor, leave: () => leave() };
}

describe('the executor API of a local agent', () => {
  const invalid = 'Failed to validate executor::Call:';
  const cases: readonly {
    readonly name: string;
    readonly body: object;
    readonly whose?: object;
    readonly status: number;
    readonly says: string;
  }[] = [
    {
      name: 'no type',
      body: {},
      status: 400,
      says: `${invalid} Expecting 'type' to be present`,
    },
    {
      name: 'no part',
      body: { type: 'UPDATE' },
      status: 400,
      says: `${invalid} Expecting 'update' to be present`,
    },
    {
      name: 'nobody',
      body: { type: 'MESSAGE', message: { data: '' } },
      whose: {},
      status: 400,
      says: 'Failed to convert JSON into Call protobuf: Missing required fields: framework_id, executor_id',
    },
    {
      name: 'a framework that is not there',
      body: { type: 'MESSAGE', message: { data: '' } },
      whose: { framework_id: { value: 'none' }, executor_id: { value: 'own' } },
      status: 400,
      says: 'Framework cannot be found',
    },
    {
      name: 'one that did not subscribe',
      body: { type: 'MESSAGE', message: { data: '' } },
      status: 403,
      says: 'Executor is not subscribed',
    },
    {
      name: 'data that is not base64',
      body: { type: 'MESSAGE', message: { data: '!' } },
      status: 400,
      says: "Failed to convert JSON into Call protobuf: Failed to base64 decode bytes field 'data': Invalid character '!'",
    },
    {
      name: 'an update without a uuid',
      body: {
        type: 'UPDATE',
        update: { status: { task_id: { value: 'x' }, state: 'TASK_RUNNING' } },
      },
      status: 400,
      says: `${invalid} Expecting 'uuid' to be present`,
    },
  ];
  for (const { name, body, whose, status, says } of cases) {
    it(`refuses ${name}`, async () => {
      const { call, core } = await anExecutor();
      expect(call(body, whose)).to.deep.equal({ status, body: says });
      core.stop();
    });
  }

  it('gives tasks that waited to who subscribes, and counts an update once', async () => {
    const { call, clock, framework, status, types, core } = await anExecutor();
    await clock.advance(1_000);
    call({ type: 'SUBSCRIBE', subscribe: {} });
    expect(types()).to.deep.equal(['SUBSCRIBED', 'LAUNCH']);
    const update = { type: 'UPDATE', update: { status } };
    expect([call(update), call(update)]).to.deep.equal([{ status: 202 }, { status: 202 }]);
    await clock.advance(100);
    expect(framework.statuses('x').map(({ state }) => state)).to.deep.equal(['TASK_RUNNING']);
    expect(types().slice(2)).to.deep.equal(['ACKNOWLEDGED', 'ACKNOWLEDGED']);
    core.stop();
  });

  it('fails the tasks of one that does not subscribe within a minute', async () => {
    const { clock, framework, core, agent } = await anExecutor();
    await clock.advance(61_000);
    const [status] = framework.statuses('x');
    expect([status?.state, status?.reason, status?.message]).to.deep.equal([
      'TASK_FAILED',
      'REASON_EXECUTOR_REGISTRATION_TIMEOUT',
      'Executor did not register within 1mins',
    ]);
    expect(agent.executors.all()).to.deep.equal([]);
    const failure = framework.events.find((event) => event.failure)?.failure;
    expect(failure?.status).to.equal(9);
    core.stop();
  });

  it('kills a task that waits, and delivers a kill that came while nobody was subscribed', async () => {
    const { call, clock, framework, status, types, core, executor, leave } = await anExecutor();
    await clock.advance(1_000);
    await framework.launch({ name: 'y', executor });
    framework.kill('y');
    await clock.advance(100);
    expect(framework.statuses('y')[0]?.reason).to.equal('REASON_TASK_KILLED_DURING_LAUNCH');
    call({ type: 'SUBSCRIBE', subscribe: {} });
    call({ type: 'UPDATE', update: { status } });
    leave();
    framework.kill('x');
    expect(types().at(-1)).to.equal('ACKNOWLEDGED');
    call({ type: 'SUBSCRIBE', subscribe: {} });
    expect(types().slice(-2)).to.deep.equal(['SUBSCRIBED', 'KILL']);
    core.stop();
  });

  it('is needed by an executor of a framework', async () => {
    const { clock, framework, core, agent } = await anExecutor({ hasApi: false });
    await clock.advance(100);
    const [status] = framework.statuses('x');
    expect([status?.state, status?.message]).to.deep.equal([
      'TASK_FAILED',
      'The agent serves no HTTP API that an executor could speak to',
    ]);
    expect(agent.executors.all()).to.deep.equal([]);
    core.stop();
  });

  it('has what its tasks are launched with; a task fails where that cannot be', async () => {
    const { machine, framework, core, clock, executor } = await anExecutor();
    const lent: string[] = [];
    const lend: Launcher['lend'] = (order, resources) => {
      lent.push(`${order.holder?.info.executor_id?.value} ${resources.map(({ name }) => name)}`);
      return 'no such volume';
    };
    Object.assign(machine, { lend });
    await clock.advance(6_000);
    await framework.launch({ name: 'y', executor });
    await clock.advance(100);
    const [status] = framework.statuses('y');
    expect(lent).to.deep.equal(['own cpus,mem']);
    expect([status?.state, status?.reason, status?.message]).to.deep.equal([
      'TASK_FAILED',
      'REASON_CONTAINER_LAUNCH_FAILED',
      'no such volume',
    ]);
    core.stop();
  });

  it('leaves with the agent that unregisters', async () => {
    const { call, clock, types, core, agent, machine } = await anExecutor();
    await clock.advance(1_000);
    call({ type: 'SUBSCRIBE', subscribe: {} });
    agent.unregister();
    expect(types().at(-1)).to.equal('SHUTDOWN');
    await clock.advance(6_000);
    expect(machine.running).to.equal(0);
    expect(agent.executors.all()).to.deep.equal([]);
    core.stop();
  });
});

describe('the operator API of a local agent', () => {
  it('answers whatever it is asked, in the recorded forms', async () => {
    const { agent, core } = await anExecutor();
    const own = agent.executors.all()[0]?.containerId ?? '';
    const word = fc.constantFrom('', 'x', own, 'a/b', '..', '/');
    const anything = fc.oneof(word, fc.jsonValue({ maxDepth: 2 }));
    const id = fc.oneof(
      fc.record({ value: word }),
      fc.record({ value: word, parent: fc.record({ value: word }) }),
      anything,
    );
    const part = fc.oneof(
      fc.record({ container_id: id, command: fc.record({ value: word }) }),
      fc.record({ path: anything, offset: fc.oneof(fc.integer(), anything) }),
      anything,
    );
    const type = fc.constantFrom(
      'GET_STATE',
      'GET_CONTAINERS',
      'LIST_FILES',
      'READ_FILE',
      'LAUNCH_CONTAINER',
      'LAUNCH_NESTED_CONTAINER_SESSION',
      'ATTACH_CONTAINER_OUTPUT',
      'WAIT_CONTAINER',
      'KILL_CONTAINER',
      'REMOVE_CONTAINER',
      'PRUNE_IMAGES',
      'nothing',
    );
    const exchange = { open: () => ({ send() {}, end() {} }), onGone() {} };
    await fc.assert(
      fc.asyncProperty(type, part, async (asked, with_) => {
        const call = readJson(JSON.stringify({ type: asked, [asked.toLowerCase()]: with_ }));
        const answer = await answerAgentCall(agent, call, exchange);
        expect([200, 202, 400, 404, 500, 501, 503]).to.include(answer?.status ?? 200);
      }),
      { numRuns: 2_000 },
    );
    core.stop();
  });

  const command = { value: 'run' };

  interface Shown {
    readonly get_tasks: { readonly completed_tasks: readonly { task_id: { value: string } }[] };
    readonly get_executors: {
      readonly completed_executors: readonly {
        executor_info: { executor_id: { value: string } };
      }[];
    };
    readonly get_frameworks: { readonly frameworks: []; readonly completed_frameworks: [] };
  }

  const ask = async (agent: LocalAgent, type: string) => {
    const exchange = { open: () => ({ send() {}, end() {} }), onGone() {} };
    const answer = await answerAgentCall(agent, { type }, exchange);
    const body: Record<string, unknown> = { ...(answer?.body as object) };
    return body[type.toLowerCase()];
  };

  it('shows what ended: tasks, executors and frameworks, as the older endpoint does', async () => {
    const script = (taskId: string) => ({
      startMs: 10,
      ...(taskId === 'long' ? {} : { runMs: 50 }),
    });
    const { core, agent, clock } = aCluster(script);
    const framework = rawFramework(core);
    await clock.advance(1_000);
    const shown = async () => {
      const { get_tasks, get_executors, get_frameworks } = (await ask(agent, 'GET_STATE')) as Shown;
      return {
        tasks: get_tasks.completed_tasks.map(({ task_id }) => task_id.value),
        executors: get_executors.completed_executors.map(
          ({ executor_info }) => executor_info.executor_id.value,
        ),
        frameworks: [get_frameworks.frameworks.length, get_frameworks.completed_frameworks.length],
      };
    };
    await framework.launch({ name: 'long', command });
    await clock.advance(6_000);
    await framework.launch({ name: 'short', command });
    await clock.advance(6_000);
    await framework.launchGroup('both', [
      { name: 'a', command },
      { name: 'b', command },
    ]);
    await clock.advance(1_000);
    expect(await shown()).to.deep.equal({
      tasks: ['short', 'a', 'b'],
      executors: ['both', 'short'],
      frameworks: [1, 0],
    });
    const older = (answerGet(agent, '/state', new URLSearchParams()) as Reply).body as {
      readonly frameworks: readonly {
        readonly completed_executors: readonly {
          readonly id: string;
          readonly completed_tasks: readonly { readonly id: string; readonly state: string }[];
        }[];
      }[];
    };
    const ended = older.frameworks[0]?.completed_executors.map(({ id, completed_tasks }) => [
      id,
      completed_tasks.map((task) => `${task.id} ${task.state}`),
    ]);
    expect(ended).to.deep.equal([
      ['both', ['a TASK_FINISHED', 'b TASK_FINISHED']],
      ['short', ['short TASK_FINISHED']],
    ]);
    framework.kill('long');
    await clock.advance(10_000);
    expect((await shown()).frameworks).to.deep.equal([0, 1]);
    await framework.launch({ name: 'again', command });
    expect((await shown()).frameworks).to.deep.equal([1, 0]);
    core.stop();
  });

  it('measures what it has, what is used of it, and what runs', async () => {
    const { core, agent, clock } = aCluster();
    const framework = rawFramework(core);
    await clock.advance(1_000);
    await framework.launch({ name: 'long', command });
    await clock.advance(1_000);
    const { metrics } = (await ask(agent, 'GET_METRICS')) as {
      readonly metrics: readonly { readonly name: string; readonly value: number }[];
    };
    const values = Object.fromEntries(metrics.map(({ name, value }) => [name.slice(6), value]));
    expect(values).to.include({
      cpus_total: 4,
      tasks_running: 1,
      executors_running: 1,
      frameworks_active: 1,
      registered: 1,
    });
    expect(values.cpus_used).to.be.within(0.1, 1.1);
    const { body } = answerGet(agent, '/metrics/snapshot', new URLSearchParams()) as Reply;
    expect(Object.keys(body as object)).to.deep.equal(metrics.map(({ name }) => name));
    core.stop();
  });
});

describe('what ended on an agent', () => {
  it('is kept up to a bound, the newest', () => {
    const history = new History(2);
    const info = { user: 'u', name: 'n' };
    for (const id of ['a', 'b', 'b', 'c']) history.addFramework(id, info);
    expect(history.frameworks.map(({ id }) => id)).to.deep.equal(['b', 'c']);
    const none = new History(0);
    none.addFramework('a', info);
    expect(none.frameworks).to.deep.equal([]);
  });
});
