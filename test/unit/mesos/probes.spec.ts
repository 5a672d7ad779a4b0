import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { judgeCheck } from '../../../src/mesos/local/executor/checks.ts';
import { probeHttp } from '../../../src/mesos/local/executor/probes.ts';
import type { LocalMesos } from '../../../src/mesos/local/start.ts';
import type { V1Task } from '../../../src/mesos/v1.ts';
import { until } from '../../support/mesos.ts';
import { type RawFramework, rawFramework } from '../../support/mesos-framework.ts';
import { startMesosIn } from '../../support/mesos-real.ts';

const often = { delay_seconds: 0, interval_seconds: 0.05, timeout_seconds: 5 };

describe('what a health check by HTTP says', () => {
  const task = { health_check: { type: 'HTTP', http: { port: 1 } } } as unknown as V1Task;
  const before = { sinceMs: 0, failures: 0, healthy: true };
  for (const [result, healthy] of [
    [200, true],
    [399, true],
    [199, false],
    [400, false],
    [0, false],
    [undefined, false],
  ] as const) {
    it(`is ${healthy ? 'well' : 'ill'} at ${result}`, () => {
      const { standing } = judgeCheck(task, before, { kind: 'health', result, now: 1 });
      expect(standing.healthy).to.equal(healthy);
    });
  }
});

describe('checks by HTTP and TCP', () => {
  let folder: string;
  let mesos: LocalMesos;
  let framework: RawFramework;
  let server: Server;
  let port: number;
  let code: number;
  let asked: string | undefined;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'titan-probes-'));
    mesos = await startMesosIn(folder);
    framework = rawFramework(mesos.master);
  });

  beforeEach(async () => {
    code = 200;
    server = createServer((request, response) => {
      asked = request.url;
      response.writeHead(code).end('x'.repeat(100));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    ({ port } = server.address() as AddressInfo);
  });

  afterEach(() => stopServer());

  after(async () => {
    await mesos.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const stopServer = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const launch = (name: string, more: Partial<V1Task>) =>
    framework.launch({ name, command: { value: 'exec sleep 300' }, ...more });
  const last = (name: string) => framework.statuses(name).at(-1);

  it('tell the status code that a task answers with, and when it changes', async () => {
    await launch('web', { check: { type: 'HTTP', http: { port, path: '/up?x=1' }, ...often } });
    const said = (status_code?: number) =>
      until(() => last('web')?.check_status?.http?.status_code === status_code, `${status_code}`);
    await said(200);
    expect(asked).to.equal('/up?x=1');
    expect(last('web')).to.deep.include({
      reason: 'REASON_TASK_CHECK_STATUS_UPDATED',
      check_status: { type: 'HTTP', http: { status_code: 200 } },
    });
    code = 503;
    await said(503);
    await stopServer();
    await said(undefined);
  });

  it('tell whether a task can be connected to', async () => {
    await launch('tcp', { check: { type: 'TCP', tcp: { port }, ...often } });
    const said = (succeeded: boolean) =>
      until(() => last('tcp')?.check_status?.tcp?.succeeded === succeeded, String(succeeded));
    await said(true);
    await stopServer();
    await said(false);
  });

  it('end a task that is ill', async () => {
    const health_check = { ...often, consecutive_failures: 2, grace_period_seconds: 0 };
    await launch('ill', { health_check: { ...health_check, type: 'HTTP', http: { port } } });
    await launch('deaf', { health_check: { ...health_check, type: 'TCP', tcp: { port } } });
    for (const name of ['ill', 'deaf']) {
      await until(() => last(name)?.healthy === true, `${name} is well`);
    }
    code = 500;
    expect((await framework.reached('ill', 'TASK_KILLED')).healthy).to.equal(false);
    expect(last('deaf')?.state).to.equal('TASK_RUNNING');
    await stopServer();
    expect((await framework.reached('deaf', 'TASK_KILLED')).healthy).to.equal(false);
  });

  it('can be ended early, and then say nothing', async () => {
    server.removeAllListeners('request');
    const results: unknown[] = [];
    const target = { scheme: 'http', port, path: '/' };
    const connected = new Promise((resolve) => {
      server.once('request', resolve);
    });
    const stop = probeHttp(target, (result) => results.push(result));
    await connected;
    stop();
    await stopServer();
    expect(results).to.deep.equal([]);
  });
});
