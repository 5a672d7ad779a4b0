import { expect } from 'chai';
import { type Reason, TitanError } from '../../../src/api/error.ts';
import { mergePatch } from '../../../src/cli/merge-patch.ts';
import { rolloutCommand } from '../../../src/cli/rollout.ts';
import type { Cluster } from '../../../src/gitops/cluster.ts';
import { keptOutput } from '../../support/output.ts';
import { aRolloutWorld, type RolloutWorld } from '../../support/rollout-world.ts';

interface Mishaps {
  /** What goes wrong when the job is looked at for the nth time, from 1. */
  readonly onLook?: (nth: number) => void;
  /** What goes wrong when it is changed. */
  readonly onChange?: (nth: number) => void;
}

/** A cluster with one job, for which a second passes whenever it is looked at. */
function clusterOf(world: RolloutWorld, { onLook, onChange }: Mishaps) {
  const changes: object[] = [];
  let [looks, tries] = [0, 0];
  const cluster = {
    namespace: 'default',
    async get() {
      onLook?.(++looks);
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
      onChange?.(++tries);
      changes.push(spec);
      world.apply(JSON.parse(JSON.stringify({ ...world.job().spec, ...spec })));
      return world.job();
    },
  };
  return { changes, cluster: cluster as unknown as Cluster };
}

async function said(world: RolloutWorld, words: string | readonly string[], mishaps: Mishaps = {}) {
  const { output, lines } = keptOutput();
  const { changes, cluster } = clusterOf(world, mishaps);
  const clock = { now: world.now, sleep: async () => undefined };
  const interrupted = () => new AbortController().signal;
  const progress = { inPlace: false, show: (now: readonly string[]) => now.forEach(output.line) };
  const connect = async () => cluster;
  const command = rolloutCommand({ output, progress, connect, clock, interrupted });
  const given = typeof words === 'string' ? words.split(' ') : words;
  await command.parseAsync([...given, '--kubeconfig', 'package.json'], { from: 'user' });
  return { lines, changes };
}

const fails = (reason: Reason) => () => {
  throw new TitanError(reason, 'as the API says it');
};

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
    const { lines } = await said(aWorld(), 'status web');
    expect(lines.at(-1)).to.equal('✓ job web Complete: dc1: revision 2 is rolled out');
    expect(
      lines.some((line) => /1 of 4 healthy/.test(line)),
      lines.join('\n'),
    ).to.equal(true);
    expect(process.exitCode ?? 0).to.equal(0);
  });

  it('watches a second set until the first is stopped', async () => {
    const world = aWorld({ blueGreen: { keepOldFor: 30 }, promoteAfter: 60 });
    const { lines } = await said(world, 'status web');
    expect(lines.at(-1)).to.equal('✓ job web Complete: dc1: revision 2 is rolled out');
    expect(
      lines.some((line) => /4 of 4 healthy, 8 run, revision 2 KeepingOld/.test(line)),
    ).to.equal(true);
  });

  it('ends with the reason, and a code, where it was rolled back', async () => {
    const { lines } = await said(aWorld({}, 'crashes'), 'status web');
    expect(lines.at(-2)).to.match(/^✗ job web RolledBack: .*ended with exit code 3$/);
    expect(lines.at(-1)).to.match(/^ {4}The version before it runs\. .*titan rollout undo web/);
    expect(process.exitCode).to.equal(1);
  });

  it('gives up watching after its time', async () => {
    const { lines } = await said(aWorld(), 'status web --timeout 3');
    expect(lines.at(-2)).to.match(/^! job web Progressing: /);
    expect(lines.at(-1)).to.match(/It goes on by itself/);
    expect(process.exitCode).to.equal(1);
  });

  it('shows what is kept, and goes back', async () => {
    const world = aWorld();
    await said(world, 'status web');
    const { lines } = await said(world, 'history web');
    expect(lines).to.have.length(3);
    expect(lines[1]).to.match(/^2 +2 +[0-9a-f]{8} .*asked for, runs$/);
    const { lines: undone, changes } = await said(world, 'undo web');
    expect(changes).to.deep.equal([{ version: '1' }]);
    expect(undone).to.deep.equal(['✓ job web goes back to revision 1 (version 1)']);
    const refused = await said(world, 'undo web --to-revision 9').catch(String);
    expect(refused).to.match(/there is no revision 9; kept are 3, 2, 1/);
  });

  it('says of each version that is kept whether it failed, and which runs', async () => {
    const world = aWorld({}, 'crashes');
    await said(world, 'status web');
    const { lines } = await said(world, 'history web');
    expect(lines.map((line) => line.split(/ {2,}/).at(-1))).to.deep.equal([
      'STATE',
      'asked for, failed',
      'runs',
    ]);
  });

  it('goes back to the last version that was good, not to another that failed', async () => {
    const world = aRolloutWorld({ update: {} }, { 2: 'crashes', 3: 'crashes' });
    world.step();
    world.runUntil((each) => each.rollout().phase === 'Complete', 60);
    for (const version of ['2', '3']) {
      world.apply({ version });
      world.runUntil((each) => each.rollout().phase === 'RolledBack', 120);
    }
    const { lines } = await said(world, 'undo web');
    expect(lines).to.deep.equal(['✓ job web goes back to revision 1 (version 1)']);
  });

  it('goes back from a version that no fault domain has looked at yet', async () => {
    const world = aWorld();
    await said(world, 'status web');
    const { changes } = await said(world, 'undo web', {
      onLook: () => world.apply({ version: '3' }),
    });
    expect(changes).to.deep.equal([{ version: '2' }]);
  });

  it('changes nothing that somebody else has changed meanwhile', async () => {
    const world = aWorld();
    const refused = await said(world, 'undo web', {
      onChange: () => {
        world.apply({ version: '9' });
        fails('Conflict')();
      },
    }).catch(String);
    expect(refused).to.match(/somebody else has just changed job web: see titan rollout history/);
    const onChange = (nth: number) => nth < 3 && fails('Conflict')();
    expect((await said(world, 'pause web', { onChange })).changes).to.have.length(1);
  });

  it('goes on watching while the API is away, and ends when the job is gone', async () => {
    const onLook = (nth: number) => nth === 3 && fails('ServiceUnavailable')();
    const { lines } = await said(aWorld(), 'status web', { onLook });
    expect(lines.filter((line) => line.startsWith('the API does not answer'))).to.have.length(1);
    expect(lines.at(-1)).to.match(/^✓ job web Complete/);
    const goesAway = (nth: number) => nth === 3 && fails('NotFound')();
    const gone = await said(aWorld(), 'status web', { onLook: goesAway }).catch(String);
    expect(gone).to.match(/job web is gone: it was deleted meanwhile/);
  });

  const refusals = [
    {
      asks: 'status nothing',
      says: /no job nothing in the namespace default: kubectl get jobs -A/,
    },
    { asks: 'status default/web', says: /"default\/web" names no job: expected its name, and -n/ },
    { asks: 'undo web --to-revision two', says: /--to-revision is "two": expected a number/ },
    { asks: 'undo web --to-revision 2', says: /has the spec of revision 2 already/ },
    { asks: 'resume web', says: /job web is not paused \(Progressing: / },
  ];
  for (const { asks, says } of refusals) {
    it(`refuses ${asks}, and says what to do`, async () => {
      const onLook = () => asks.includes('nothing') && fails('NotFound')();
      expect(await said(aWorld(), asks, { onLook }).catch(String)).to.match(says);
    });
  }

  it('takes the name of a job as kubectl writes it', async () => {
    expect((await said(aWorld(), 'pause job.titan.dev/web')).lines[0]).to.equal(
      '✓ job web is paused; titan rollout resume web lets it go on',
    );
  });

  it('promotes only what waits for it', async () => {
    const world = aWorld({ canary: 1 });
    const early = await said(world, 'promote web').catch(String);
    expect(early).to.match(/nothing of job web waits to be promoted \(Progressing: /);
    await said(world, 'status web');
    const { changes } = await said(world, 'promote web');
    expect(changes).to.deep.equal([{ update: { promoted: world.rollout().revision } }]);
  });

  it('pauses, resumes and restarts by the spec', async () => {
    const world = aWorld();
    expect((await said(world, 'pause web')).changes).to.deep.equal([{ update: { paused: true } }]);
    expect((await said(world, 'resume web')).changes).to.deep.equal([{ update: { paused: null } }]);
    const { changes } = await said(world, 'restart web -o json');
    expect(JSON.stringify(changes)).to.match(/^\[\{"restartedAt":"\d{4}-.*Z"\}\]$/);
  });

  it('takes fields away that an old version had not', () => {
    const patch = mergePatch({ a: 1, b: { c: 1, d: [1] }, e: 2 }, { a: 1, b: { d: [2] }, f: 3 });
    expect(patch).to.deep.equal({ e: null, b: { c: null, d: [2] }, f: 3 });
  });
});
