import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { LocalAgent } from '../../../src/mesos/local/agent/agent.ts';
import { scriptedMachine } from '../../../src/mesos/local/executor/scripted.ts';
import { createMaster } from '../../../src/mesos/local/master/master.ts';
import { serveMaster } from '../../../src/mesos/local/master/server.ts';
import { memoryVault } from '../../../src/mesos/local/vault.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { seededRandom } from '../../../src/runtime/random.ts';
import { quiet, recordedAgent } from '../../support/mesos.ts';

const script = fileURLToPath(
  new URL('../../fixtures/mesos/third-party-client.mjs', import.meta.url),
);

/** The npm package `mesos-framework`, written for real Mesos by people who never saw this one. */
describe('a third-party framework', () => {
  it('registers, launches a task, sees it finish and goes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'titan-third-party-'));
    const clock = systemClock();
    const random = seededRandom(1);
    const common = { clock, random, log: quiet };
    const master = createMaster({ ...common, vault: memoryVault(), allocationMs: 50 });
    const launcher = scriptedMachine({ clock, random, script: () => ({ startMs: 5, runMs: 50 }) });
    const agent = new LocalAgent({
      ...common,
      info: recordedAgent,
      launcher,
      vault: memoryVault(),
    });
    agent.connect(master);
    const server = await serveMaster({ master: () => master, host: '127.0.0.1', port: 0 });
    const client = spawn(process.execPath, [script, String(server.port), folder], { cwd: folder });
    try {
      expect(await linesOf(client)).to.deep.equal([
        'subscribed',
        'TASK_STARTING',
        'TASK_RUNNING',
        'TASK_FINISHED',
      ]);
      expect(agent.running).to.equal(0);
    } finally {
      client.kill();
      master.stop();
      agent.stop({ keepTasks: false });
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** What a process prints, until it ends. */
async function linesOf(child: ChildProcess): Promise<readonly string[]> {
  let text = '';
  child.stdout?.on('data', (part) => {
    text += part;
  });
  await new Promise((resolve) => child.once('close', resolve));
  return text.trim().split('\n');
}
