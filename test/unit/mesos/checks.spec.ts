import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { LocalAgent } from '../../../src/mesos/local/agent/agent.ts';
import {
  type CheckStanding,
  judgeCheck,
  planChecks,
} from '../../../src/mesos/local/executor/checks.ts';
import { startOf } from '../../../src/mesos/local/executor/proc.ts';
import { processLauncher } from '../../../src/mesos/local/executor/processes.ts';
import { processWatch } from '../../../src/mesos/local/executor/watch.ts';
import type { AgentLink, Registrar } from '../../../src/mesos/local/link.ts';
import { memoryVault, type Vault } from '../../../src/mesos/local/vault.ts';
import type { V1CheckTimes, V1Status, V1Task } from '../../../src/mesos/v1.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { systemRandom } from '../../../src/runtime/random.ts';
import { quiet, recordedAgent, until } from '../../support/mesos.ts';

const often: V1CheckTimes = { delay_seconds: 0, interval_seconds: 0.05, timeout_seconds: 5 };
const sh = (value: string) => ({ shell: true, value });

function aTask(id: string, script: string, checks: Partial<V1Task> = {}): V1Task {
  return {
    name: id,
    task_id: { value: id },
    agent_id: { value: 'agent' },
    command: sh(script),
    ...checks,
  };
}

function aHealthCheck(script: string, more: Partial<V1Task['health_check']> = {}) {
  return {
    type: 'COMMAND',
    command: sh(script),
    ...often,
    grace_period_seconds: 0,
    consecutive_failures: 2,
    ...more,
  };
}

describe('what a health check says', () => {
  const task = aTask('one', 'true', {
    health_check: aHealthCheck('', { grace_period_seconds: 1 }),
  });
  const fresh: CheckStanding = { sinceMs: 0, failures: 0 };
  const well: CheckStanding = { ...fresh, healthy: true };
  const ill: CheckStanding = { ...fresh, healthy: false, failures: 1 };
  const rows: readonly {
    readonly title: string;
    readonly before: CheckStanding;
    readonly code?: number;
    readonly now: number;
    readonly after: CheckStanding;
    readonly tells: boolean;
    readonly kill?: boolean;
  }[] = [
    { title: 'the first success', before: fresh, code: 0, now: 0, after: well, tells: true },
    { title: 'a further success', before: well, code: 0, now: 9, after: well, tells: false },
    { title: 'a failure in grace', before: fresh, code: 1, now: 1_000, after: fresh, tells: false },
    { title: 'a failure after it', before: fresh, code: 1, now: 1_001, after: ill, tells: true },
    { title: 'a failure once healthy', before: well, code: 1, now: 9, after: ill, tells: true },
    { title: 'one that timed out', before: well, now: 9, after: ill, tells: true },
    { title: 'a success after a failure', before: ill, code: 0, now: 9, after: well, tells: true },
    {
      title: 'the last failure it may have',
      before: ill,
      code: 1,
      now: 9,
      after: { ...ill, failures: 2 },
      tells: true,
      kill: true,
    },
  ];
  for (const { title, before, code, now, after, tells, kill = false } of rows) {
    it(`is judged: ${title}`, () => {
      const judged = judgeCheck(task, before, { kind: 'health', result: code, now });
      expect(judged.standing).to.deep.equal(after);
      expect([judged.reason !== undefined, judged.kill]).to.deep.equal([tells, kill]);
    });
  }

  it('has the times that Mesos gives it, and looks at commands, HTTP and TCP', () => {
    const command = sh('true');
    const times = { delayMs: 15_000, intervalMs: 10_000, timeoutMs: 20_000 };
    const of = (more: Partial<V1Task>) => planChecks(aTask('one', '', more));
    expect(
      of({ health_check: { type: 'COMMAND', command }, check: { type: 'TCP', tcp: { port: 1 } } }),
    ).to.deep.equal([
      { kind: 'check', probe: { by: 'tcp', port: 1 }, ...times },
      { kind: 'health', probe: { by: 'command', command }, ...times },
    ]);
    const http = { by: 'http', scheme: 'http', port: 2, path: '/' };
    expect(of({ check: { type: 'HTTP', http: { port: 2 } } })).to.deep.equal([
      { kind: 'check', probe: http, ...times },
    ]);
    expect(of({ check: { type: 'TCP' }, health_check: { type: 'HTTP' } })).to.deep.equal([]);
  });
});

describe('checks as real processes', () => {
  const clock = systemClock();
  let vault: Vault;
  let folder: string;
  let agent: LocalAgent;
  let link: AgentLink;
  let statuses: V1Status[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'titan-checks-'));
    statuses = [];
    vault = memoryVault();
    agent = connect();
  });

  afterEach(async () => {
    agent.stop({ keepTasks: false });
    await until(() => !agent.isLingering, 'the end of its processes');
    rmSync(folder, { recursive: true, force: true });
  });

  /** An agent whose every update is acknowledged, as by a framework; one sent again counts once. */
  function connect(): LocalAgent {
    const launcher = processLauncher({
      hostname: 'host',
      sandboxesFolder: folder,
      volumesFolder: join(folder, 'volumes'),
      imagesFolder: folder,
      watch: processWatch(clock),
      log: quiet,
      environment: { PATH: '/usr/bin:/bin' },
    });
    const random = systemRandom();
    const made = new LocalAgent({
      info: recordedAgent,
      launcher,
      vault,
      clock,
      random,
      log: quiet,
    });
    const registrar: Registrar = {
      register(_, given) {
        link = given;
        return {
          agentId: 'agent',
          update(frameworkId, status) {
            const { task_id, uuid = '' } = status;
            if (!statuses.some((one) => one.uuid === uuid)) statuses.push(status);
            clock.after(0, () => given.acknowledge(frameworkId, task_id.value, uuid));
          },
          message() {},
          exited() {},
          lost() {},
          unregister() {},
        };
      },
    };
    made.connect(registrar);
    return made;
  }

  function launch(task: V1Task): void {
    const order = { frameworkId: 'framework', tellsKilling: true, role: 'titan', task };
    link.launch([order], { user: 'root', name: 'f' });
  }

  const said = () =>
    statuses.map(({ state, reason, healthy, check_status }) => {
      const why = reason?.replace(/^REASON_TASK_|_STATUS_UPDATED$/g, '');
      const code = check_status && `exit ${check_status.command?.exit_code}`;
      return [state, why, healthy, code].filter((part) => part !== undefined).join(' ');
    });
  const saidAtLast = (line: string) => until(() => said().includes(line), line);

  it('tell how a task fares, and end it when it fails too often', async () => {
    const check = {
      type: 'COMMAND',
      command: { command: sh('test -e bad && exit 7; echo $SAID >&2') },
    };
    launch(
      aTask('ill', 'sleep 300', {
        command: {
          ...sh('sleep 300'),
          environment: { variables: [{ name: 'SAID', value: 'x1' }] },
        },
        check: { ...check, ...often },
        health_check: aHealthCheck('test -e go && test ! -e end', { grace_period_seconds: 60 }),
      }),
    );
    await saidAtLast('TASK_RUNNING CHECK exit 0');
    put('go');
    await saidAtLast('TASK_RUNNING HEALTH_CHECK true exit 0');
    expect(readFileSync(join(folder, 'ill', 'stderr'), 'utf8')).to.match(/^x1\n/);
    put('bad');
    await saidAtLast('TASK_RUNNING CHECK true exit 7');
    put('end');
    await saidAtLast('TASK_KILLED false exit undefined');
    expect(said()).to.deep.equal([
      'TASK_STARTING exit undefined',
      'TASK_RUNNING exit undefined',
      'TASK_RUNNING CHECK exit 0',
      'TASK_RUNNING HEALTH_CHECK true exit 0',
      'TASK_RUNNING CHECK true exit 7',
      'TASK_RUNNING HEALTH_CHECK false exit 7',
      'TASK_RUNNING HEALTH_CHECK false exit 7',
      'TASK_KILLING exit undefined',
      'TASK_KILLED false exit undefined',
    ]);
    expect(statuses.at(-1)?.message).to.equal('Command terminated with signal Terminated');
  });

  it('are ended when they take too long, and all of their group with them', async () => {
    const script = 'sleep 300 & echo $! >child; wait';
    const health_check = aHealthCheck(script, { timeout_seconds: 0.3, consecutive_failures: 1 });
    launch(aTask('slow', 'exec sleep 300', { health_check }));
    await saidAtLast('TASK_KILLED false');
    const child = Number(readFileSync(join(folder, 'slow', 'child'), 'utf8'));
    await until(() => startOf(child) === undefined, 'the end of the check');
  });

  for (const value of ['', 'no such program', 'a\0b']) {
    it(`fail where they can't be started: ${JSON.stringify(value)}`, async () => {
      const health_check = aHealthCheck('', { command: { shell: false, value } });
      launch(aTask('none', 'exec sleep 300', { health_check }));
      await saidAtLast('TASK_KILLED false');
    });
  }

  it('end with their task', async () => {
    const health_check = aHealthCheck('echo $$ >child; exec sleep 300');
    launch(aTask('brief', 'while ! test -s child; do sleep 0.02; done', { health_check }));
    await saidAtLast('TASK_FINISHED');
    const child = Number(readFileSync(join(folder, 'brief', 'child'), 'utf8'));
    await until(() => startOf(child) === undefined, 'the end of the check');
  });

  it('go on in the next life of the agent from what was known', async () => {
    const health_check = aHealthCheck('touch looked; test ! -e bad');
    launch(aTask('long', 'exec sleep 300', { health_check }));
    await saidAtLast('TASK_RUNNING HEALTH_CHECK true');
    agent.stop({ keepTasks: true });
    rmSync(join(folder, 'long', 'looked'));
    agent = connect();
    await until(() => existsSync(join(folder, 'long', 'looked')), 'another look');
    put('bad', 'long');
    await saidAtLast('TASK_KILLED false');
    const healthy = said().filter((line) => line === 'TASK_RUNNING HEALTH_CHECK true');
    expect(healthy).to.have.length(1);
  });

  function put(name: string, task = 'ill'): void {
    writeFileSync(join(folder, task, name), '');
  }
});
