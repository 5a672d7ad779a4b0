import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { freePorts } from '../support/etcd.ts';
import { until } from '../support/mesos.ts';
import { applyJobs, createTitan, nodeProgram, type Titan } from '../support/titan.ts';

/** Real processes at local agents: a Volume, an executor of a job's own, hooks, probes and a drain, with kubectl. */
describe('real processes', function () {
  this.timeout(120_000);
  let titan: Titan;
  let mesos = '';

  before(async () => {
    const [port] = await freePorts(1);
    const cluster = ['--domains', 'dc1=us-east-1', '--agents', '2x8cpu,16GiB'];
    titan = createTitan({ flags: ['--keep-tasks', ...cluster, '--mesos-port', `${port}`] });
    mesos = `http://127.0.0.1:${port}/api/v1`;
    await titan.start();
  });
  after(() => titan.end());

  const starts = () => filesUnder(titan.state, 'starts').map((path) => readFileSync(path, 'utf8'));
  const has = (count: number) => () => starts()[0] === 'start\n'.repeat(count);
  const kill = () => {
    for (const { pid } of titan.processes()) process.kill(-pid, 'SIGKILL');
  };

  it('keep their Volume over the death of a task, and of Titan, until it is deleted', async () => {
    const applied = await titan.sh(`kubectl apply -f ${resolve('manifests/counter.yaml')}`);
    expect(applied).to.equal('volume.titan.dev/counter created\njob.titan.dev/counter created\n');
    await until(has(1), 'the first start', 30_000);
    kill();
    await until(has(2), 'the second start', 60_000);
    await titan.stop('SIGKILL');
    kill();
    await titan.start();
    await until(has(3), 'the third start', 60_000);
    const shown = await titan.sh('kubectl get volume counter --no-headers');
    expect(shown).to.match(/^counter +Ready +100Mi +dc1-agent-\d+ +counter-dc1-0-\d+ /);
    await titan.sh('kubectl delete job counter && kubectl delete volume counter --timeout=60s');
    await until(() => starts().length === 0, 'the end of its folder', 20_000);
  });

  it('are run by an executor of the job, which is told and tells, and ends with its last task', async () => {
    const executor = { command: [nodeProgram, resolve('test/fixtures/mesos/echo-executor.mjs')] };
    await apply('echo', {
      location: 'dc1:2',
      constraints: [{ rule: 'In', attribute: 'host', values: ['dc1-agent-01'] }],
      executor: { ...executor, shared: true, data: 'with the task', labels: { team: 'a' } },
      executorMessage: { sequence: 1, text: 'hello' },
    });
    await titan.sh(
      "kubectl wait job/echo --for=jsonpath='{.status.phase}'=Available --timeout=60s",
    );
    expect(await heard(1)).to.equal('echo hello\necho hello\n');
    const executors = titan.processes().filter(({ sandbox }) => sandbox.includes('echo.'));
    expect(executors).to.have.length(1);
    const message = JSON.stringify({ spec: { executorMessage: { sequence: 2, text: 'again' } } });
    await titan.sh(`kubectl patch job echo --type=merge -p '${message}'`);
    expect(await heard(2)).to.equal('echo hello echo again\necho hello echo again\n');
    await titan.sh('kubectl delete job echo --timeout=60s');
    const isGone = () => titan.processes().every(({ sandbox }) => !sandbox.includes('echo.'));
    await until(isGone, 'the end of the executor', 20_000);
  });

  it('have their hook, go on for a while, and are told to stop, in this order', async () => {
    const said = join(titan.state, 'said');
    const say = (what: string) => `echo ${what} $TITAN_TASK >>${said}`;
    const program = `trap '${say('term')}; exit 0' TERM; while :; do sleep 0.1; done`;
    const hook = `sleep 0.5; ${say('hook')}`;
    await apply('polite', {
      container: {
        command: ['sh', '-c', program],
        preStop: { exec: { command: ['sh', '-c', hook] }, waitSeconds: 1 },
      },
    });
    await apply('rude', {
      ports: 1,
      container: { command: ['sleep', '600'], preStop: { httpGet: { port: 'PORT0' } } },
    });
    await titan.sh('kubectl wait job/polite job/rude --for=condition=Available --timeout=30s');
    const deleted = titan.sh('kubectl delete job polite rude --timeout=60s');
    await until(() => existsSync(said), 'the hook', 20_000);
    expect(readFileSync(said, 'utf8')).to.equal('hook polite-dc1-0-0\n');
    await deleted;
    expect(readFileSync(said, 'utf8')).to.equal('hook polite-dc1-0-0\nterm polite-dc1-0-0\n');
    const reasons = 'kubectl get events --field-selector reason=PreStopFailed -o name | wc -l';
    expect((await titan.sh(reasons)).trim()).to.equal('1');
  });

  it('count as available while their probes say so, by request, connection and command', async () => {
    const file = join(titan.state, 'well');
    const command = [nodeProgram, resolve('test/fixtures/mesos/probed.mjs'), file];
    const often = { periodSeconds: 1, timeoutSeconds: 5 };
    const probes = {
      request: { httpGet: { port: 'PORT0' } },
      connection: { tcpSocket: { port: 'PORT1' } },
      command: { exec: { command: ['test', '-e', file] } },
    };
    const names = Object.keys(probes);
    for (const [name, probe] of Object.entries(probes)) {
      const readinessProbe = { ...probe, ...often };
      const livenessProbe = { ...readinessProbe, gracePeriodSeconds: 600, failureThreshold: 2 };
      const container = { command, readinessProbe };
      await apply(name, {
        ports: 2,
        container: name === 'connection' ? { ...container, livenessProbe } : container,
      });
    }
    const jobs = names.map((name) => `job/${name}`).join(' ');
    const reason = `'{.status.conditions[?(@.type=="Progressing")].reason}'`;
    await titan.sh(`kubectl wait ${jobs} --for=jsonpath=${reason}=NotReady --timeout=30s`);
    writeFileSync(file, '');
    await titan.sh(`kubectl wait ${jobs} --for=condition=Available --timeout=30s`);
    rmSync(file);
    await titan.sh(`kubectl wait ${jobs} --for=condition=Available=False --timeout=30s`);
    const tasks = 'kubectl get tasks connection-dc1-0-0 --no-headers -o wide';
    await titan.sh(
      "kubectl wait task/connection-dc1-0-0 --for=jsonpath='{.status.reason}'=Unhealthy --timeout=30s",
    );
    expect(await titan.sh(tasks)).to.match(/ Failed .* Unhealthy/);
    await titan.sh(`kubectl delete ${jobs} --timeout=60s`);
  });

  const apply = (name: string, spec: object) => applyJobs(titan, { [name]: spec });

  it('stay on a cordoned agent, leave a drained one for another, and come again', async () => {
    await sleep('first', 4);
    await until(() => placed('first').length === 4, 'four tasks', 30_000);
    const staying = on('dc1-agent-01', 'first');
    expect(staying, 'spread over both').to.have.length(2);
    expect(await titan.sh('titan cordon dc1-agent-01')).to.equal('✓ agent dc1-agent-01 cordoned\n');
    await sleep('second', 2);
    await until(() => placed('second').length === 2, 'two more', 30_000);
    expect([on('dc1-agent-01', 'first'), on('dc1-agent-01', 'second')]).to.deep.equal([
      staying,
      [],
    ]);

    let fewest = 4;
    const counting = setInterval(() => {
      fewest = Math.min(fewest, placed('first').length);
    }, 20);
    const drained = await titan.sh('titan drain dc1-agent-01 --timeout 60s');
    clearInterval(counting);
    expect(drained).to.match(/✓ agent dc1-agent-01 is drained: 2 tasks have left within \d+ s\n/);
    expect([placed('first').length, fewest]).to.deep.equal([4, 4]);
    expect(on('dc1-agent-01')).to.deep.equal([]);
    const isDrained = async () => (await drainAtMesos('dc1-agent-01')) === 'DRAINED';
    await until(isDrained, 'its drain at Mesos', 30_000);

    expect(await titan.sh('titan uncordon dc1-agent-01')).to.equal(
      '✓ agent dc1-agent-01 uncordoned\n',
    );
    await sleep('third', 4);
    await until(
      () => on('dc1-agent-01', 'third').length > 0,
      'some on it, as the other is full',
      60_000,
    );
    await titan.sh('kubectl delete jobs --all --timeout=60s');
  });

  const sleep = (name: string, count: number) =>
    apply(name, {
      location: `dc1:${count}`,
      cpus: 1,
      container: { command: ['sleep', '1000'] },
    });

  interface MesosAgent {
    readonly agent_info: { readonly hostname: string };
    readonly drain_info?: { readonly state: string };
  }

  /** What the master says of the drain of an agent. */
  async function drainAtMesos(hostname: string): Promise<string | undefined> {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(mesos, { method: 'POST', headers, body: '{"type":"GET_AGENTS"}' });
    const { get_agents } = (await answer.json()) as { get_agents: { agents: MesosAgent[] } };
    const found = get_agents.agents.find(({ agent_info }) => agent_info.hostname === hostname);
    return found?.drain_info?.state;
  }

  const placed = (job: string) =>
    titan.processes().filter(({ sandbox }) => sandbox.includes(`/${job}-dc1-`));
  const on = (agent: string, job = '') =>
    titan
      .processes()
      .filter(({ sandbox }) => sandbox.includes(`/${agent}/${job}`))
      .map(({ pid }) => pid);

  /** What the tasks of the job show of their executor's messages, once there are so many. */
  async function heard(count: number): Promise<string> {
    const received = `'{.status.executorMessages.received}'=${count}`;
    const tasks = 'tasks -l titan.dev/job=echo';
    await titan.sh(`kubectl wait ${tasks} --for=jsonpath=${received} --timeout=30s`);
    const texts = '{range .items[*]}{.status.executorMessages.last[*].text}{"\\n"}{end}';
    return titan.sh(`kubectl get ${tasks} -o jsonpath='${texts}'`);
  }
});

function filesUnder(folder: string, name: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && entry.name === name && entry.parentPath.includes('/volumes/'),
    )
    .map((entry) => join(entry.parentPath, entry.name));
}
