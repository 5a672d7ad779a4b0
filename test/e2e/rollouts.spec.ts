import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { until } from '../support/mesos.ts';
import { applyJobs, createTitan, nodeProgram, type Titan } from '../support/titan.ts';

interface Broken {
  /** What both versions have. */
  readonly spec: object;
  readonly first: object;
  readonly second: object;
  readonly location?: string;
  /** The message of `RolledOut`, as kubectl describe shows it. */
  readonly says: RegExp;
}

const runs = (...command: readonly string[]) => ({ container: { command } });
const shell = (line: string) => runs('sh', '-c', line);
const SLEEP = runs('sleep', '1000');
const server = resolve('test/fixtures/mesos/probed.mjs');
const probed = (readinessProbe: object, command: string) => ({
  container: {
    command: ['sh', '-c', command],
    readinessProbe: { ...readinessProbe, periodSeconds: 1, initialDelaySeconds: 0 },
  },
});
const IS_READY = { exec: { command: ['test', '-e', 'ready'] } };
const IN_TIME = { minHealthySeconds: 4, healthyDeadline: '12s' };
const ANSWERS = { httpGet: { port: 'PORT0' } };
const failed = (name: string) => `revision 2 was rolled back: 1 instance failed: ${name}-dc\\d-0-1`;
const late = (name: string) =>
  `revision 2 was rolled back: 1 instance not healthy within 12 s: ${name}-dc1-0-1`;
const AGENT = 'on dc\\d-agent-0\\d';

/** Versions that are broken, each in its own way, on real processes. */
const BROKEN: Readonly<Record<string, Broken>> = {
  'crash-loop': {
    spec: {},
    first: SLEEP,
    second: shell('echo no such table >&2; exit 3'),
    says: RegExp(
      `^dc1: ${failed('crash-loop')} ${AGENT} ended with exit code 3 \\(no such table\\)$`,
    ),
  },
  'bad-command': {
    spec: {},
    first: SLEEP,
    second: runs('/no/such/program'),
    says: RegExp(`^dc1: ${failed('bad-command')} .*exit code 1 \\(.*there is no such program\\)$`),
  },
  'bad-image': {
    spec: {},
    first: SLEEP,
    second: { container: { image: 'nothing:9' } },
    says: RegExp(`^dc1: ${failed('bad-image')} .*\\(There is no image 'nothing:9' here: .*…\\)$`),
  },
  'no-user': {
    spec: {},
    first: SLEEP,
    second: { container: { ...SLEEP.container, user: 'nobodyhere' } },
    says: RegExp(`^dc1: ${failed('no-user')} .*\\(Failed to find user 'nobodyhere'`),
  },
  'bad-fetch': {
    spec: {},
    first: SLEEP,
    second: { container: { ...SLEEP.container, files: [{ uri: 'http://127.0.0.1:1/app.tgz' }] } },
    says: RegExp(`^dc1: ${failed('bad-fetch')} .*ContainerLaunchFailed \\(Failed to fetch URI`),
  },
  'exits-well': {
    spec: {},
    first: SLEEP,
    second: runs('true'),
    says: RegExp(`^dc1: ${failed('exits-well')} ${AGENT} ended with exit code 0$`),
  },
  'killed-by-itself': {
    spec: {},
    first: SLEEP,
    second: shell('kill -KILL $$'),
    says: RegExp(`^dc1: ${failed('killed-by-itself')} ${AGENT} was ended by SIGKILL`),
  },
  'never-ready': {
    spec: { update: IN_TIME },
    first: probed(IS_READY, 'touch ready; exec sleep 1000'),
    second: probed(IS_READY, 'exec sleep 1000'),
    says: RegExp(`^dc1: ${late('never-ready')} .*not ready, its readiness probe saw exit code 1$`),
  },
  'wrong-port': {
    spec: { ports: 2, update: IN_TIME },
    first: probed(ANSWERS, `exec ${nodeProgram} ${server} /`),
    second: probed(ANSWERS, `PORT0=$PORT1 PORT1=0 exec ${nodeProgram} ${server} /`),
    says: RegExp(`^dc1: ${late('wrong-port')} .*not ready, its readiness probe had no answer$`),
  },
  'one-domain': {
    spec: {},
    first: SLEEP,
    second: shell('case $TITAN_TASK in *-dc2-*) echo only here >&2; exit 5;; esac; sleep 1000'),
    location: 'dc1:2,dc2:2',
    says: RegExp(`^dc2: ${failed('one-domain')} ${AGENT} ended with exit code 5 \\(only here\\)$`),
  },
};

const RULES = { minHealthySeconds: 1 };
const ROLLED_OUT = '{.status.conditions[?(@.type=="RolledOut")].reason}';

describe('rollouts of real processes', function () {
  this.timeout(180_000);
  let titan: Titan;

  before(async () => {
    const domains = ['--domains', 'dc1=us-east-1,dc2=us-west-2', '--agents', '2x8cpu,16GiB'];
    titan = createTitan({ flags: domains });
    await titan.start();
  });
  after(() => titan.end());

  /** Processes of tasks, by the job. */
  function runningNow(): ReadonlyMap<string, number> {
    const jobs = titan
      .processes()
      .map(({ sandbox }) => /\/(?<job>[a-z0-9-]+?)-dc\d-/.exec(sandbox));
    const groups = Map.groupBy(jobs, (found) => found?.groups?.job ?? '');
    return new Map([...groups].map(([job, all]) => [job, all.length]));
  }
  const running = (job: string) => runningNow().get(job) ?? 0;
  const reaches = (jobs: string, reason: string) =>
    titan.sh(`kubectl wait ${jobs} --for=jsonpath='${ROLLED_OUT}'=${reason} --timeout=100s`);
  /** What it prints, and what it ends with. */
  const codeOf = (command: string) => titan.sh(`${command}; echo "code $?"`);

  it('go back by themselves from every broken version, never below the floor, and say why in one line', async () => {
    const jobs = Object.entries(BROKEN);
    const all = jobs.map(([name]) => `job/${name}`).join(' ');
    const specOf = ({ spec, location = 'dc1:3' }: Broken) => ({
      ...{ location, update: { minHealthySeconds: 4 } },
      ...spec,
    });
    const each = (made: (broken: Broken) => object) =>
      Object.fromEntries(
        jobs.map(([name, broken]) => [name, { ...specOf(broken), ...made(broken) }]),
      );
    await applyJobs(
      titan,
      each(({ first }) => first),
    );
    await titan.sh(`kubectl wait ${all} --for=condition=Ready --timeout=60s`);
    const fewest = new Map(runningNow());
    const counting = setInterval(() => {
      const now = runningNow();
      for (const [name, count] of fewest) fewest.set(name, Math.min(count, now.get(name) ?? 0));
    }, 200);
    await applyJobs(
      titan,
      each(({ second }) => ({ ...second, version: '2' })),
    );
    await reaches(all, 'RolledBack');
    clearInterval(counting);
    for (const [name, { says, location }] of jobs) {
      const message = `kubectl describe job.titan.dev/${name} | grep -B4 'Type: *RolledOut' | sed -n 's/^ *Message: *//p'`;
      await until(
        async () => says.test((await titan.sh(message)).trim()),
        `${name} in one line: ${await titan.sh(message)}`,
        20_000,
      );
      // One of three may be down, and of two in each fault domain one.
      expect(fewest.get(name), name).to.be.at.least(2);
      expect(running(name), name).to.equal(location === undefined ? 3 : 4);
    }
    expect(await codeOf('titan rollout status crash-loop')).to.match(
      /^✗ job crash-loop RolledBack: dc1: .*\(no such table\)\n.*titan rollout undo crash-loop .*\ncode 1\n$/,
    );
    expect(
      await codeOf('kubectl wait --for=condition=RolledOut job/crash-loop --timeout=1s'),
    ).to.match(/code 1\n$/);
    expect(await titan.sh('kubectl get job crash-loop -o wide --no-headers')).to.match(
      / Available +\S+ +dc1:3 .* 3 +1 +3 of 3 tasks run\n$/,
    );
    await titan.sh('kubectl delete jobs --all --timeout=60s');
  });

  it('are steered by the commands and by kubectl', async () => {
    await applyJobs(titan, {
      web: { ...SLEEP, location: 'dc1:2', update: { ...RULES, canary: 1 } },
    });
    expect(await codeOf('titan rollout status web --timeout 60s')).to.match(
      /✓ job web Complete: dc1: revision 1 is rolled out\ncode 0\n$/,
    );
    const change = (spec: object) =>
      titan.sh(`kubectl patch job web --type=merge -p '${JSON.stringify({ spec })}'`);
    const rolledOut = () =>
      titan.sh('kubectl wait --for=condition=RolledOut job/web --timeout=60s');
    await change({ version: '2' });
    expect(await codeOf('titan rollout status web --timeout 60s')).to.match(
      /✗ job web AwaitingPromotion: .*\n +titan rollout promote web lets it go on, .*\ncode 1\n$/,
    );
    expect(await titan.sh('titan rollout promote web')).to.match(
      /^✓ job web goes on with revision 2/,
    );
    await rolledOut();

    await change({ update: { canary: null, paused: true }, version: '3' });
    await reaches('job/web', 'Paused');
    expect(await titan.sh('titan rollout pause web')).to.match(/^✗ job web is paused already: /);
    expect(await titan.sh('titan rollout resume web')).to.equal('✓ job web goes on\n');
    await rolledOut();
    expect(await titan.sh('titan rollout undo web')).to.equal(
      '✓ job web goes back to revision 2 (version 2)\n',
    );
    await rolledOut();
    const before = titan.processes().map(({ pid }) => pid);
    await titan.sh('titan rollout restart web');
    await rolledOut();
    expect(titan.processes().filter(({ pid }) => before.includes(pid))).to.deep.equal([]);
    expect(await titan.sh('titan rollout history web')).to.match(
      /^REVISION +.*STATE\n.* asked for, runs\n/,
    );
    await titan.sh('kubectl delete job web --timeout=60s');
  });

  it('start and stop jobs in their order, one on every agent, and none while they are suspended', async () => {
    const said = join(titan.state, 'said');
    const tells = (name: string) =>
      shell(
        `echo ${name} >>${said}; trap 'echo end ${name} >>${said}; exit 0' TERM; while :; do sleep 0.1; done`,
      );
    const dependsOn = [{ job: 'db' }];
    await applyJobs(titan, { front: { ...tells('front'), dependsOn, update: RULES } });
    await applyJobs(titan, { db: { ...tells('db'), location: 'dc1:*', update: RULES } });
    await titan.sh('kubectl wait job/front job/db --for=condition=Ready --timeout=60s');
    expect(running('db')).to.equal(2);
    const spread = `kubectl get tasks -l titan.dev/job=db -o jsonpath='{.items[*].status.agent}'`;
    expect((await titan.sh(spread)).split(' ').toSorted()).to.deep.equal([
      'dc1-agent-01',
      'dc1-agent-02',
    ]);
    const suspend = (value: boolean) =>
      titan.sh(`kubectl patch job db --type=merge -p '{"spec":{"suspend":${value}}}'`);
    await suspend(true);
    await titan.sh('kubectl wait job/db --for=condition=Suspended --timeout=60s');
    await until(() => running('db') === 0, 'nothing of it runs', 20_000);
    expect(running('front'), 'what has started is left alone').to.equal(1);
    await suspend(false);
    await titan.sh('kubectl wait job/db --for=condition=Ready --timeout=60s');
    await titan.sh('kubectl delete job db front --timeout=60s');
    expect(readFileSync(said, 'utf8').trim().split('\n')).to.deep.equal([
      ...['db', 'db', 'front'],
      ...['end db', 'end db', 'db', 'db'],
      ...['end front', 'end db', 'end db'],
    ]);
  });

  it('are not waited for by batches, which end well or badly, and go when their time is over', async () => {
    const said = join(titan.state, 'indexes');
    const ends = { location: 'dc1:2', restartOnSuccess: false, restartOnFailure: false };
    await applyJobs(titan, {
      good: { ...shell(`echo $TITAN_INDEX >>${said}`), ...ends },
      brief: { ...shell('true'), ...ends, ttlSecondsAfterFinished: 1 },
      bad: { ...shell('exit 4'), ...ends },
    });
    await titan.sh('kubectl wait job/good --for=condition=Complete --timeout=60s');
    await titan.sh('kubectl wait job/bad --for=condition=Failed --timeout=60s');
    await titan.sh('kubectl wait job/brief --for=delete --timeout=60s');
    expect(readFileSync(said, 'utf8').trim().split('\n').toSorted()).to.deep.equal(['0', '1']);
    await titan.sh('kubectl delete job good bad --timeout=60s');
  });

  it('run so many of a batch at once as it says, and no more once enough have ended well', async () => {
    const said = join(titan.state, 'turns');
    const [parallelism, completions] = [2, 4];
    const ends = { location: 'dc1:6', restartOnSuccess: false, parallelism, completions };
    await applyJobs(titan, {
      turns: { ...shell(`echo start >>${said}; sleep 0.3; echo end >>${said}`), ...ends },
    });
    await titan.sh('kubectl wait job/turns --for=condition=Complete --timeout=60s');
    const read = `kubectl get job turns -o jsonpath='{.status.succeeded}'`;
    expect(Number(await titan.sh(read))).to.equal(completions);
    const lines = readFileSync(said, 'utf8').trim().split('\n');
    const atOnce = lines.map((_, at) => {
      const [starts, over] = ['start', 'end'].map(
        (word) => lines.slice(0, at + 1).filter((line) => line === word).length,
      );
      return (starts ?? 0) - (over ?? 0);
    });
    expect(Math.max(...atOnce)).to.equal(parallelism);
    expect(lines.filter((line) => line === 'start').length).to.be.at.most(completions + 1);
    await titan.sh('kubectl delete job turns --timeout=60s');
  });
});
