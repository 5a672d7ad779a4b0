import { expect } from 'chai';
import { FAULT_DOMAIN, type Job } from '../../../src/api/kinds.gen.ts';
import { explainCommand, type PlanParts, planCommand } from '../../../src/cli/plan.ts';
import type { Cluster } from '../../../src/gitops/cluster.ts';
import type { DesiredObject } from '../../../src/gitops/document.ts';
import { aDomain, aJob, anAgent, aTask } from '../../support/builders.ts';
import { START } from '../../support/clock.ts';
import { failureText } from '../../support/registry.ts';

/** A fault domain dc1 of one agent of 16 cpus, where a task of 20 cpus waits. */
function aCluster(job: Job): Cluster {
  const task = aTask('0#0 Pending');
  const objects: Readonly<Record<string, readonly unknown[]>> = {
    [FAULT_DOMAIN.kind]: [aDomain('dc1')],
    Agent: [anAgent('agent-1', { agentId: 'a1' })],
    Job: [job],
    Task: [{ ...task, spec: { ...task.spec, cpus: 20 } }],
    CapacityGroup: [],
    Volume: [],
  };
  const unused = () => Promise.reject(new Error('nothing may be changed'));
  return {
    server: 'https://dc1.example',
    namespace: 'default',
    apply: unused,
    remove: unused,
    merge: unused,
    get: unused,
    preview: (object) => Promise.resolve(object),
    list: (_, kind) => Promise.resolve((objects[kind] ?? []) as readonly DesiredObject[]),
  };
}

async function printed(command: 'plan' | 'explain', ...args: readonly string[]): Promise<string> {
  const lines: string[] = [];
  const line = (text = '') => void lines.push(text);
  const same = (text: string) => text;
  const object = aJob({ location: 'dc1:2' }, { name: 'new' }) as unknown as DesiredObject;
  const parts: PlanParts = {
    output: { line, done: line, warn: line, fail: line, code: same, bold: same },
    connect: () => Promise.resolve(aCluster(aJob())),
    read: (file) => Promise.resolve({ manifests: [{ file, line: 1, object }], problems: [] }),
    now: () => START,
    loadPlugins: () => Promise.resolve([]),
  };
  const make = command === 'plan' ? planCommand : explainCommand;
  await make(parts).parseAsync([...args, '--kubeconfig', 'package.json'], { from: 'user' });
  return lines.join('\n');
}

const WAITS =
  'the only agent cannot take it: 1 has less than 20 cpus free (the most is 16 on agent-1).';

describe('titan plan', () => {
  it('says what would be placed, and what waits for what', async () => {
    expect(await printed('plan', '-f', 'new.yaml')).to.match(
      /^dc1\n {2}default\/new: 2 placed on 1 agent\n {2}default\/web: 1 wait\n {4}1 wait: the only agent/,
    );
  });

  it('says so for programs', async () => {
    const [domain] = JSON.parse(await printed('plan', '-f', 'new.yaml', '-o', 'json'));
    expect(domain.jobs[0]).to.deep.equal({
      job: 'default/new',
      kept: 0,
      replaced: 0,
      stopped: 0,
      preempted: [],
      placed: { 'agent-1': 2 },
      unplaced: [],
    });
    expect(await printed('plan', '-o', 'yaml')).to.include('- domain: dc1');
  });

  it('refuses what names nothing', async () => {
    const text = await failureText(
      printed('plan', '--fail', 'agent-1', 'a9', '--add-agents', 'g=2'),
    );
    expect(text).to.include('nothing here is called a9, g=2: name');
  });

  it('refuses another form', async () => {
    expect(await failureText(printed('plan', '-o', 'xml'))).to.include('expected json or yaml');
  });
});

describe('titan explain', () => {
  it('says why a job waits, and what would help', async () => {
    const text = await printed('explain', 'job/web');
    expect(text).to.include(WAITS).and.to.include('It could go to agent-1 if it asked for 16 cpus');
  });

  it('refuses what names no job', async () => {
    expect(await failureText(printed('explain', 'web'))).to.include('names no job');
    expect(await failureText(printed('explain', 'job/default/new'))).to.include(
      'there is no job default/new: kubectl get jobs -A',
    );
  });
});
