import { type JobPlan, planJob } from '../../controllers/job/plan.ts';
import type { HistoryPlan } from '../../controllers/job/revisions.ts';
import type { Rollout } from '../../controllers/job/rollout/rollout.ts';
import { jobStatus } from '../../controllers/job/status.ts';
import { rolloutOf } from '../../controllers/job/view.ts';
import { withMove } from '../../src/api/disruption-request.ts';
import type { Job, JobRevision, Task, TaskStatus } from '../../src/api/kinds.gen.ts';
import { isDeleting, type Millis, toTimestamp } from '../../src/api/object.ts';
import { jobAt } from '../../src/api/revision.ts';
import {
  holdsSlot,
  isLive,
  isReady,
  MOVE_ANNOTATION,
  MOVE_FOR_ROLLOUT,
  phaseOf,
} from '../../src/api/task.ts';
import { taskDraft } from '../../src/api/task-draft.ts';
import { aDomain, aJob, aMeta } from './builders.ts';
import { START } from './clock.ts';
import { AN_EMPTY_WORLD } from './job-world.ts';

/** How tasks of one version of the program behave. */
export type Behaviour =
  | 'well'
  | 'crashes'
  | 'never ready'
  | 'exits'
  | 'bad image'
  | 'slow'
  | 'no room';

const START_MS = 2_000;
const SLOW_MS = 60_000;
const STOP_MS = 3_000;
const STEP_MS = 1_000;
const KEPT = 2_000;

/** One job with agents that do as they are told, second by second: no store, no network, no Mesos. */
export interface RolloutWorld {
  /** The fault domain. */
  readonly name: string;
  readonly job: () => Job;
  readonly now: () => Millis;
  readonly tasks: () => readonly Task[];
  readonly revisions: () => readonly JobRevision[];
  readonly rollout: () => Rollout;
  /** What happened, a line each. */
  readonly trace: readonly string[];
  readonly instances: () => number;
  /** Tasks that run and are ready, and that nobody stops. */
  readonly up: () => number;
  /** Changes the spec as a person does. */
  apply(spec: Partial<Job['spec']>): void;
  /** Ends a task that lives by no fault of its program. */
  lose(pick: number): void;
  /** Hears what another fault domain says of itself. */
  hear(other: RolloutWorld): void;
  crash(pick: number): void;
  /** A controller, or a person, changes what is asked of a task that runs. */
  ask(pick: number, change: (task: Task) => Task): void;
  /** One second passes, and all that is due happens. */
  step(): void;
  /** @returns whether it came to be within so many seconds */
  runUntil(done: (world: RolloutWorld) => boolean, seconds: number): boolean;
}

/** @param behaviours by the version of the program; `well` where none is named */
export function aRolloutWorld(
  spec: Partial<Job['spec']>,
  behaviours: Readonly<Record<string, Behaviour>> = {},
  name = 'dc1',
): RolloutWorld {
  const home = { name, region: 'us-east-1' };
  let now = START;
  let job = aJob({ location: 'dc1:4', version: '1', ...spec });
  let tasks: readonly Task[] = [];
  let revisions: readonly JobRevision[] = [];
  let made = 0;
  const trace: string[] = [];
  const note = (text: string) => trace.push(`${(now - START) / 1_000} ${text}`);

  function change(task: Task, status: Partial<TaskStatus>): void {
    const entered = status.phase === undefined ? {} : { phaseSince: toTimestamp(now) };
    const next = { ...task, status: { ...task.status, ...entered, ...status } };
    put(next);
  }

  function end(task: Task, status: Partial<TaskStatus>): void {
    note(`${task.metadata.name} v${task.spec.version} ${status.phase}`);
    change(task, { ...status, finishedAt: toTimestamp(now) });
  }

  /** Whether a task that was told to stop has done so. */
  function hasGone({ metadata: { deletionTimestamp } }: Task): boolean {
    return deletionTimestamp !== undefined && now >= Date.parse(deletionTimestamp) + STOP_MS;
  }

  function live(task: Task): void {
    const behaviour = behaviours[task.spec.version] ?? 'well';
    if (phaseOf(task) === 'Pending') {
      if (behaviour === 'no room') return;
      change(task, { phase: 'Staging', agent: 'agent-1', boundAt: toTimestamp(now) });
    } else if (phaseOf(task) === 'Staging') begin(task, behaviour);
    else if (now >= Date.parse(task.status?.startedAt ?? '') + START_MS) run(task, behaviour);
  }

  function begin(task: Task, behaviour: Behaviour): void {
    if (behaviour === 'bad image') {
      const message = 'no such image';
      end(task, { phase: 'Failed', fault: 'System', reason: 'TaskInvalid', message });
      return;
    }
    const startMs = behaviour === 'slow' ? SLOW_MS : START_MS;
    if (now < Date.parse(task.metadata.creationTimestamp) + startMs) return;
    const ready = behaviour !== 'never ready';
    change(task, { phase: 'Running', startedAt: toTimestamp(now), ready });
  }

  function run(task: Task, behaviour: Behaviour): void {
    if (behaviour === 'crashes') end(task, { phase: 'Failed', fault: 'Program', exitCode: 3 });
    if (behaviour === 'exits') end(task, { phase: 'Succeeded', fault: 'None', exitCode: 0 });
  }

  function keep(history: HistoryPlan | undefined): void {
    if (history?.isNew) {
      const { metadata, ...rest } = history.newest;
      const meta = aMeta(metadata.name ?? '', { uid: `r${made++}` });
      revisions = [...revisions, { ...rest, metadata: meta }];
    }
    const gone = new Set(history?.removed);
    revisions = revisions.filter((revision) => !gone.has(revision));
  }

  function mark({ marks, unmarks }: JobPlan['surge']): void {
    for (const task of [...marks, ...unmarks]) {
      const annotations = marks.includes(task) ? { [MOVE_ANNOTATION]: MOVE_FOR_ROLLOUT } : {};
      tasks = tasks.map((each) =>
        each.metadata.uid === task.metadata.uid
          ? { ...each, metadata: { ...each.metadata, annotations } }
          : each,
      );
    }
  }

  function put(task: Task): void {
    tasks = tasks.map((each) => (each.metadata.uid === task.metadata.uid ? task : each));
  }

  function act({ stops, creates, lapsed }: JobPlan): void {
    for (const task of lapsed) put(withMove(task, undefined));
    for (const { task, why } of stops) {
      note(`stop ${task.metadata.name} v${task.spec.version} ${why}`);
      const metadata = { ...task.metadata, deletionTimestamp: toTimestamp(now) };
      tasks = tasks.map((each) =>
        each.metadata.uid === task.metadata.uid ? { ...each, metadata } : each,
      );
    }
    for (const creation of creates) {
      const found = revisions.find((each) => each.spec.revision === creation.revision);
      const version = found === undefined ? job : jobAt(job, found.spec.template);
      const { metadata, ...draft } = taskDraft(version, creation, name);
      note(`make ${metadata.name} v${draft.spec.version}`);
      const fresh = { uid: `t${made++}`, creationTimestamp: toTimestamp(now) };
      const meta = aMeta(metadata.name ?? '', { ...metadata, ...fresh });
      tasks = [...tasks, { ...draft, metadata: meta }].slice(-KEPT);
    }
  }

  function look(): void {
    const world = {
      ...AN_EMPTY_WORLD,
      home,
      now,
      domains: domainsIn(job).map((each) => aDomain(each)),
      tasks,
      revisions,
    };
    const plan = planJob(job, world);
    keep(plan.history);
    act(plan);
    mark(plan.surge);
    const status = jobStatus(job, plan, { ...world, tasks });
    const [was, is] = [rolloutOf(job, name), plan.rollout];
    if (was?.phase !== is?.phase || was?.number !== is?.number) {
      note(
        `revision ${is?.number} ${is?.phase}${is?.message === undefined ? '' : `: ${is.message}`}`,
      );
    }
    job = { ...job, status };
  }

  function pickLive(pick: number): Task | undefined {
    const running = tasks.filter((task) => phaseOf(task) === 'Running' && !isDeleting(task));
    return running[pick % Math.max(1, running.length)];
  }

  const world: RolloutWorld = {
    name,
    job: () => job,
    now: () => now,
    tasks: () => tasks,
    revisions: () => revisions,
    rollout: () => {
      const found = rolloutOf(job, name);
      if (found === undefined) throw new Error('nothing was rolled out yet');
      return found;
    },
    trace,
    instances: () => tasks.filter(holdsSlot).length,
    up: () =>
      tasks.filter((task) => phaseOf(task) === 'Running' && isReady(task) && !isDeleting(task))
        .length,
    apply(changed) {
      note(`apply ${JSON.stringify(changed)}`);
      const generation = job.metadata.generation + 1;
      job = {
        ...job,
        metadata: { ...job.metadata, generation },
        spec: { ...job.spec, ...changed },
      };
    },
    hear(other) {
      const theirs = (other.job().status?.domains ?? []).filter(
        (each) => each.name !== name && each.name === other.name,
      );
      const own = (job.status?.domains ?? []).filter((each) => each.name !== other.name);
      job = { ...job, status: { ...job.status, domains: [...own, ...theirs] } };
    },
    lose(pick) {
      const task = pickLive(pick);
      if (task !== undefined) end(task, { phase: 'Lost', fault: 'System' });
    },
    crash(pick) {
      const task = pickLive(pick);
      if (task !== undefined) end(task, { phase: 'Failed', fault: 'Program', exitCode: 1 });
    },
    ask(pick, change) {
      const task = pickLive(pick);
      if (task !== undefined) put(change(task));
    },
    step() {
      now += STEP_MS;
      tasks = tasks.filter((task) => !hasGone(task));
      for (const task of tasks) if (isLive(task) && !isDeleting(task)) live(task);
      look();
      look();
    },
    runUntil(done, seconds) {
      for (let second = 0; second < seconds; second += 1) {
        if (done(world)) return true;
        world.step();
      }
      return done(world);
    },
  };
  return world;
}

/** Fault domains that the location names, those with no instance too: there are no others. */
function domainsIn({ spec }: Job): readonly string[] {
  return spec.location.split(',').map((entry) => entry.split(':').at(-2) ?? '');
}

/** What of a job lets its tasks say whether they are ready. */
export const PROBED = {
  container: { readinessProbe: { tcpSocket: { port: 80 } } },
} as Partial<Job['spec']>;

export function reaches(...phases: readonly Rollout['phase'][]): (world: RolloutWorld) => boolean {
  return (world) => phases.includes(world.rollout().phase);
}

/** A world in which version 1 is rolled out. */
export function settledWorld(
  spec: Partial<Job['spec']> = {},
  behaviours: Readonly<Record<string, Behaviour>> = {},
): RolloutWorld {
  const world = aRolloutWorld({ ...PROBED, ...spec }, behaviours);
  world.step();
  if (!world.runUntil(reaches('Complete'), 60)) throw new Error(world.trace.join('\n'));
  return world;
}

/** The versions of all tasks that run and that nobody stops, in order. */
export function versionsUp(world: RolloutWorld): readonly string[] {
  return world
    .tasks()
    .filter((task) => phaseOf(task) === 'Running' && !isDeleting(task))
    .map(({ spec }) => spec.version)
    .toSorted();
}
