import { expect } from 'chai';
import { mergePatch } from '../../../src/cli/merge-patch.ts';
import { rolloutCommand } from '../../../src/cli/rollout.ts';
import type { Cluster } from '../../../src/gitops/cluster.ts';
import { keptOutput } from '../../support/output.ts';
import { aRolloutWorld, type RolloutWorld } from '../../support/rollout-world.ts';

/** A cluster with one job, for which a second passes whenever it is looked at. */
function clusterOf(world: RolloutWorld) {
  const changes: object[] = [];
  const cluster = {
    namespace: 'default',
    async get() {
      world.step();
      return world.job();
    },
    async list() {
      const { uid } = world.job().metadata;
      return world.revisions().map((each) => {
        const metadata = { ...each.metadata, ownerReferences: [{ uid }] };
        return { ...each, metadata };
      });
    },
    async merge({ spec }: { readonly spec: object }) {
      changes.push(spec);
      world.apply(JSON.parse(JSON.stringify({ ...world.job().spec, ...spec })));
      return world.job();
    },
  };
  return { changes, cluster: cluster as unknown as Cluster };
}

async function said(world: RolloutWorld, ...words: readonly string[]) {
  const { output, lines } = keptOutput();
  const { changes, cluster } = clusterOf(world);
  const clock = { now: world.now, sleep: async () => undefined };
  const interrupted = () => new AbortController().signal;
  const command = rolloutCommand({ output, connect: async () => cluster, clock, interrupted });
  await command.parseAsync([...words, '--kubeconfig', 'package.json'], { from: 'user' });
  return { lines, changes };
}

describe('titan rollout', () => {
  afterEach(() => {
    process.exitCode = 0;
  });

  function aWorld(update: object = {}, second: 'well' | 'crashes' = 'well'): RolloutWorld {
    const world = aRolloutWorld({ update }, { 2: second });
    world.step();
    world.runUntil((each) => each.rollout().phase === 'Complete', 60);
    world.apply({ version: '2' });
    return world;
  }

  it('watches a rollout to its good end', async () => {
    const { lines } = await said(aWorld(), 'status', 'web');
    expect(lines.at(-1)).to.equal('✓ job web Complete: dc1: revision 2 is rolled out');
    expect(
      lines.some((line) => /1 of 4 healthy/.test(line)),
      lines.join('\n'),
    ).to.equal(true);
    expect(process.exitCode ?? 0).to.equal(0);
  });

  it('watches a second set until the first is stopped', async () => {
    const world = aWorld({ blueGreen: { keepOldFor: 30 }, promoteAfter: 60 });
    const { lines } = await said(world, 'status', 'web');
    expect(lines.at(-1)).to.equal('✓ job web Complete: dc1: revision 2 is rolled out');
    expect(
      lines.some((line) => /4 of 4 healthy, 8 run, revision 2 KeepingOld/.test(line)),
    ).to.equal(true);
  });

  it('ends with the reason, and a code, where it was rolled back', async () => {
    const { lines } = await said(aWorld({}, 'crashes'), 'status', 'web');
    expect(lines.at(-1)).to.match(/^✗ job web RolledBack: .*ended with exit code 3$/);
    expect(process.exitCode).to.equal(1);
  });

  it('gives up watching after its time', async () => {
    const { lines } = await said(aWorld(), 'status', 'web', '--timeout', '3');
    expect(lines.at(-1)).to.match(/^! job web Progressing: /);
    expect(process.exitCode).to.equal(1);
  });

  it('shows what is kept, and goes back', async () => {
    const world = aWorld();
    await said(world, 'status', 'web');
    const { lines } = await said(world, 'history', 'web');
    expect(lines).to.have.length(3);
    expect(lines[1]).to.match(/^2 +2 +[0-9a-f]{8} .*asked for, runs$/);
    const { lines: undone, changes } = await said(world, 'undo', 'web');
    expect(changes).to.deep.equal([{ version: '1' }]);
    expect(undone).to.deep.equal(['✓ job web goes back to revision 1 (version 1)']);
    const refused = await said(world, 'undo', 'web', '--to-revision', '9').catch(String);
    expect(refused).to.match(/there is no revision 9; kept are 3, 2, 1/);
  });

  it('promotes only what waits for it', async () => {
    const world = aWorld({ canary: 1 });
    const early = await said(world, 'promote', 'web').catch(String);
    expect(early).to.match(/nothing waits to be promoted/);
    await said(world, 'status', 'web');
    const { changes } = await said(world, 'promote', 'web');
    expect(changes).to.deep.equal([{ update: { promoted: world.rollout().revision } }]);
  });

  it('pauses, resumes and restarts by the spec', async () => {
    const world = aWorld();
    expect((await said(world, 'pause', 'web')).changes).to.deep.equal([
      { update: { paused: true } },
    ]);
    expect((await said(world, 'resume', 'web')).changes).to.deep.equal([
      { update: { paused: null } },
    ]);
    const { changes } = await said(world, 'restart', 'web', '-o', 'json');
    expect(JSON.stringify(changes)).to.match(/^\[\{"restartedAt":"\d{4}-.*Z"\}\]$/);
  });

  it('takes fields away that an old version had not', () => {
    const patch = mergePatch({ a: 1, b: { c: 1, d: [1] }, e: 2 }, { a: 1, b: { d: [2] }, f: 3 });
    expect(patch).to.deep.equal({ e: null, b: { c: null, d: [2] }, f: 3 });
  });
});
