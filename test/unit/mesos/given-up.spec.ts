import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { TaskEnd } from '../../../src/mesos/local/executor/launcher.ts';
import { processLauncher } from '../../../src/mesos/local/executor/processes.ts';
import { processWatch } from '../../../src/mesos/local/executor/watch.ts';
import type { LaunchOrder } from '../../../src/mesos/local/link.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { quiet, until } from '../../support/mesos.ts';

describe('an executor that is late', () => {
  it('runs nothing once its agent has called the task dropped', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'titan-late-'));
    const launcher = processLauncher({
      hostname: 'host',
      sandboxesFolder: folder,
      volumesFolder: join(folder, 'volumes'),
      imagesFolder: folder,
      watch: processWatch(systemClock()),
      log: quiet,
      environment: { PATH: '/usr/bin:/bin' },
    });
    const ends: TaskEnd[] = [];
    const observer = { started() {}, ended: (end: TaskEnd) => void ends.push(end) };
    const order = orderFor('late', 'touch ran; sleep 300');

    expect(launcher.recover(order, undefined, observer)).to.equal(undefined);
    launcher.start(order, observer);

    await until(() => ends.length > 0, 'the end of the executor');
    expect(ends).to.deep.equal([{ how: 'executorLost' }]);
    expect(existsSync(join(folder, 'late', 'ran'))).to.equal(false);
    rmSync(folder, { recursive: true });
  });
});

function orderFor(id: string, script: string): LaunchOrder {
  return {
    frameworkId: 'framework',
    tellsKilling: true,
    role: 'titan',
    task: {
      name: id,
      task_id: { value: id },
      agent_id: { value: 'agent' },
      resources: [],
      command: { shell: true, value: script },
    },
  };
}
