import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { type EtcdCluster, startEtcd } from '../support/etcd.ts';
import { bringPart } from '../support/parts.ts';
import { normaliseTables, runScenario } from '../support/scenario.ts';
import { createTitan, type TaskProcess, type Titan } from '../support/titan.ts';

const FILE = 'test/scenario/first-light.txt';

/** Steps 2 to 6 of the first light, with real kubectl, real processes and a real store. */
describe('first light', function () {
  this.timeout(300_000);

  it('runs a job in three fault domains over the embedded store', async () => {
    const programs = { helm: await bringPart('helm') };
    await play(createTitan({ flags: ['--keep-tasks'], programs }));
  });

  it('does the same over three etcds, with the kubectl of the distribution', async () => {
    const names = ['dc1', 'dc2', 'dc5'];
    const etcds = await Promise.all(names.map(() => startEtcd({ members: 1 })));
    const flags = etcds.flatMap(({ endpoints }, index) => [
      '--etcd',
      `${names[index]}=${endpoints}`,
    ]);
    try {
      const programs = { helm: await bringPart('helm') };
      const all = ['--keep-tasks', ...flags];
      await play(createTitan({ flags: all, kubectl: 'kubectl-1.20', programs }));
    } finally {
      await Promise.all(etcds.map((etcd: EtcdCluster) => etcd.stop()));
    }
  });
});

async function play(titan: Titan): Promise<void> {
  let remembered: readonly TaskProcess[] = [];
  let startedAt = 0;
  const builtins: Readonly<Record<string, (argument: string) => Promise<string>>> = {
    processes: async () => `${titan.processes().length}`,
    'start-watch': async () => {
      startedAt = performance.now();
      return '';
    },
    // For people who read the log: it differs from run to run.
    'print-watch': async () => {
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
      console.log(`      ${titan.processes().length} processes run ${seconds} s after titan apply`);
      return '';
    },
    'remember-processes': async () => {
      remembered = titan.processes();
      return '';
    },
    'same-processes': async () => {
      expect(identities(titan.processes())).to.deep.equal(identities(remembered));
      return 'yes';
    },
    'kill-task': async (name) => {
      const found = titan.processes().filter(({ sandbox }) => sandbox.includes(`/${name}`));
      for (const { pid } of found) process.kill(childOf(pid), 'SIGTERM');
      return `${found.length}`;
    },
    'restart-titan': async (signal) => {
      await titan.stop(`SIG${signal}` as NodeJS.Signals);
      await titan.start();
      return '';
    },
  };
  try {
    await titan.start();
    await runScenario({
      file: FILE,
      record: process.env.RECORD === '1',
      normalise: (text) => normaliseTables(text.replaceAll(titan.state, '$STATE')),
      run: (command) => {
        const [name = '', argument = ''] = command.split(' ');
        return builtins[name]?.(argument) ?? titan.sh(command);
      },
    });
  } finally {
    await titan.end();
  }
}

function identities(processes: readonly TaskProcess[]): readonly string[] {
  return processes.map(({ pid, sandbox }) => `${pid} ${sandbox}`).toSorted();
}

/** The program that an executor runs. */
function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
}
