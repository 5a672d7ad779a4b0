import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { LocalAgent } from '../../../src/mesos/local/agent/agent.ts';
import { serveAgent } from '../../../src/mesos/local/agent/server.ts';
import { processLauncher } from '../../../src/mesos/local/executor/processes.ts';
import { processWatch } from '../../../src/mesos/local/executor/watch.ts';
import type { LocalServer } from '../../../src/mesos/local/http-exchange.ts';
import { createMaster, type LocalMaster } from '../../../src/mesos/local/master/master.ts';
import { memoryVault } from '../../../src/mesos/local/vault.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { systemRandom } from '../../../src/runtime/random.ts';
import {
  quiet,
  type RecordedCall,
  readFixture,
  recordedAgent,
  until,
} from '../../support/mesos.ts';
import { rawFramework } from '../../support/mesos-framework.ts';
import { normalBody } from '../../support/mesos-normal.ts';
import { type ReplayAnswer, sendRecorded } from '../../support/mesos-send.ts';
import { recordsOf } from '../../support/protobuf.ts';

const calls: readonly RecordedCall[] = JSON.parse(
  readFixture('10-operator-api/agent-calls.json').toString(),
);
const runsOf = (executorId: string) =>
  new RegExp(
    `/(?:var|tmp)/mcap/s10/a0/slaves/[^/]+/frameworks/[^/]+/executors/${executorId}/runs/(?:[0-9a-f-]{36})`,
    'g',
  );
const recordedWorkFolder = '/var/mcap/s10/a0';

/** What operators asked a real agent, asked of a local one with real processes. */
describe('recorded requests to the local agent', () => {
  const clock = systemClock();
  const random = systemRandom();
  const answers = new Map<string, ReplayAnswer>();
  const sandboxes = new Map<string, string>();
  const containers = new Map<string, string>();
  let folder: string;
  let master: LocalMaster;
  let agent: LocalAgent;
  let server: LocalServer;

  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'titan-agent-')));
    const sandboxesFolder = join(folder, 'sandboxes');
    mkdirSync(sandboxesFolder);
    const environment = { PATH: process.env.PATH ?? '' };
    const watch = processWatch(clock);
    const hostname = 'localhost';
    const imagesFolder = folder;
    const log = quiet;
    master = createMaster({ clock, random, log, vault: memoryVault() });
    agent = new LocalAgent({
      info: recordedAgent,
      vault: memoryVault(),
      clock,
      random,
      log,
      endpoint: '127.0.0.1:5051',
      launcher: processLauncher({
        hostname,
        sandboxesFolder,
        volumesFolder: join(folder, 'volumes'),
        imagesFolder,
        watch,
        log,
        environment,
      }),
    });
    agent.connect(master);
    server = await serveAgent({ host: '127.0.0.1', port: 0, agent: () => agent });
    await launch();
    for (const call of calls.filter(({ port }) => port !== undefined)) {
      const sent = { ...call, path: decodeURIComponent(call.path) };
      const path = encodeURI(ours(sent.path));
      const body = ours(call.body);
      const { answer } = await sendRecorded(server.port, { ...call, path }, call.headers, body);
      answers.set(call.name, answer);
    }
  });

  after(async () => {
    agent.stop({ keepTasks: false });
    await until(() => !agent.isLingering, 'the end of its processes');
    await server.stop();
    master.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The task and the group of the recording. */
  async function launch(): Promise<void> {
    const framework = rawFramework(master, { name: 'capture-operator', failover_timeout: 60 });
    for (const { body } of calls.filter(({ port }) => port === undefined)) {
      const id = framework.id.slice(0, 36);
      const text = body.replaceAll(recordedMaster(), id);
      const [operation] = JSON.parse(text).accept.operations;
      await framework.accept(() => operation);
    }
    await framework.reached('t1', 'TASK_RUNNING');
    await framework.reached('n1', 'TASK_RUNNING');
    const { inside } = agent;
    for (const { id, info, containerId } of agent.executors.all()) {
      const order = { frameworkId: framework.id, holder: { info, containerId, variables: {} } };
      sandboxes.set(id, inside?.sandbox(order) ?? '');
    }
    sandboxes.set('t1', join(folder, 'sandboxes', 't1'));
    const [, dex] = /"parent":\{"value":"([^"]+)"/.exec(bodyOf('68-agent-LAUNCH_CONTAINER')) ?? [];
    containers.set(dex ?? '', agent.executors.all()[0]?.containerId ?? '');
    const [, n1] = /"value":"([^"]+)","parent"/.exec(bodyOf('73-agent-ATTACH')) ?? [];
    const task = agent.tasks().find(({ id }) => id === 'n1');
    containers.set(n1 ?? '', task?.executor?.keptRun('n1')?.containerId ?? '');
    await until(() => stdoutOf('t1') === 'out1\n', 'what the task says');
  }

  const stdoutOf = (task: string) => {
    try {
      return readFileSync(join(folder, 'sandboxes', task, 'stdout'), 'utf8');
    } catch {
      return '';
    }
  };

  function ours(text: string): string {
    let translated = text;
    for (const [id, path] of sandboxes) translated = translated.replace(runsOf(id), path);
    for (const [theirs, own] of containers) translated = translated.replaceAll(theirs, own);
    return translated.replaceAll(recordedMaster(), agent.id?.slice(0, 36) ?? '');
  }

  /** Folders named by what they are, on either side. */
  function plain(text: string): string {
    let named = text;
    for (const [id, path] of sandboxes) {
      named = named.replace(runsOf(id), `sandbox of ${id}`).replaceAll(path, `sandbox of ${id}`);
    }
    return named
      .replaceAll(agent.id?.slice(0, 36) ?? '', recordedMaster())
      .replaceAll(join(folder, 'sandboxes'), recordedWorkFolder);
  }

  for (const { name, answer } of calls.filter(({ port }) => port !== undefined)) {
    if (!answer) continue;
    it(`answers ${name}`, () => {
      const actual = answers.get(name);
      const body = (text: string) => withoutOwn(name, normalBody(plain(text)));
      expect(actual?.status).to.equal(answer.status);
      if (answer.headers['transfer-encoding']) {
        expect(records(actual?.body)).to.have.deep.members(records(answer.body));
      } else expect(body(actual?.body ?? '')).to.deep.equal(body(answer.body));
      for (const header of ['content-type', 'message-content-type', 'content-disposition']) {
        expect(actual?.headers[header], header).to.equal(answer.headers[header]);
      }
    });
  }

  it('measures what containers use', () => {
    const [one] = JSON.parse(answers.get('50-agent-GET_containers')?.body ?? '[]');
    expect(one.statistics.mem_rss_bytes).to.be.greaterThan(100_000);
    expect(one.statistics.cpus_user_time_secs).to.be.a('number');
  });

  function bodyOf(start: string): string {
    return calls.find(({ name }) => name.startsWith(start))?.body ?? '';
  }
});

function recordedMaster(): string {
  const [first] = calls;
  return (JSON.parse(first?.body ?? '{}').framework_id?.value ?? '').slice(0, 36);
}

function records(body = ''): readonly string[] {
  return recordsOf(Buffer.from(body)).map(String);
}

/** What can't be the same here: see the table of differences in the README of the local Mesos. */
function withoutOwn(name: string, body: unknown): unknown {
  const text = JSON.stringify(body);
  if (name.includes('files-download')) return String(body).split('\n').slice(-2);
  if (!text.startsWith('{') && !text.startsWith('[')) return body;
  return JSON.parse(text, (key, value) => {
    if (key === 'flags' && !Array.isArray(value)) return different(value);
    if (key === 'flags') return different(Object.fromEntries(value.map(pair)));
    if (value?.path?.endsWith('/stderr')) return { ...value, size: 'some size' };
    if (name.includes('files-debug') && key === '') return withoutLatest(value);
    return value;
  });
}

function withoutLatest(names: Readonly<Record<string, string>>): object {
  return Object.fromEntries(
    Object.entries(names).filter(([name]) => !/\/slaves\/.*\/latest$/.test(name)),
  );
}

function pair({ name, value }: { readonly name: string; readonly value: string }) {
  return [name, value] as const;
}

function different(flags: Readonly<Record<string, string>>): object {
  const own = new Set(['master', 'runtime_dir', 'executor_reregistration_timeout']);
  return Object.fromEntries(Object.entries(flags).filter(([name]) => !own.has(name)));
}
