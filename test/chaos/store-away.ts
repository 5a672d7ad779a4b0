import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { type EtcdCluster, freePorts, startEtcd } from '../support/etcd.ts';
import { part } from '../support/parts.ts';
import { processesUnder, startProcess, type TitanProcess } from '../support/titan.ts';

const WANTED = 6;
const WAIT_MS = 60_000;

/** A real etcd that stands still, and one that dies, under a leader with a journal. */
describe('titan serve --journal', function () {
  this.timeout(180_000);

  const state = mkdtempSync(join(tmpdir(), 'titan-away-'));
  const journal = join(state, 'journal');
  const processes: TitanProcess[] = [];
  let etcd: EtcdCluster;

  before(async () => {
    etcd = await startEtcd();
    const [mesosPort = 0, port = 0] = await freePorts(2);
    const listen = `127.0.0.1:${mesosPort}`;
    const agents = ['--state', state, '--agents', '4x8cpu,16GiB'];
    processes.push(await startProcess(['mesos', '--listen', listen, ...agents]));
    const serving = await startProcess([
      ...['serve', '--domain', 'dc1', '--region', 'us-east-1', '--mesos', `http://${listen}`],
      ...['--etcd', etcd.endpoints.join(','), '--listen', `127.0.0.1:${port}`],
      ...['--lease-seconds', '2', '--pki', join(state, 'pki'), '--journal', journal],
    ]);
    processes.push(serving);
  });

  after(async () => {
    for (const each of processes.toReversed()) await each.end();
    await etcd.stop();
    rmSync(state, { recursive: true, force: true, maxRetries: 5 });
  });

  async function kubectl(...command: string[]): Promise<string> {
    const kubeconfig = ['--kubeconfig', join(state, 'pki', 'kubeconfig')];
    const env = { HOME: state, PATH: '/usr/bin:/bin' };
    const run = promisify(execFile);
    return (await run(part('kubectl-1.32'), [...kubeconfig, ...command], { env })).stdout;
  }

  async function until(done: () => Promise<boolean>, what: string): Promise<void> {
    const late = Date.now() + WAIT_MS;
    while (!(await done())) {
      if (Date.now() > late) throw new Error(`waited too long for ${what}; journal:\n${written()}`);
      await new Promise((resume) => setTimeout(resume, 100));
    }
  }

  const pids = () => processesUnder(state).map(({ pid }) => pid);
  const written = () => (existsSync(journal) ? readFileSync(journal, 'utf8') : '');
  const isSettled = async () => {
    const path =
      'jsonpath={range .items[?(@.status.phase=="Running")]}{.metadata.name}{"\\n"}{end}';
    const running = await kubectl('get', 'tasks', '-o', path).catch(() => '');
    return running.trim().split('\n').length === WANTED && written() === '';
  };

  /** One task's process is killed while the store is away, and back comes another, which stays. */
  async function loseOne(back: () => void | Promise<void>): Promise<void> {
    const before = pids();
    expect(before).to.have.length(WANTED);
    const [victim = 0] = before;
    process.kill(-victim, 'SIGKILL');
    const isRestarted = async () => written().includes('"restart"') && pids().length === WANTED;
    await until(isRestarted, 'the restart in place');
    const running = pids();
    expect(running).to.not.include(victim);
    await back();
    await until(isSettled, 'the journal to be merged');
    expect(pids()).to.have.members(running);
  }

  it('restarts in place what dies while etcd stands still, or is dead, and keeps it', async () => {
    await kubectl('apply', '-f', 'test/fixtures/manifests/service.yaml');
    await until(async () => pids().length === WANTED && (await isSettled()), 'six tasks');
    const { pid = 0 } = etcd.member(0);
    process.kill(pid, 'SIGSTOP');
    await loseOne(() => void process.kill(pid, 'SIGCONT'));
    await etcd.member(0).kill();
    await loseOne(() => etcd.member(0).restart());
    const adopted = await kubectl('get', 'events', '-o', 'jsonpath={.items[*].reason}');
    expect(adopted).to.include('TaskAdopted');
  });
});
