import { expect } from 'chai';
import type { Command } from 'commander';
import type { Agent } from '../../../src/api/kinds.gen.ts';
import { cordonCommand, uncordonCommand } from '../../../src/cli/cordon.ts';
import { drainCommand } from '../../../src/cli/drain.ts';
import type { Output } from '../../../src/cli/output.ts';
import type { Cluster } from '../../../src/gitops/cluster.ts';
import { anAgent } from '../../support/builders.ts';
import { keptOutput } from '../../support/output.ts';

type Drain = NonNullable<Agent['status']>['drain'];

/** A cluster with one agent, whose drain is seen to be at one of `views` after the other. */
function aCluster(agent: Agent, views: readonly Drain[] = []) {
  const changes: object[] = [];
  const left = [...views];
  let now = agent;
  const cluster = {
    async get() {
      const drain = left.length > 1 ? left.shift() : left[0];
      return { ...now, status: { ...now.status, ...(drain && { drain }) } };
    },
    async merge({ spec }: { readonly spec: Agent['spec'] }) {
      changes.push(spec ?? {});
      now = { ...now, spec: JSON.parse(JSON.stringify({ ...now.spec, ...spec })) };
      return now;
    },
  };
  return { changes, connect: async () => cluster as unknown as Cluster };
}

async function said(
  command: (parts: { readonly output: Output }) => Command,
  ...flags: readonly string[]
): Promise<readonly string[]> {
  const { output, lines } = keptOutput();
  await command({ output }).parseAsync([...flags, '--kubeconfig', 'package.json'], {
    from: 'user',
  });
  return lines;
}

const clock = { now: () => 0, sleep: async () => undefined };
const interrupted = () => new AbortController().signal;

describe('titan drain', () => {
  afterEach(() => {
    process.exitCode = 0;
  });

  const at = (remaining: number, phase: NonNullable<Drain>['phase'] = 'Draining'): Drain => ({
    phase: phase ?? 'Draining',
    total: 5,
    remaining,
    message: `${remaining} left`,
    startedAt: '2026-01-01T00:00:00Z',
    ...(phase === 'Drained' ? { finishedAt: '2026-01-01T00:01:30Z' } : {}),
  });

  it('asks for it, says how far it is, each thing once, and ends with a report', async () => {
    const { connect, changes } = aCluster(anAgent('a1'), [at(5), at(2), at(2), at(0, 'Drained')]);
    const lines = await said(
      ({ output }) => drainCommand({ output, connect, clock, interrupted }),
      ...['a1', '--max-parallel', '2', '--deadline', '1m30s'],
    );
    expect(changes).to.deep.equal([
      { unschedulable: true, drain: { maxParallel: 2, deadlineSeconds: 90 } },
    ]);
    expect(lines).to.deep.equal([
      'a1: 0 of 5 tasks have left; 5 left',
      'a1: 3 of 5 tasks have left; 2 left',
      '✓ agent a1 is drained: 5 tasks have left within 90 s',
      '    It takes no tasks until titan uncordon says so.',
    ]);
    expect(process.exitCode ?? 0).to.equal(0);
  });

  it('says what is left when its time is over, and that it goes on', async () => {
    const { connect } = aCluster(anAgent('a1'), [at(2)]);
    const lines = await said(
      ({ output }) => drainCommand({ output, connect, clock, interrupted }),
      ...['a1', '--timeout', '0'],
    );
    expect(lines[0]).to.equal('✗ agent a1 is not drained yet: 2 of 5 tasks are left');
    expect(process.exitCode).to.equal(1);
  });

  it('refuses what is no number and no duration, by the name of the flag', async () => {
    const { connect, changes } = aCluster(anAgent('a1'));
    const command = ({ output }: { readonly output: Output }) =>
      drainCommand({ output, connect, clock, interrupted });
    for (const [flag = '', value = ''] of [
      ['--max-parallel', '0'],
      ['--deadline', 'soon'],
    ]) {
      const failure = await said(command, 'a1', flag, value).catch((error: Error) => error.message);
      expect(failure).to.include(`${flag} is "${value}"`);
    }
    expect(changes).to.deep.equal([]);
  });
});

describe('titan cordon and uncordon', () => {
  it('change what is not so yet, and take a drain away', async () => {
    const { connect, changes } = aCluster(anAgent('a1'));
    const cordon = ({ output }: { readonly output: Output }) => cordonCommand({ output, connect });
    expect(await said(cordon, 'a1')).to.deep.equal(['✓ agent a1 cordoned']);
    expect(await said(cordon, 'a1')).to.deep.equal(['✓ agent a1 was cordoned already']);
    const uncordon = ({ output }: { readonly output: Output }) =>
      uncordonCommand({ output, connect });
    const [json] = await said(uncordon, 'a1', '-o', 'json');
    expect(JSON.parse(json ?? '').spec).to.deep.equal({ unschedulable: false, drain: null });
    expect(changes).to.deep.equal([{ unschedulable: true }, { unschedulable: false, drain: null }]);
  });
});
