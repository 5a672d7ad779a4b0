import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { masterOver } from '../../../src/mesos/adapter.ts';
import { type RunningFramework, startFramework } from '../../../src/mesos/framework.ts';
import { signal, startOf } from '../../../src/mesos/local/executor/proc.ts';
import { directTransport } from '../../../src/mesos/local/master/direct.ts';
import type { LocalMesos } from '../../../src/mesos/local/start.ts';
import type { Launch, TaskUpdate } from '../../../src/mesos/port.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { systemRandom } from '../../../src/runtime/random.ts';
import { aLaunch, quiet, until } from '../../support/mesos.ts';
import { startMesosIn } from '../../support/mesos-real.ts';

/** Tasks as real processes of this machine. */
describe('local agents with real processes', () => {
  const clock = systemClock();
  const random = systemRandom();
  let folder: string;
  let mesos: LocalMesos;
  let framework: RunningFramework;
  let updates: TaskUpdate[];
  let id: string | undefined;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'titan-mesos-'));
    updates = [];
    id = undefined;
    await start();
  });

  afterEach(async () => {
    await stop(false);
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(): Promise<void> {
    mesos = await startMesosIn(folder);
    framework = startFramework({
      master: masterOver({ transport: directTransport(() => mesos.master), clock, log: quiet }),
      framework: { name: 'titan', user: 'root', roles: ['titan'], failoverTimeoutMs: 600_000 },
      host: {
        async onUpdate(update) {
          updates.push(update);
        },
        knownTasks: () => [],
        liveTasks: () => 0,
        mayTakeNewId: false,
        async forgetFrameworkId() {
          id = undefined;
        },
        loadFrameworkId: async () => id,
        async saveFrameworkId(given) {
          id = given;
        },
      },
      clock,
      random,
      log: quiet,
    });
    await until(() => framework.offers().size > 0, 'an offer');
  }

  async function stop(keepTasks: boolean): Promise<void> {
    await framework.stop();
    await mesos.stop({ keepTasks });
  }

  async function launch(taskId: string, more: Partial<Launch>): Promise<void> {
    await until(() => framework.offers().size > 0, 'an offer');
    const [agentId = ''] = framework.offers().keys();
    await framework.launch(agentId, [aLaunch(taskId, more)]);
  }

  const sh = (text: string) => ({ command: ['sh', '-c', text] });
  const of = (taskId: string) => updates.filter((update) => update.taskId === taskId);
  const states = (taskId: string) => of(taskId).map(({ state }) => state);
  const reached = (taskId: string, state: string) =>
    until(() => states(taskId).some((one) => one === state), `${taskId} ${state}`);
  const sandbox = (taskId: string, file: string) =>
    join(folder, 'work', 'sandboxes', 'test-agent-01', taskId, file);
  const read = (taskId: string, file: string) => readFileSync(sandbox(taskId, file), 'utf8');
  /** Its shell writes it down first, while it is told to run already. */
  async function pidOf(taskId: string): Promise<number> {
    const isWritten = () => {
      const file = sandbox(taskId, '.executor/pid');
      return existsSync(file) && Number(readFileSync(file, 'utf8')) > 0;
    };
    await until(isWritten, `the pid of ${taskId}`);
    return Number(read(taskId, '.executor/pid'));
  }

  it('finishes with exit status 0, its output in its sandbox', async () => {
    await launch('ok', { ...sh('echo out $PORT0 $MESOS_TASK_ID; echo err >&2'), ports: [10_007] });
    await reached('ok', 'TASK_FINISHED');
    expect(states('ok')).to.deep.equal(['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED']);
    expect(of('ok').at(-1)?.message).to.equal('Command exited with status 0');
    expect(read('ok', 'stdout')).to.equal('out 10007 ok\n');
    expect(read('ok', 'stderr')).to.equal('err\n');
  });

  it('runs a sidecar beside the program, in a folder that both share; when it fails, both end', async () => {
    const shared = [
      { path: 'shared', readOnly: false, from: { type: 'shared', name: 'shared' } as const },
    ];
    const probe = { type: 'command', command: ['test', '-e', 'shared/answer'] } as const;
    await launch('group', {
      ...sh('echo ping >shared/ping; while [ ! -e shared/over ]; do sleep 0.1; done'),
      mounts: shared,
      readiness: { probe, delayMs: 0, intervalMs: 100, timeoutMs: 2_000 },
      sidecars: [
        {
          ...aLaunch('group.side'),
          ...sh('while [ ! -e shared/ping ]; do sleep 0.1; done; touch shared/answer; exit 3'),
          mounts: shared,
        },
      ],
    });
    await reached('group.side', 'TASK_FAILED');
    await reached('group', 'TASK_KILLED');
    const [main] = of('group').filter(({ state }) => state === 'TASK_RUNNING');
    expect(main?.containerId).to.be.a('string');
    expect(of('group.side').at(-1)?.message).to.equal('Command exited with status 3');
  });

  it('fails with another exit status', async () => {
    await launch('bad', sh('exit 3'));
    await reached('bad', 'TASK_FAILED');
    expect(of('bad').at(-1)).to.include({
      message: 'Command exited with status 3',
      source: 'SOURCE_EXECUTOR',
    });
  });

  it('fails when its program is killed by a signal', async () => {
    await launch('sig', sh('kill -SEGV $$'));
    await reached('sig', 'TASK_FAILED');
    expect(of('sig').at(-1)?.message).to.equal('Command terminated with signal Segmentation fault');
  });

  it('is asked to end, and all of its group with it', async () => {
    await launch('asked', sh('sleep 300 & echo $! >child; wait'));
    await until(() => existsSync(sandbox('asked', 'child')), 'the child');
    const child = Number(read('asked', 'child'));
    await framework.kill({ taskId: 'asked' }, 5_000);
    await reached('asked', 'TASK_KILLED');
    expect(states('asked')).to.include('TASK_KILLING');
    expect(of('asked').at(-1)?.message).to.equal('Command terminated with signal Terminated');
    await until(() => startOf(child) === undefined, 'the child is gone');
  });

  it('is ended when it ignores that', async () => {
    await launch('deaf', sh('trap "" TERM; touch ready; while :; do sleep 0.05; done'));
    await until(() => existsSync(sandbox('deaf', 'ready')), 'its trap');
    await framework.kill({ taskId: 'deaf' }, 200);
    await reached('deaf', 'TASK_KILLED');
    expect(of('deaf').at(-1)?.message).to.equal('Command terminated with signal Killed');
  });

  it('fails with its executor, and leaves nothing behind', async () => {
    await launch('orphan', sh('sleep 300 & echo $! >child; wait'));
    await until(() => existsSync(sandbox('orphan', 'child')), 'the child');
    const child = Number(read('orphan', 'child'));
    signal(await pidOf('orphan'), 'SIGKILL');
    await reached('orphan', 'TASK_FAILED');
    expect(of('orphan').at(-1)).to.include({
      source: 'SOURCE_AGENT',
      reason: 'REASON_EXECUTOR_TERMINATED',
      message: 'Executor terminated',
    });
    await until(() => startOf(child) === undefined, 'the child is gone');
  });

  it('fails to start as a user that this machine has not', async () => {
    await launch('stranger', { ...sh('touch ran'), user: 'nobodyhere' });
    await reached('stranger', 'TASK_FAILED');
    expect(states('stranger')).to.deep.equal(['TASK_FAILED']);
    expect(of('stranger').at(-1)).to.include({
      source: 'SOURCE_AGENT',
      reason: 'REASON_CONTAINER_LAUNCH_FAILED',
      message: "Failed to find user 'nobodyhere': this machine has no user of that name",
    });
    expect(existsSync(sandbox('stranger', 'ran'))).to.equal(false);
  });

  it('runs as the user that it names, in a sandbox of its own, its checks and what is shared too', async () => {
    const shared = {
      path: 'shared',
      readOnly: false,
      from: { type: 'shared', name: 's' },
    } as const;
    const probe = { type: 'command', command: ['sh', '-c', 'id -u >probed'] } as const;
    chmodSync(folder, 0o755);
    await launch('guest', {
      ...sh('id -u >who; touch shared/mine; echo said >/dev/stdout; sleep 300'),
      user: 'nobody',
      mounts: [shared],
      readiness: { probe, delayMs: 0, intervalMs: 100, timeoutMs: 2_000 },
    });
    if (process.getuid?.() !== 0) {
      await reached('guest', 'TASK_FAILED');
      expect(of('guest').at(-1)?.message).to.match(/^Failed to switch to user 'nobody': /);
      return;
    }
    await until(() => existsSync(sandbox('guest', 'probed')), 'its check');
    await until(() => read('guest', 'stdout') === 'said\n', 'what it says');
    expect(existsSync(sandbox('guest', 'shared/mine'))).to.equal(true);
    const uid = execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' });
    expect(read('guest', 'who')).to.equal(uid);
    await until(() => read('guest', 'probed') === uid, 'whom its check runs as');
  });

  it('says where it looked for an image that is not there', async () => {
    const { command: _none, ...image } = aLaunch('lost', { image: 'ghost:2' });
    const [agentId = ''] = framework.offers().keys();
    await framework.launch(agentId, [image]);
    await reached('lost', 'TASK_FAILED');
    expect(of('lost')[0]?.message).to.include(join(folder, 'images', 'ghost', '2', 'run'));
    expect(of('lost')[0]?.message).to.match(/To add the image/);
  });

  it('runs what its image runs', async () => {
    const image = join(folder, 'images', 'app', '1.0');
    mkdirSync(image, { recursive: true });
    writeFileSync(join(image, 'run'), '#!/bin/sh\necho image runs\n');
    chmodSync(join(image, 'run'), 0o755);
    const { command: _none, ...task } = aLaunch('app', { image: 'app:1.0' });
    const [agentId = ''] = framework.offers().keys();
    await framework.launch(agentId, [task]);
    await reached('app', 'TASK_FINISHED');
    expect(read('app', 'stdout')).to.equal('image runs\n');
  });

  it('runs on while nobody watches, and is found again', async () => {
    await launch('long', sh('exec sleep 300'));
    await launch('ends', sh('while ! [ -e go ]; do sleep 0.02; done; exit 7'));
    await reached('long', 'TASK_RUNNING');
    await reached('ends', 'TASK_RUNNING');
    const pid = await pidOf('long');
    const startedAt = startOf(pid);
    const before = id;
    await stop(true);
    writeFileSync(sandbox('ends', 'go'), '');
    await until(() => existsSync(sandbox('ends', '.executor/exit')), 'the end of the task');
    await start();
    const said = () => of('ends').map(({ message }) => message);
    await until(() => said().includes('Command exited with status 7'), 'how it ended');
    expect(id).to.equal(before);
    expect(startOf(pid)).to.equal(startedAt);
    expect(states('long').filter((state) => state === 'TASK_STARTING')).to.have.length(1);
    expect(of('long').at(-1)).to.include({
      state: 'TASK_RUNNING',
      reason: 'REASON_RECONCILIATION',
    });
    await framework.kill({ taskId: 'long' }, 2_000);
    await reached('long', 'TASK_KILLED');
    expect(startOf(pid)).to.equal(undefined);
  });

  it('keeps what is written to a persistent volume until it is destroyed', async () => {
    const reservation = { dynamic: true, role: 'titan', labels: { owner: 'counter' } };
    const space = {
      name: 'disk',
      amount: { type: 'scalar', value: 64 },
      role: 'titan',
      reservations: [reservation],
      revocable: false,
      shared: false,
    } as const;
    const volume = { ...space, volume: { id: 'v1', path: 'data', readOnly: false } };
    const mounts = [
      { path: 'data', readOnly: false, from: { type: 'volume', piece: volume } as const },
    ];
    const program = { ...sh('echo $TURN >>data/turns'), mounts };
    const kept = join(folder, 'work', 'volumes', 'test-agent-01', 'titan', 'v1');
    const offered = () => [...framework.offers().values()].flat().flatMap(({ pieces }) => pieces);
    const isOffered = () => offered().some((piece) => piece.volume?.id === 'v1');
    const [agentId = ''] = framework.offers().keys();
    const made = [
      { do: 'reserve', pieces: [space] },
      { do: 'create', pieces: [volume] },
    ] as const;
    await framework.launch(
      agentId,
      [aLaunch('first', { ...program, environment: { TURN: '1' } })],
      made,
    );
    await reached('first', 'TASK_FINISHED');
    await stop(true);
    await start();
    await until(isOffered, 'the volume in an offer');
    await launch('second', { ...program, environment: { TURN: '2' } });
    await reached('second', 'TASK_FINISHED');
    expect(readFileSync(join(kept, 'turns'), 'utf8')).to.equal('1\n2\n');
    await until(isOffered, 'the volume in an offer again');
    const undone = [
      { do: 'destroy', pieces: [volume] },
      { do: 'unreserve', pieces: [space] },
    ] as const;
    await framework.launch(agentId, [], undone);
    await until(() => !existsSync(kept), 'the end of its folder');
  });

  it('ends its tasks when it is stopped for good, and says that they are gone', async () => {
    await launch('doomed', sh('exec sleep 300'));
    await reached('doomed', 'TASK_RUNNING');
    const pid = await pidOf('doomed');
    await stop(false);
    await until(() => startOf(pid) === undefined, 'the end of its process');
    await start();
    await reached('doomed', 'TASK_GONE');
  });
});
