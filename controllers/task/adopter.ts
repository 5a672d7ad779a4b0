import { asTitanError } from '../../src/api/error.ts';
import {
  type Agent,
  JOB,
  type Job,
  type JobRevision,
  TASK,
  type Task,
  VOLUME,
  type Volume,
} from '../../src/api/kinds.gen.ts';
import { sidecarOfMesosTask } from '../../src/api/task.ts';
import { taskDraft } from '../../src/api/task-draft.ts';
import { originOf, type TaskOrigin } from '../../src/api/task-origin.ts';
import type { Framework, RunningTask, TaskUpdate } from '../../src/mesos/port.ts';
import type { Runtime } from '../../src/runtime/controller.ts';
import { inGroups } from '../../src/runtime/group.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import { attached } from '../../src/volumes/life.ts';
import { type Adoption, type AdoptionWorld, adoptedStatus, planAdoptions } from './adoption.ts';

export interface AdopterOptions extends Pick<Runtime, 'client' | 'clock' | 'log' | 'recorder'> {
  readonly home: string;
  readonly jobs: Informer<Job>;
  /** With indexes `job` and `agent` (by agent id, live tasks only). */
  readonly tasks: Informer<Task>;
  /** With index `id`. */
  readonly agents: Informer<Agent>;
  /** With index `job`. */
  readonly revisions: Informer<JobRevision>;
  readonly volumes: Informer<Volume>;
  /** Hears of each update whose task was not adopted, and why. */
  refused(update: TaskUpdate, why: string): void;
  /** Hears of each that has no Task object then, by what it says of itself; of no origin where it does not run. */
  leftOut(update: TaskUpdate, origin: TaskOrigin | undefined): void;
}

/** Gives unknown tasks of known jobs a Task object again. */
export interface Adopter {
  /** Whether any are being looked at. */
  readonly isBusy: boolean;
  /** It is looked at soon, with others that come meanwhile. */
  consider(update: TaskUpdate, framework: Pick<Framework, 'tasks'>): void;
  /** Resolves when it is known whether this task is adopted; at once where nothing was said of it. */
  decided(taskId: string): Promise<void>;
}

/** Unknown tasks that wait to be looked at; the next reconciliation finds those beyond it again. */
const WAITING_MAX = 100_000;
const AT_ONCE = 100;
/** News of unknown tasks that come within this time are looked at together. */
const SETTLE_MS = 100;
/** Between two questions to the master, whose answers name every task. */
const PAUSE_MS = 1_000;

export function createAdopter(options: AdopterOptions): Adopter {
  const { clock, log } = options;
  let waiting = new Map<string, TaskUpdate>();
  let isWorking = false;
  let isBusy = false;
  /** Those that wait or are being looked at, and the end of the round that decides about some of them. */
  let undecided = new Set<string>();
  let round = Promise.withResolvers<void>();

  function endRound(): void {
    undecided = new Set([...waiting.keys()].map(mainOf));
    round.resolve();
    round = Promise.withResolvers<void>();
  }

  const world = adoptionWorld(options);

  async function decide(
    batch: readonly TaskUpdate[],
    found: readonly RunningTask[],
  ): Promise<void> {
    const mains = new Set(batch.map(({ taskId }) => mainOf(taskId)));
    const considered = found.filter(({ taskId }) => mains.has(taskId));
    const plans = planAdoptions(considered, world);
    const adopted = new Set<string>();
    await inGroups([...plans], AT_ONCE, async ([taskId, plan]) => {
      if (await adopt(taskId, plan, options)) adopted.add(taskId);
    });
    const origins = new Map(considered.map(({ taskId, labels }) => [taskId, originOf(labels)]));
    for (const update of batch) {
      const main = mainOf(update.taskId);
      if (adopted.has(main)) continue;
      const plan = plans.get(main);
      options.leftOut({ ...update, taskId: main }, origins.get(main));
      if (plan?.do === 'refuse') options.refused(update, plan.why);
      else if (plan === undefined) options.refused(update, 'Mesos has no such task of ours');
    }
  }

  async function work(framework: Pick<Framework, 'tasks'>): Promise<void> {
    while (waiting.size > 0) {
      isBusy = true;
      await clock.sleep(SETTLE_MS);
      const found = await framework.tasks();
      const batch = [...waiting.values()];
      waiting = new Map();
      await decide(batch, found);
      isBusy = false;
      endRound();
      await clock.sleep(PAUSE_MS);
    }
  }

  return {
    get isBusy() {
      return isBusy || waiting.size > 0;
    },
    consider(update, framework) {
      if (waiting.size < WAITING_MAX) {
        waiting.set(update.taskId, update);
        undecided.add(mainOf(update.taskId));
      }
      if (isWorking) return;
      isWorking = true;
      work(framework)
        .catch((error: unknown) => {
          waiting.clear();
          log.warn('unknown tasks not looked at', { error: asTitanError(error).message });
        })
        .finally(() => {
          isWorking = false;
          isBusy = false;
          endRound();
        });
    },
    async decided(taskId) {
      while (undecided.has(mainOf(taskId))) await round.promise;
    },
  };
}

/** A sidecar is adopted with its task. */
function mainOf(taskId: string): string {
  return sidecarOfMesosTask(taskId)?.taskId ?? taskId;
}

/** What there is to adopt into, as it is whenever it is asked for. */
export function adoptionWorld({
  home,
  jobs,
  tasks,
  agents,
  revisions,
  volumes,
}: Pick<
  AdopterOptions,
  'home' | 'jobs' | 'tasks' | 'agents' | 'revisions' | 'volumes'
>): AdoptionWorld {
  return {
    home,
    job: (namespace, name) => jobs.get(`${namespace}/${name}`),
    tasksOf: (uid) => tasks.by('job', uid),
    revisionsOf: (uid) => revisions.by('job', uid),
    agentName: (id) => agents.by('id', id)[0]?.metadata.name,
    volume: (key) => volumes.get(key),
  };
}

/**
 * Gives it a Task object. What fails is left to the next reconciliation, and logged.
 *
 * @returns whether it has one
 */
export async function adopt(
  taskId: string,
  plan: Adoption,
  options: Pick<AdopterOptions, 'client' | 'clock' | 'home' | 'log' | 'recorder'>,
): Promise<boolean> {
  const { client, clock, home, log, recorder } = options;
  if (plan.do === 'refuse') return false;
  try {
    const task =
      plan.do === 'bind'
        ? plan.task
        : await client.create(TASK, taskDraft(plan.job, plan.place, home), {
            given: [{ kind: JOB, object: plan.job }],
            unclaimed: true,
          });
    const { agent, found } = plan.at;
    for (const volume of plan.at.volumes) {
      const used = attached(volume, task, { agent, agentId: found.agentId });
      await client.updateStatus(VOLUME, { ...volume, status: used });
    }
    const status = adoptedStatus(plan.at, clock.now());
    const bound = await client.updateStatus(TASK, { ...task, status });
    const text = `Adopted ${taskId}, which ran at Mesos without a Task`;
    recorder.normal(bound, 'TaskAdopted', text);
    log.info('task adopted', { task: bound.metadata.name, taskId });
    return true;
  } catch (thrown) {
    log.warn('task not adopted', { taskId, error: asTitanError(thrown).message });
    return false;
  }
}
