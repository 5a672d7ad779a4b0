import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { signal, startOf } from '../../../src/mesos/local/executor/proc.ts';
import type { LocalMesos } from '../../../src/mesos/local/start.ts';
import type { V1Task } from '../../../src/mesos/v1.ts';
import { readFixture, until } from '../../support/mesos.ts';
import { type RawFramework, rawFramework } from '../../support/mesos-framework.ts';
import { startMesosIn } from '../../support/mesos-real.ts';

const sh = (value: string) => ({ command: { shell: true, value } });
const base64 = (text: string) => Buffer.from(text).toString('base64');
const sharing: Partial<V1Task> = {
  container: {
    type: 'MESOS',
    volumes: [
      {
        mode: 'RW',
        container_path: 'shared',
        source: { type: 'SANDBOX_PATH', sandbox_path: { type: 'PARENT', path: 'common' } },
      },
    ],
  },
};

/** Executors that tasks share, as real processes of this machine. */
describe('local executors with real processes', () => {
  let folder: string;
  let mesos: LocalMesos;
  let framework: RawFramework;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'titan-executors-'));
    mesos = await start();
    framework = rawFramework(mesos.master);
  });

  afterEach(async () => {
    await mesos.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = () => startMesosIn(folder);

  async function restart(): Promise<void> {
    await mesos.stop({ keepTasks: true });
    mesos = await start();
    framework.subscribe(mesos.master);
  }

  function sandbox(executorId: string, file: string): string {
    const sandboxes = join(folder, 'work', 'sandboxes', 'test-agent-01');
    const run = readdirSync(sandboxes).find((name) => name.startsWith(`${executorId}.`)) ?? '';
    return join(sandboxes, run, file);
  }
  const read = (executorId: string, file: string) =>
    readFileSync(sandbox(executorId, file), 'utf8');
  const pidOf = (executorId: string, task = '.') => {
    const file = sandbox(executorId, join(task, '.executor', 'pid'));
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  };
  const failures = () => framework.events.flatMap(({ failure }) => failure ?? []);
  const isGone = (pid: number) =>
    until(() => startOf(pid) === undefined, `the end of process ${pid}`);
  const states = (taskId: string) => framework.statuses(taskId).map(({ state }) => state);

  it('gives the tasks of a group folders of their own and a shared one', async () => {
    await framework.launchGroup('pair', [
      { name: 'a', ...sharing, ...sh('echo from-a >shared/f; echo $MESOS_EXECUTOR_ID') },
      { name: 'b', ...sharing, ...sh('until test -s shared/f; do sleep 0.02; done; cat shared/f') },
    ]);
    await framework.reached('a', 'TASK_FINISHED');
    await framework.reached('b', 'TASK_FINISHED');
    await until(() => failures().length > 0, 'the end of the executor');
    expect(failures()[0]).to.deep.include({ executor_id: { value: 'pair' }, status: 0 });
    expect(read('pair', 'tasks/a/stdout')).to.equal('pair\n');
    expect(read('pair', 'tasks/b/stdout')).to.equal('from-a\n');
    expect(read('pair', 'common/f')).to.equal('from-a\n');
    expect(states('a')).to.deep.equal(['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED']);
  });

  it('kills the rest of a group whose task fails, and no other group', async () => {
    const forever = sh('exec sleep 300');
    await framework.launchGroup('mixed', [{ name: 'other', ...forever }]);
    await framework.launchGroup('mixed', [
      { name: 'bad', ...sh('exit 3') },
      { name: 'rest', ...forever },
    ]);
    await framework.reached('rest', 'TASK_KILLED');
    expect((await framework.reached('bad', 'TASK_FAILED')).message).to.match(/status 3$/);
    expect(states('other').at(-1)).to.equal('TASK_RUNNING');
    expect(failures()).to.deep.equal([]);
    const { executor_id, agent_id } = framework.statuses('other')[0] ?? {};
    framework.send({ type: 'SHUTDOWN', shutdown: { executor_id, agent_id } });
    await framework.reached('other', 'TASK_KILLED');
    await until(() => failures()[0]?.status === 0, 'the end of the executor');
  });

  it('fails a group whose executor is killed, and leaves nothing of it', async () => {
    await framework.launchGroup('lost', [{ name: 'a', ...sh('exec sleep 300') }]);
    await framework.reached('a', 'TASK_RUNNING');
    const pid = pidOf('lost', 'tasks/a');
    signal(pidOf('lost'), 'SIGKILL');
    const { reason, source } = await framework.reached('a', 'TASK_FAILED');
    expect([reason, source]).to.deep.equal(['REASON_EXECUTOR_TERMINATED', 'SOURCE_AGENT']);
    expect(failures()[0]?.status).to.equal(9);
    await isGone(pid);
  });

  it('fails a group that asks for a volume that is not there', async () => {
    const container = { type: 'MESOS', volumes: [{ container_path: 'x', host_path: 'etc' }] };
    await framework.launchGroup('volumes', [{ name: 'a', container, ...sh('true') }]);
    const { message } = await framework.reached('a', 'TASK_FAILED');
    expect(message).to.equal("Volume 'x': its host_path 'etc' is not absolute");
  });

  it('shows a task what lies on this machine', async () => {
    writeFileSync(join(folder, 'there'), 'seen\n');
    const volumes = [
      { container_path: 'a', host_path: folder },
      {
        container_path: 'b',
        source: { type: 'HOST_PATH', host_path: { path: join(folder, 'there') } },
      },
    ];
    const container = { type: 'MESOS', volumes };
    await framework.launchGroup('host', [{ name: 'a', container, ...sh('cat a/there b') }]);
    await framework.reached('a', 'TASK_FINISHED');
    expect(read('host', 'tasks/a/stdout')).to.equal('seen\nseen\n');
  });

  it('keeps a group running over a restart, and ends it after that', async () => {
    await framework.launchGroup('kept', [
      { name: 'a', ...sh('exec sleep 300') },
      { name: 'b', ...sh('until test -e stop; do sleep 0.02; done') },
    ]);
    await framework.reached('a', 'TASK_RUNNING');
    await framework.reached('b', 'TASK_RUNNING');
    const pids = [pidOf('kept'), pidOf('kept', 'tasks/a'), pidOf('kept', 'tasks/b')];
    await restart();
    expect(pids.map((pid) => startOf(pid) === undefined)).to.deep.equal([false, false, false]);
    framework.kill('b');
    await framework.reached('a', 'TASK_KILLED');
    await framework.reached('b', 'TASK_KILLED');
    await until(() => failures().length > 0, 'the end of the executor');
    for (const pid of pids) await isGone(pid);
  });

  it('ends a group with the agent', async () => {
    await framework.launchGroup('ended', [{ name: 'a', ...sh('exec sleep 300') }]);
    await framework.reached('a', 'TASK_RUNNING');
    const pids = [pidOf('ended'), pidOf('ended', 'tasks/a')];
    await mesos.stop();
    for (const pid of pids) await isGone(pid);
    mesos = await start();
  });

  describe('of a framework', () => {
    const program = fileURLToPath(
      new URL('../../fixtures/mesos/echo-executor.mjs', import.meta.url),
    );
    const resources = [
      { name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } },
      { name: 'mem', type: 'SCALAR', scalar: { value: 32 } },
    ];
    const echo = () => ({
      type: 'CUSTOM',
      executor_id: { value: 'echo' },
      framework_id: { value: framework.id },
      resources,
      command: { shell: false, value: process.execPath, arguments: ['node', program] },
    });

    /** Says it until it is answered: what is said while the executor is not subscribed is lost. */
    async function say(text: string): Promise<void> {
      const { agent_id } = framework.statuses('x1')[0] ?? {};
      const message = { agent_id, executor_id: { value: 'echo' }, data: base64(text) };
      const answer = base64(`echo ${text}`);
      const isAnswered = () => {
        framework.send({ type: 'MESSAGE', message });
        return framework.events.some((event) => event.message?.data === answer);
      };
      await until(isAnswered, `the echo of ${text}`);
    }

    it('runs tasks, hears and says, and finds what Mesos gives it in its environment', async () => {
      await framework.launch({ name: 'x1', data: base64('task data'), executor: echo() });
      const { data } = await framework.reached('x1', 'TASK_RUNNING');
      expect(data).to.equal(base64('task data'));
      await say('hello');
      await framework.launch({ name: 'x2', executor: echo() });
      await framework.reached('x2', 'TASK_RUNNING');
      framework.kill('x1');
      const { message } = await framework.reached('x1', 'TASK_KILLED');
      expect(message).to.equal('killed as asked');

      const isMesos = (name: string) => /^(MESOS|LIBPROCESS)_/.test(name);
      const recorded = JSON.parse(
        readFixture('11-custom-executor-message/environment.json').toString(),
      );
      const environment = JSON.parse(read('echo', 'environment.json'));
      const names = (of: object) => Object.keys(of).filter(isMesos).toSorted();
      expect(names(environment)).to.deep.equal(names(recorded));
      expect(environment.MESOS_DIRECTORY).to.equal(sandbox('echo', ''));

      const { agent_id } = framework.statuses('x1')[0] ?? {};
      framework.send({
        type: 'SHUTDOWN',
        shutdown: { agent_id, executor_id: { value: 'echo' } },
      });
      await until(() => failures()[0]?.status === 0, 'the end of the executor');
      const lost = await framework.reached('x2', 'TASK_FAILED');
      expect(lost.reason).to.equal('REASON_EXECUTOR_TERMINATED');
    });

    it('is ended with the agent though it has no tasks, and does not listen', async () => {
      const deaf = {
        ...echo(),
        command: { value: 'trap "" TERM; while :; do sleep 0.1; done' },
      };
      await framework.launch({ name: 'x1', executor: deaf });
      await until(() => pidOf('echo') > 0, 'its process');
      const pid = pidOf('echo');
      framework.kill('x1');
      await framework.reached('x1', 'TASK_KILLED');
      await until(() => mesos.agents[0]?.tasks().length === 0, 'that everyone knows');
      await mesos.stop();
      await isGone(pid);
      mesos = await startMesosIn(folder);
    });

    it('subscribes again to an agent that restarts, and ends with one that stops', async () => {
      await framework.launch({ name: 'x1', executor: echo() });
      await framework.reached('x1', 'TASK_RUNNING');
      const pid = pidOf('echo');
      await restart();
      await say('again');
      expect(startOf(pid)).to.not.equal(undefined);
      framework.kill('x1');
      await framework.reached('x1', 'TASK_KILLED');
      await mesos.stop();
      await isGone(pid);
      mesos = await start();
    });
  });
});
