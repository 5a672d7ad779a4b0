import { isBatch } from '../../../src/api/batch.ts';
import type { Job, JobSpec, Task } from '../../../src/api/kinds.gen.ts';
import { holdsSlot, isLive } from '../../../src/api/task.ts';
import { updateOf } from '../../../src/api/update.ts';
import type { VirtualClock } from '../../../src/runtime/clock.ts';
import type { Behaviour } from './agents.ts';
import type { LifeApi } from './api.ts';
import { ownRollout, wantedOf } from './sight.ts';

/** How the life of a job ends, once nothing strikes it any more. Each resolves to what is wrong with it, if anything is. */
export interface Endings {
  /** Its rollout has ended, or waits for a person, or it has ended itself; and it is what it is to be then. */
  reached(): Promise<string | undefined>;
  /** It was deleted, and is gone with its tasks. */
  left(): Promise<string | undefined>;
}

export interface EndingsOptions {
  readonly clock: VirtualClock;
  readonly api: LifeApi;
  job(): Job;
  behaviourOf(version: string): Behaviour;
  /** Whether a promise was broken: then nothing is waited for. */
  failed(): boolean;
}

const CALM_MS = 3_600_000;
const STEADY_MS = 300_000;

/** The tasks of the job that is played. */
export function ownTasks({ tasks }: Pick<LifeApi, 'tasks'>): readonly Task[] {
  return [...tasks.values()].filter(({ spec }) => spec.jobName === 'web');
}

export function createEndings(options: EndingsOptions): Endings {
  const { clock, api, job, behaviourOf, failed } = options;
  const isGone = () => api.jobs.get('default/web') === undefined;

  /** What runs well is whole, what was to end has ended, and both are left alone. */
  async function rested(): Promise<string | undefined> {
    if (!isAtRest(job())) return undefined;
    const text = isBatch(job()) ? await finished() : await settled();
    if (text !== undefined || failed() || isGone()) return text;
    const before = countOf(api.writes);
    await clock.runUntil(failed, STEADY_MS);
    const more = countOf(api.writes) - before;
    return more === 0 ? undefined : `${more} writes though nothing happens`;
  }

  async function settled(): Promise<string | undefined> {
    await clock.runUntil(failed, STEADY_MS);
    const desired = wantedOf(job());
    const live = ownTasks(api).filter(holdsSlot);
    const ready = live.filter(({ status }) => status?.ready === true).length;
    if (live.length === desired && ready === desired) return undefined;
    return `${ready} of ${live.length} tasks are ready at the end, and ${desired} are wanted`;
  }

  /** It says one of both ends, nothing of it runs, and it is gone when it says so. */
  async function finished(): Promise<string | undefined> {
    const { ttlSecondsAfterFinished: ttl, completions = wantedOf(job()) } = job().spec;
    const { conditions = [], succeeded = 0 } = job().status ?? {};
    const isSo = (name: string) =>
      conditions.some(({ type, status }) => type === name && status === 'True');
    if (!isGone() && isSo('Complete') === isSo('Failed')) return 'it has ended, and says not how';
    if (isSo('Complete') && succeeded < completions) return `it is complete with ${succeeded}`;
    await clock.runUntil(failed, STEADY_MS);
    const live = ownTasks(api).filter(isLive).length;
    if (live > 0) return `${live} tasks live after its end`;
    return ttl === undefined || isGone() ? undefined : `it is kept for longer than ${ttl} s`;
  }

  /** Whether nothing more need happen: it runs what runs well, or it has ended, with something to do. */
  function isAtRest(now: Job): boolean {
    if (isBatch(now)) return wantedOf(now) > 0;
    const phase = ownRollout(now)?.phase;
    if (phase !== 'Complete' && phase !== 'RolledBack') return false;
    const behaviour = behaviourOf(runningVersion() ?? '');
    return behaviour === 'well' || behaviour === 'slow';
  }

  function runningVersion(): string | undefined {
    const rollout = ownRollout(job());
    const hash = rollout?.phase === 'Complete' ? rollout.revision : rollout?.stable;
    const template = [...api.revisions.values()].find(({ spec }) => spec.revision === hash)?.spec
      .template as Partial<JobSpec> | undefined;
    return template?.version;
  }

  return {
    async reached() {
      const hasEnded = () => failed() || isGone() || isSettled(job());
      return (await clock.runUntil(hasEnded, CALM_MS)) ? rested() : lateText(job());
    },
    async left() {
      const isOut = () => isGone() && ownTasks(api).length === 0;
      const out = await clock.runUntil(() => failed() || isOut(), CALM_MS);
      return out ? undefined : 'it is still there an hour after it was deleted';
    },
  };
}

function countOf(writes: Readonly<Record<string, number>>): number {
  return Object.values(writes).reduce((sum, count) => sum + count, 0);
}

/** Phases that a rollout leaves by itself. */
const UNDER_WAY: ReadonlySet<string | undefined> = new Set([
  'Progressing',
  'RollingBack',
  'Waiting',
  'Analysing',
  'KeepingOld',
]);

/** Whether its rollout has ended, or waits for a person; a batch job has ended itself. */
function isSettled(job: Job): boolean {
  if (job.status?.observedGeneration !== job.metadata.generation) return false;
  if (isBatch(job)) return job.status?.finishedAt !== undefined || wantedOf(job) === 0;
  const phase = ownRollout(job)?.phase;
  const isLetGo = phase === 'AwaitingPromotion' && updateOf(job).promoteAfterMs < CALM_MS;
  return !UNDER_WAY.has(phase) && !isLetGo;
}

function lateText(job: Job): string {
  const rollout = ownRollout(job);
  return `revision ${rollout?.number} is still ${rollout?.phase} an hour after all was calm`;
}
