import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { type EtcdCluster, freePorts, startEtcd } from '../support/etcd.ts';
import { part } from '../support/parts.ts';
import {
  mainFile,
  nodeProgram,
  processesUnder,
  startProcess,
  type TitanProcess,
} from '../support/titan.ts';

const LEASE_SECONDS = 3;

/** The production shape: an etcd of three members, a Mesos of its own, two replicas of one domain. */
describe('titan serve', function () {
  this.timeout(120_000);

  const state = mkdtempSync(join(tmpdir(), 'titan-serve-'));
  const processes: TitanProcess[] = [];
  let etcd: EtcdCluster;
  let ports: number[];

  before(async () => {
    etcd = await startEtcd({ members: 3 });
    ports = await freePorts(3);
    const [mesosPort = 0, ...apiPorts] = ports;
    const listen = `127.0.0.1:${mesosPort}`;
    await start(['mesos', '--listen', listen, '--state', state, '--agents', '4x8cpu,16GiB']);
    for (const port of apiPorts) await start(serveFlags(mesosPort, port));
  });

  after(async () => {
    for (const each of processes.toReversed()) await each.end();
    await etcd.stop();
    rmSync(state, { recursive: true, force: true, maxRetries: 5 });
  });

  function serveFlags(mesosPort: number, port: number): string[] {
    const mesos = `http://127.0.0.1:${mesosPort}`;
    return [
      ...['serve', '--domain', 'dc1', '--region', 'us-east-1', '--mesos', mesos],
      ...['--etcd', etcd.endpoints.join(','), '--listen', `127.0.0.1:${port}`],
      ...['--lease-seconds', `${LEASE_SECONDS}`, '--identity', `replica-${port}`],
      ...['--pki', join(state, 'pki')],
    ];
  }

  async function start(flags: readonly string[]): Promise<void> {
    processes.push(await startProcess(flags));
  }

  /** Asks one of the replicas, 1 or 2. */
  async function kubectl(replica: 1 | 2, ...command: string[]): Promise<string> {
    const server = ['--server', `https://127.0.0.1:${ports[replica]}`];
    const kubeconfig = ['--kubeconfig', join(state, 'pki', 'kubeconfig')];
    const environment = { HOME: state, PATH: '/usr/bin:/bin' };
    const run = promisify(execFile);
    return (
      await run(part('kubectl-1.32'), [...kubeconfig, ...server, ...command], { env: environment })
    ).stdout;
  }

  async function titan(...command: string[]): Promise<string> {
    const flags = [mainFile, ...command, '--kubeconfig', join(state, 'pki', 'kubeconfig')];
    return (await promisify(execFile)(nodeProgram, flags)).stdout;
  }

  async function running(replica: 1 | 2): Promise<number> {
    const path = 'jsonpath={.status.running}';
    return Number(await kubectl(replica, 'get', 'job', 'service', '-o', path));
  }

  async function until(done: () => Promise<boolean>, what: string): Promise<void> {
    const late = Date.now() + 60_000;
    while (!(await done())) {
      if (Date.now() > late) throw new Error(`waited too long for ${what}`);
      await new Promise((resume) => setTimeout(resume, 200));
    }
  }

  it('answers on every replica; when the leader is moved, paused or dies another goes on, and no task notices', async () => {
    await kubectl(1, 'apply', '-f', 'test/fixtures/manifests/service.yaml');
    await until(async () => (await running(2)) === 6, 'six tasks');
    const before = processesUnder(state).map(({ pid }) => pid);
    expect(before).to.have.length(6);

    const names = () => processesUnder(state).map(({ pid }) => pid);
    const leader = await titan('leader');
    expect(leader).to.include(`replica-${ports[1]} has led since`);
    const moving = await titan('leader', '--move', `replica-${ports[2]}`);
    expect(moving).to.equal(`✓ replica-${ports[2]} leads now, replica-${ports[1]} did before\n`);
    await titan('leader', '--move');
    expect(names()).to.have.members(before);

    // A leader that is paused is overtaken; when it wakes up, it finds that it leads no more.
    process.kill(processes[1]?.child.pid ?? 0, 'SIGSTOP');
    await kubectl(2, 'scale', 'job/service', '--replicas=7');
    await until(async () => (await running(2)) === 7, 'seven tasks');
    process.kill(processes[1]?.child.pid ?? 0, 'SIGCONT');
    await kubectl(1, 'scale', 'job/service', '--replicas=8');
    await until(async () => (await running(1)) === 8, 'eight tasks');
    expect(await titan('leader')).to.include(`replica-${ports[2]} has led`);

    await processes[2]?.end('SIGKILL');
    await kubectl(1, 'scale', 'job/service', '--replicas=9');
    await until(async () => (await running(1)) === 9, 'nine tasks');

    expect(names()).to.have.length(9);
    expect(names()).to.include.members(before);
  });
});
