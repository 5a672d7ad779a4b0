import { expect } from 'chai';
import fc from 'fast-check';
import { answerExecutor } from '../../../src/mesos/local/agent/executor-api.ts';
import { answerAgentCall } from '../../../src/mesos/local/agent/operator/calls.ts';
import type { ExecutorStream } from '../../../src/mesos/local/executor/custom-executor.ts';
import { readJson } from '../../../src/mesos/local/http-exchange.ts';
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
});
