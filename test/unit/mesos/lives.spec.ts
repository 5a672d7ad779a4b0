import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { startOf } from '../../../src/mesos/local/executor/proc.ts';
import type { LocalMesos } from '../../../src/mesos/local/start.ts';
import { until } from '../../support/mesos.ts';
import { type RawFramework, rawFramework } from '../../support/mesos-framework.ts';
import { startMesosIn } from '../../support/mesos-real.ts';

const forever = { command: { value: 'exec sleep 300' } };
const echoProgram = fileURLToPath(
  new URL('../../fixtures/mesos/echo-executor.mjs', import.meta.url),
);

/** Agents and masters that end and begin again in a cluster that goes on, with real processes. */
describe('lives of agents and masters', () => {
  let folder: string;
  let mesos: LocalMesos;
  let framework: RawFramework;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'titan-lives-'));
    mesos = await startMesosIn(folder, '2x4cpu,4GiB');
    framework = rawFramework(mesos.master);
  });

  afterEach(async () => {
    await mesos.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const states = (taskId: string) => framework.statuses(taskId).map(({ state }) => state);
  const agentOf = (taskId: string) => framework.statuses(taskId)[0]?.agent_id?.value;
  const indexOf = (taskId: string) => mesos.agents.findIndex(({ id }) => id === agentOf(taskId));

  /** Of every container that there is. */
  function pids(): readonly number[] {
    const files = readdirSync(join(folder, 'work', 'sandboxes'), { recursive: true })
      .map((name) => join(folder, 'work', 'sandboxes', String(name)))
      .filter((path) => path.endsWith('.executor/pid'));
    return files.map((path) => Number(readFileSync(path, 'utf8')));
  }
  const alive = () => pids().filter((pid) => startOf(pid) !== undefined);

  const echo = () => ({
    type: 'CUSTOM',
    executor_id: { value: 'echo' },
    framework_id: { value: framework.id },
    resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } }],
    command: { shell: false, value: process.execPath, arguments: ['node', echoProgram] },
  });

  it('an agent that restarts alone finds its command, its group and its custom executor', async () => {
    await framework.launch({ name: 'plain', ...forever });
    await framework.launchGroup('pair', [{ name: 'nested', ...forever }]);
    await framework.launch({ name: 'own', executor: echo() });
    const tasks = ['plain', 'nested', 'own'];
    for (const name of tasks) await framework.reached(name, 'TASK_RUNNING');
    const before = alive();
    expect(before).to.have.length(4);
    const ids = mesos.agents.map(({ id }) => id);
    for (const index of mesos.agents.keys()) await mesos.restartAgent(index);
    expect(mesos.agents.map(({ id }) => id)).to.deep.equal(ids);
    expect(alive()).to.deep.equal(before);
    for (const name of tasks) framework.kill(name);
    for (const name of tasks) await framework.reached(name, 'TASK_KILLED');
    for (const name of tasks) expect(states(name)).to.not.include.members(['TASK_LOST']);
  });

  it('an agent that leaves ends its tasks and comes back as another', async () => {
    const deaf = 'trap "" TERM; while :; do sleep 0.1; done';
    await framework.launch({ name: 'lost', command: { value: deaf } });
    await framework.reached('lost', 'TASK_RUNNING');
    const index = indexOf('lost');
    await mesos.restartAgent(index, { leaves: true });
    const { message } = await framework.reached('lost', 'TASK_LOST');
    expect(message).to.match(/removed: the agent unregistered$/);
    await until(() => alive().length === 0, 'the end of its process');
    expect(mesos.agents[index]?.id).to.not.equal(agentOf('lost'));
    expect(mesos.agents[index]?.tasks()).to.deep.equal([]);
  });

  it('an agent that is cut off tells when it is back what happened meanwhile', async () => {
    await framework.launch({
      name: 'quiet',
      command: { value: 'until test -e go; do sleep 0.02; done' },
    });
    await framework.reached('quiet', 'TASK_RUNNING');
    const index = indexOf('quiet');
    mesos.cutOff(index);
    const { hostname = '' } = mesos.agents[index] ?? {};
    writeFileSync(join(folder, 'work', 'sandboxes', hostname, 'quiet', 'go'), '');
    await until(() => mesos.agents[index]?.running === 0, 'its end');
    expect(states('quiet').at(-1)).to.equal('TASK_RUNNING');
    mesos.reconnect(index);
    await framework.reached('quiet', 'TASK_FINISHED');
  });

  for (const keepRegistry of [true, false]) {
    it(`a master that takes over ${keepRegistry ? 'with' : 'without'} the registry knows what agents bring`, async () => {
      await framework.launch({ name: 'kept', ...forever });
      await framework.reached('kept', 'TASK_RUNNING');
      const told = framework.statuses('kept').length;
      mesos.restartMaster({ keepRegistry });
      framework.subscribe(mesos.master);
      framework.send({ type: 'RECONCILE', reconcile: { tasks: [] } });
      const answers = framework.statuses('kept').slice(told);
      expect(answers.map(({ state, reason }) => [state, reason])).to.deep.equal([
        ['TASK_RUNNING', 'REASON_RECONCILIATION'],
      ]);
      framework.kill('kept');
      await framework.reached('kept', 'TASK_KILLED');
    });
  }
});
