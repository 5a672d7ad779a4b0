import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Agent, Job, Task } from '../../src/api/kinds.gen.ts';
import { fromTimestamp } from '../../src/api/object.ts';
import { recordingLines } from '../../src/cli/recording.ts';
import { type SimulateParts, simulateCommand } from '../../src/cli/simulate.ts';
import { whatIf } from '../../src/compose/what-if.ts';
import type { DesiredObject } from '../../src/gitops/document.ts';
import type { RecordedDomain } from '../../src/sim/what-if/port.ts';
import { aDomain, aJob, anAgent, aTask } from '../support/builders.ts';
import { failureText } from '../support/registry.ts';

const AT = fromTimestamp('2026-01-05T17:00:00Z');
const CAPACITY = { cpus: 8, memoryMiB: 16_384, diskMiB: 100_000, ports: 1_000 };

/** Four agents of 8 cpus in two zones; the first few of them run six tasks of 3 cpus. */
function aRecord(name: string, job: Job, used = 3): RecordedDomain {
  const agents = ['a', 'a', 'b', 'b'].map((zone, at): Agent => {
    const agent = anAgent(`${name}-${at}`);
    return { ...agent, status: { ...agent.status, zone, capacity: CAPACITY } };
  });
  const tasks = Array.from({ length: 6 }, (_, slot): Task => {
    const task = aTask(`${slot}#0 Running`);
    return { ...task, status: { ...task.status, agent: `${name}-${slot % used}` } };
  });
  return { domain: aDomain(name), agents, groups: [], volumes: [], jobs: [job], tasks };
}

describe('titan simulate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'titan-what-if-'));
  const file = join(folder, 'record.ndjson');
  const code: number[] = [];
  const job = aJob({ location: 'dc1:6,dc2:6', cpus: 3 });

  before(() => {
    const domains = [aRecord('dc1', job), aRecord('dc2', job)];
    writeFileSync(file, [...recordingLines({ at: AT, domains })].join('\n'));
  });

  after(() => rmSync(folder, { recursive: true }));

  async function printed(...args: readonly string[]): Promise<string> {
    const lines: string[] = [];
    const line = (text = '') => void lines.push(text);
    const same = (text: string) => text;
    const bigger = aJob({ location: 'dc1:10', cpus: 3 }, { name: 'new' });
    const object = bigger as unknown as DesiredObject;
    const parts: SimulateParts = {
      output: { line, done: line, warn: line, fail: line, code: same, bold: same },
      connect: () => Promise.reject(new Error('no cluster is asked')),
      read: (path) =>
        Promise.resolve({ manifests: [{ file: path, line: 1, object }], problems: [] }),
      now: () => AT,
      loadPlugins: () => Promise.resolve([]),
      play: whatIf,
      progress: () => undefined,
      exit: (status) => code.push(status),
    };
    code.length = 0;
    await simulateCommand(parts).parseAsync(['--from', file, ...args], { from: 'user' });
    return lines.join('\n');
  }

  it('tells what becomes of the tasks of an agent that fails, and how soon', async () => {
    expect(await printed('--fail', 'dc1-0@+5m', '--for', '20m')).to.equal(
      `20 min from 2026-01-05T17:00:00Z on

  +5 min         dc1  dc1-0 fails: 1 agent with 2 tasks
  +6 min         dc1  2 cut off
  +11 min        dc1  2 made, 2 started

JOB          DOMAIN  WANTED  RUN  LEAST  WHOLE AGAIN
default/web  dc1          6    6      4  after 6 min 15 s
default/web  dc2          6    6      6  always was

DOMAIN  AGENTS  FAILED  MOST CPUS  MOST MEMORY
dc1          4       1       75 %          6 %
dc2          4       0       56 %          5 %

every job has all its tasks at the end`,
    );
    expect(code).to.deep.equal([]);
  });

  it('plays the end of a fault domain at a time of day', async () => {
    const [answer] = [
      JSON.parse(await printed('--fail', 'dc2@17:02', '--for', '5m', '-o', 'json')),
    ];
    expect(
      answer.jobs.map(({ domain, running }: Task['spec'] & Record<string, unknown>) => [
        domain,
        running,
      ]),
    ).to.deep.equal([
      ['dc1', 6],
      ['dc2', 0],
    ]);
    expect(answer.whole).to.equal(false);
    expect(code).to.deep.equal([3]);
  });

  it('says what has no room of what is applied, and why', async () => {
    const text = await printed('-f', 'new.yaml', '--for', '3m');
    expect(text).to.include('none of 4 agents can take it').and.to.include('missing at the end: ');
  });

  it('gives the same answer again', async () => {
    const once = await printed('--fail', 'zone=a@+1m', '--for', '3m', '-o', 'yaml');
    expect(await printed('--fail', 'zone=a@+1m', '--for', '3m', '-o', 'yaml')).to.equal(once);
  });

  it('says how many tasks find no room where they ran', async () => {
    const path = join(folder, 'tight.ndjson');
    const domains = [aRecord('dc1', aJob({ location: 'dc1:6', cpus: 3 }), 2)];
    writeFileSync(path, [...recordingLines({ at: AT, domains })].join('\n'));
    const text = await printed('--from', path, '--for', '1m');
    expect(text).to.include('2 tasks had no room on the agents that ran them');
    expect(text).to.include('every job has all its tasks');
  });

  for (const [args, says] of [
    [['--fail', 'nix@+2m'], 'nothing here is called nix: name a fault domain'],
    [['--fail', 'dc2'], '--fail is "dc2": expected what and when, for example dc2@+5m'],
    [['--fail', 'dc2@25:00'], 'expected what and when'],
    [['--fail', 'dc2@+2h'], 'dc2 would fail after the end of what is played: say --for 3h'],
    [['--for', '9x'], '--for is "9x": expected 1s to 7d'],
    [['--seed', 'x'], '--seed is "x": expected a number'],
    [['--from', 'package.json'], 'package.json:1: this is no recording: `titan record -o FILE`'],
    [['--from', 'nowhere'], 'nowhere'],
  ] as const) {
    it(`refuses ${args.join(' ')}`, async () => {
      expect(await failureText(printed(...args))).to.include(says);
    });
  }
});
