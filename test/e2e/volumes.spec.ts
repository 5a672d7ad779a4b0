import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { until } from '../support/mesos.ts';
import { createTitan, type Titan } from '../support/titan.ts';

/** A counter in a Volume, with real processes, kubectl and folders. */
describe('a Volume with real processes', function () {
  this.timeout(120_000);
  let titan: Titan;

  before(async () => {
    titan = createTitan({ flags: ['--keep-tasks'] });
    await titan.start();
  });
  after(() => titan.end());

  const starts = () => filesUnder(titan.state, 'starts').map((path) => readFileSync(path, 'utf8'));
  const has = (count: number) => () => starts()[0] === 'start\n'.repeat(count);
  const kill = () => {
    for (const { pid } of titan.processes()) process.kill(-pid, 'SIGKILL');
  };

  it('goes on over the death of its task, and of Titan, and ends when it is deleted', async () => {
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
});

function filesUnder(folder: string, name: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && entry.name === name && entry.parentPath.includes('/volumes/'),
    )
    .map((entry) => join(entry.parentPath, entry.name));
}
