import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { FAILPOINTS } from '../../src/compose/failpoints/names.ts';
import { freePorts } from '../support/etcd.ts';
import { part } from '../support/parts.ts';
import {
  mainFile,
  nodeProgram,
  processesUnder,
  startProcess,
  type TitanProcess,
} from '../support/titan.ts';

const MOST = 3;

/** One life of a real process ends at each point; the next begins on what that left behind. */
describe('titan serve, killed between two effects,', function () {
  this.timeout(180_000);

  const state = mkdtempSync(join(tmpdir(), 'titan-failpoints-'));
  let mesos: TitanProcess;
  let mesosPort = 0;
  let port = 0;
  let child: ChildProcess | undefined;

  before(async () => {
    [mesosPort = 0, port = 0] = await freePorts(2);
    const listen = `127.0.0.1:${mesosPort}`;
    mesos = await startProcess([
      ...['mesos', '--listen', listen, '--state', state, '--agents', '2x4cpu,4GiB'],
    ]);
  });

  after(async () => {
    child?.kill('SIGKILL');
    await mesos.end();
    rmSync(state, { recursive: true, force: true, maxRetries: 5 });
  });

  /** Begins a life; the returned promise is how it ended. */
  function live(failpoint?: string): Promise<string | number> {
    const flags = [
      ...['serve', '--domain', 'dc1', '--region', 'us-east-1', '--log-level', 'error'],
      ...['--mesos', `http://127.0.0.1:${mesosPort}`, '--listen', `127.0.0.1:${port}`],
      ...['--data', join(state, 'data'), '--identity', 'titan'],
      ...(failpoint === undefined ? [] : ['--failpoint', failpoint]),
    ];
    const started = spawn(nodeProgram, [mainFile, ...flags], { stdio: 'ignore' });
    child = started;
    return new Promise((resolve) => {
      started.once('exit', (code, signal) => resolve(signal ?? code ?? 'nothing'));
    });
  }

  async function kubectl(...command: string[]): Promise<string> {
    const kubeconfig = ['--kubeconfig', join(state, 'data', 'pki', 'kubeconfig')];
    const run = promisify(execFile);
    const environment = { HOME: state, PATH: '/usr/bin:/bin' };
    return (await run(part('kubectl-1.32'), [...kubeconfig, ...command], { env: environment }))
      .stdout;
  }

  /** The instances that run; each may only once. */
  function instances(): readonly string[] {
    const names = processesUnder(state).map(({ sandbox }) => basename(sandbox));
    const found = names.map((name) => name.replace(/-\d+\..*$/, ''));
    expect(new Set(found), 'each instance once').to.have.length(found.length);
    expect(found.length, 'no more than ever wanted').to.be.at.most(MOST);
    return found;
  }

  /** Has tasks come and go until the process has died. */
  async function stir(end: Promise<string | number>): Promise<string | number> {
    let replicas = MOST;
    for (;;) {
      const done = await Promise.race([end, work(replicas)]);
      instances();
      if (done !== undefined) return done;
      replicas = replicas === MOST ? MOST - 1 : MOST;
    }
  }

  /** A life that dies early may not answer at all. */
  async function work(replicas: number): Promise<undefined> {
    const file = join(state, 'service.yaml');
    const manifest = readFileSync('test/fixtures/manifests/service.yaml', 'utf8');
    writeFileSync(file, manifest.replace('dc1:6', `dc1:${replicas}`));
    await kubectl('apply', '--validate=false', '-f', file).catch(() => undefined);
    await new Promise((resume) => setTimeout(resume, 300));
  }

  for (const name of Object.keys(FAILPOINTS)) {
    it(`at ${name} loses no task and doubles none`, async () => {
      expect(await stir(live(name))).to.equal('SIGKILL');
    });
  }

  it('and started once more runs what is wanted, and nothing else', async () => {
    const end = live();
    const late = Date.now() + 60_000;
    const isDone = async () => {
      const running = ['get', 'job', 'service', '-o', 'jsonpath={.status.running}'];
      const said = await kubectl(...running).catch(() => '');
      return said === String(MOST) && instances().length === MOST;
    };
    do {
      if (Date.now() > late) throw new Error(`waited too long for ${MOST} tasks`);
      await work(MOST);
    } while (!(await isDone()));
    child?.kill('SIGTERM');
    expect(await end).to.equal(0);
    expect(instances()).to.have.length(MOST);
  });
});
