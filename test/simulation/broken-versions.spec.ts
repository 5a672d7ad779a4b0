import { expect } from 'chai';
import { apiVersionOf } from '../../src/api/kind.ts';
import { JOB, type Job, type Task } from '../../src/api/kinds.gen.ts';
import { isDeleting } from '../../src/api/object.ts';
import { isReady, phaseOf } from '../../src/api/task.ts';
import type { Script, ScriptedOptions } from '../../src/mesos/local/executor/scripted.ts';
import { aSimWorld, type World } from './world.ts';

type Spec = Partial<Job['spec']>;

interface Broken {
  /** How tasks of the second version behave, by their command. */
  readonly does?: string;
  readonly spec?: Spec;
  readonly location?: string;
  /** The fault domain that tells of it. */
  readonly in?: 'dc2';
  /** What `kubectl describe` says of it. */
  readonly says: RegExp;
  /** It stops nothing, or ends at once: a job of one instance is back after seconds. */
  readonly atOnce?: true;
}

const READINESS = {
  tcpSocket: { port: 'http' },
  periodSeconds: 2,
  timeoutSeconds: 1,
  initialDelaySeconds: 0,
};
const LIVENESS = { ...READINESS, failureThreshold: 2, gracePeriodSeconds: 0 };
const REF = { name: 'nothing', key: 'password', optional: false };
const lateness = (saw: string) => new RegExp(`not healthy within 60 s: .*${saw}`);

/** Versions that can never be healthy, each by a fault of its own. */
const BROKEN: Readonly<Record<string, Broken>> = {
  'no-image': { does: 'unpulled', says: /ContainerLaunchFailed.*no such image/, atOnce: true },
  'not-fetched': { does: 'unfetched', says: /ContainerLaunchFailed.*404/, atOnce: true },
  'crash-loop': { does: 'crashes', says: /ended with exit code 3/, atOnce: true },
  'crashes-late': { does: 'crashes-late', says: /ended with exit code 4/, atOnce: true },
  'exits-well': { does: 'exits', says: /ended with exit code 0/, atOnce: true },
  'out-of-memory': { does: 'killed', says: /was ended by SIGKILL/, atOnce: true },
  'over-memory': {
    does: 'eats',
    says: /took more memory than it may \(Memory limit exceeded: Requested: 16MB .*\)$/,
    atOnce: true,
  },
  'over-disk': {
    does: 'writes',
    says: /ContainerLimitationDisk \(Disk usage \(11MB\) exceeds quota/,
    atOnce: true,
  },
  'bad-memory-access': { does: 'segfault', says: /was ended by SIGSEGV/, atOnce: true },
  'never-ready': { does: 'unready', says: lateness('runs but is not ready') },
  'wrong-port': { does: 'refuses', says: lateness('its readiness probe saw not connected') },
  'probe-times-out': { does: 'silent', says: lateness('its readiness probe had no answer') },
  'hook-that-hangs': {
    does: 'unready',
    spec: {
      container: { preStop: { exec: { command: ['hang'] }, timeoutSeconds: 20, waitSeconds: 0 } },
    },
    says: lateness('runs but is not ready'),
  },
  'unhealthy-after-a-minute': {
    does: 'dies-late',
    spec: { update: { minHealthySeconds: 70, healthyDeadline: 120, progressDeadline: 180 } },
    says: /is Failed: Unhealthy \(its liveness probe failed\)/,
  },
  'slow-start': { does: 'slow', says: /is (Starting|Staging)/ },
  flapping: { does: 'flaps', says: lateness('') },
  'soon-unready': { does: 'fades', says: lateness('runs but is not ready') },
  'deaf-to-signals': { does: 'deaf', says: lateness('runs but is not ready') },
  unhealthy: { does: 'dies-inside', says: /Unhealthy|health/ },
  'no-secret': {
    spec: { container: { env: [{ name: 'P', value: '', valueFrom: { secretKeyRef: REF } }] } },
    says: /waits for a Secret: there is no Secret default\/nothing: create it/,
    atOnce: true,
  },
  'no-volume': {
    spec: {
      volumes: [{ name: 'data', claim: { name: 'nowhere', perInstance: false } }],
      container: { volumeMounts: [{ name: 'data', mountPath: 'data', readOnly: false }] },
    },
    says: /waits for a Volume: there is no Volume default\/nowhere/,
    atOnce: true,
  },
  'constraint-unmet': {
    spec: { constraints: [{ rule: 'Equals', attribute: 'rack', values: ['r9'] }] },
    says: /waits for an agent: none of 3 agents can take it: 3 ruled out by Equals\(rack\)/,
    atOnce: true,
  },
  'too-large': {
    spec: { cpus: 400 },
    says: /waits for an agent: none of 3 agents can take it: 3 have less than 400 cpus/,
    atOnce: true,
  },
  'no-gpu': { spec: { gpus: 1 }, says: /3 have less than 1 gpu/, atOnce: true },
  'no-room': {
    spec: { cpus: 39 },
    says: /waits for an agent: none of 3 agents can take it: 3 have less than 39 cpus free/,
    atOnce: true,
  },
  'one-domain-only': {
    does: 'fails-in-dc2',
    location: 'dc1:3,dc2:3',
    in: 'dc2',
    says: /dc2: revision 2 was rolled back: .*ended with exit code 5/,
  },
  'one-agent-only': {
    does: 'fails-on-agent-2',
    location: 'dc1:*',
    says: /on agent-02 ended with exit code 6/,
  },
};

/** Until all have come to their end. */
const SECONDS = 200;
const MINUTE = 60_000;
const exits = (runMs: number, exitCode: number) => ({ startMs: 10, runMs, exitCode });
const ready = (is: (ranMs: number) => number | undefined): Script => ({
  startMs: 10,
  check: (_, ranMs) => ({ result: is(ranMs), tookMs: 0 }),
});
const notLaunched = (message: string): Script => ({
  startMs: 10,
  end: { how: 'notLaunched', message },
});
const signaled = (signal: number): Script => ({
  startMs: 10,
  runMs: 2_000,
  end: { how: 'signaled', signal },
});

const limited = (by: 'MEMORY' | 'DISK', message: string): Script => ({
  startMs: 10,
  runMs: 2_000,
  end: { how: 'limited', by, message },
});

const BEHAVIOURS: Readonly<Record<string, Script>> = {
  unpulled: notLaunched('no such image'),
  unfetched: notLaunched('Failed to fetch http://files/app.tgz: 404'),
  crashes: exits(500, 3),
  'crashes-late': exits(7_000, 4),
  exits: exits(500, 0),
  killed: signaled(9),
  segfault: signaled(11),
  eats: limited(
    'MEMORY',
    'Memory limit exceeded: Requested: 16MB Maximum Used: 16MB\n\nSTATISTICS:',
  ),
  writes: limited('DISK', 'Disk usage (11MB) exceeds quota (10MB)'),
  unready: ready(() => 1),
  refuses: ready(() => 111),
  silent: ready(() => undefined),
  slow: { startMs: 5 * MINUTE },
  flaps: ready((ranMs) => (Math.floor(ranMs / 4_000) % 2 === 0 ? 0 : 1)),
  fades: ready((ranMs) => (ranMs < 5_000 ? 0 : 1)),
  deaf: { ...ready(() => 1), endMs: Number.POSITIVE_INFINITY },
  'dies-inside': ready((ranMs) => (ranMs < 4_000 ? 0 : 1)),
  'dies-late': ready((ranMs) => (ranMs < 60_000 ? 0 : 1)),
};

const byCommand: ScriptedOptions['script'] = ({ task }): Script => {
  const [, does = 'well'] = task.command?.arguments ?? [];
  if (does === 'fails-in-dc2' && task.name.includes('-dc2-')) return exits(500, 5);
  if (does === 'fails-on-agent-2' && task.agent_id.value.endsWith('S1')) return exits(500, 6);
  return BEHAVIOURS[does] ?? { startMs: 10 };
};

const probed = (does: string): NonNullable<Job['spec']['container']> => ({
  command: ['app', does],
  readinessProbe: READINESS,
  ...(does.startsWith('dies-') ? { livenessProbe: LIVENESS } : {}),
});

const FIRST: Spec = {
  cpus: 0.1,
  memory: 16,
  ports: 1,
  portNames: ['http'],
  killWaitSeconds: 10,
  container: probed('well'),
  update: { healthyDeadline: 60, progressDeadline: 90, minHealthySeconds: 8 },
};

/** A job of three, and one of a single instance, for each way to be broken. */
function jobsOf(name: string, { location }: Broken): readonly (readonly [string, Spec])[] {
  const jobs: readonly (readonly [string, Spec])[] = [[name, { location: location ?? 'dc1:3' }]];
  return location === undefined ? [...jobs, [`${name}-one`, { location: 'dc1:1' }]] : jobs;
}

async function applySecond(world: World, name: string, { does = 'well', spec = {} }: Broken) {
  const { client } = world.places[0] ?? expect.fail('no fault domain');
  const job = await client.get(JOB, { namespace: 'default', name });
  const container = { ...probed(does), ...spec.container };
  const changed = { ...job.spec, ...spec, container, version: '2' };
  await world.wait(client.update(JOB, { ...job, apiVersion: apiVersionOf(JOB), spec: changed }));
}

function isUp(task: Task): boolean {
  return phaseOf(task) === 'Running' && isReady(task) && !isDeleting(task);
}

/** What was seen of one job in one fault domain. */
interface Seen {
  /** The fewest instances up at once. */
  least: number;
  /** Seconds with none up: now, and the longest time. */
  gap: number;
  longest: number;
}

function note(seen: Map<string, Seen>, key: string, count: number): void {
  const { least, gap, longest } = seen.get(key) ?? { least: count, gap: 0, longest: 0 };
  const now = count === 0 ? gap + 1 : 0;
  seen.set(key, { least: Math.min(least, count), gap: now, longest: Math.max(longest, now) });
}

/** Looks at all jobs once a second. */
async function watch({ clock, places }: World, seconds: number) {
  const seen = new Map<string, Seen>();
  for (let second = 0; second < seconds; second += 1) {
    await clock.advance(1_000);
    for (const place of places) {
      const jobs = Map.groupBy(await place.tasks(), ({ spec }) => spec.jobName);
      for (const [job, tasks] of jobs) {
        note(seen, `${job} ${place.name}`, tasks.filter(isUp).length);
      }
    }
  }
  return seen;
}

const ALL = Object.entries(BROKEN).flatMap(([name, broken]) =>
  jobsOf(name, broken).map(([job, spec]) => ({ job, spec, broken })),
);

/** What the condition `RolledOut` of each job says in each fault domain. */
async function verdicts({ places }: World) {
  const told = new Map<string, { readonly reason?: string; readonly message?: string }>();
  for (const { name, client } of places) {
    for (const { metadata, status } of (await client.list(JOB)).items) {
      const found = status?.conditions?.find(({ type }) => type === 'RolledOut');
      told.set(`${metadata.name} ${name}`, found ?? {});
    }
  }
  return told;
}

describe('a version that is broken is taken back by itself, and says why in one line:', () => {
  let seen: Awaited<ReturnType<typeof watch>>;
  let told: Awaited<ReturnType<typeof verdicts>>;

  before(async () => {
    const world = await aSimWorld({ names: ['dc1', 'dc2'], cpus: 40, script: byCommand });
    const [place = expect.fail('no fault domain')] = world.places;
    for (const { job, spec } of ALL) await world.wait(place.apply({ ...FIRST, ...spec }, job));
    await world.clock.advance(40_000);
    for (const { job, broken } of ALL) await applySecond(world, job, broken);
    seen = await watch(world, SECONDS);
    told = await verdicts(world);
  }).timeout(120_000);

  for (const [name, broken] of Object.entries(BROKEN)) {
    it(name, () => {
      const place = broken.in ?? 'dc1';
      for (const [job] of jobsOf(name, broken)) {
        const { reason, message = '' } = told.get(`${job} ${place}`) ?? {};
        expect(reason, message).to.equal('RolledBack');
        expect(message).to.match(broken.says);
        expect(message).to.not.include('\n');
      }
      expect(seen.get(`${name} ${place}`)?.least).to.be.at.least(2);
      const one = seen.get(`${name}-one dc1`)?.longest ?? 0;
      const most = broken.atOnce ? 12 : 95;
      expect(one, 'seconds with nothing up').to.be.at.most(most);
    });
  }
});
