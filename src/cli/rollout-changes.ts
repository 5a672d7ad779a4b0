import { TitanError } from '../api/error.ts';
import type { Job, JobRevision } from '../api/kinds.gen.ts';
import { type Millis, toTimestamp } from '../api/object.ts';
import { templateOf } from '../api/revision.ts';
import { type JobChange, numberedRevision } from './job-objects.ts';
import { mergePatch } from './merge-patch.ts';
import { standingOf } from './rollout-text.ts';

/** What a command changes of a job's spec, and what is said then. */
export interface Change {
  readonly spec: JobChange;
  readonly said: string;
}

/** What a change follows from. */
export interface Seen {
  readonly job: Job;
  /** The versions that are kept, the newest first. */
  readonly history: readonly JobRevision[];
  readonly toRevision: string | undefined;
  readonly now: Millis;
}

/** @throws TitanError where there is nothing to change, with what there is to do instead */
export type ChangeOf = (seen: Seen) => Change;

export const undo: ChangeOf = ({ job, history, toRevision }) => {
  const { name } = job.metadata;
  const older = history.filter((each) => Object.keys(changeTo(job, each)).length > 0);
  const found = toRevision === undefined ? lastGood(job, older) : chosen(history, toRevision);
  if (found === undefined) {
    throw new TitanError('NotFound', `job ${name} has no older version to go back to`);
  }
  const { number, template } = found.spec;
  if (!older.includes(found)) {
    const message = `job ${name} has the spec of revision ${number} already: titan rollout history ${name} shows the others`;
    throw new TitanError('BadRequest', message);
  }
  const said = `goes back to revision ${number} (version ${template.version})`;
  return { spec: changeTo(job, found), said };
};

function changeTo(job: Job, { spec }: JobRevision): JobChange {
  return mergePatch(templateOf(job), spec.template);
}

/** What a rollout would go back to; where none knows of a good version, the one before. */
function lastGood({ status }: Job, older: readonly JobRevision[]): JobRevision | undefined {
  const good = (status?.domains ?? []).flatMap(({ rollout }) => {
    return rollout?.phase === 'Complete' ? [rollout.revision, rollout.stable] : [rollout?.stable];
  });
  const found = good.map((revision) => older.find(({ spec }) => spec.revision === revision));
  return found.find((each) => each !== undefined) ?? older[0];
}

function chosen(history: readonly JobRevision[], text: string): JobRevision {
  if (/^\d{1,9}$/.test(text)) return numberedRevision(history, Number(text));
  const message = `--to-revision is "${text}": expected a number that titan rollout history shows`;
  throw new TitanError('BadRequest', message);
}

export const pause: ChangeOf = ({ job }) => {
  const { name } = job.metadata;
  if (isPaused(job)) {
    const message = `job ${name} is paused already: titan rollout resume ${name} lets it go on`;
    throw new TitanError('BadRequest', message);
  }
  const held = standingOf(job).good ? ': nothing is under way, the next version will wait' : '';
  const said = `is paused${held}; titan rollout resume ${name} lets it go on`;
  return { spec: { update: { paused: true } }, said };
};

export const resume: ChangeOf = ({ job }) => {
  if (isPaused(job)) return { spec: { update: { paused: null } }, said: 'goes on' };
  const message = `job ${job.metadata.name} is not paused (${standingOf(job).text})`;
  throw new TitanError('BadRequest', message);
};

function isPaused({ spec }: Job): boolean {
  return spec.update?.paused === true;
}

export const promote: ChangeOf = ({ job }) => {
  const { name } = job.metadata;
  const waiting = (job.status?.domains ?? []).flatMap(({ rollout }) =>
    rollout?.phase === 'AwaitingPromotion' ? [rollout] : [],
  );
  const [first] = waiting;
  if (first === undefined) {
    const message = `nothing of job ${name} waits to be promoted (${standingOf(job).text})`;
    throw new TitanError('BadRequest', message);
  }
  const said = `goes on with revision ${first.number}: titan rollout status ${name} shows how far it is`;
  return { spec: { update: { promoted: first.revision } }, said };
};

export const restart: ChangeOf = ({ job, now }) => ({
  spec: { restartedAt: toTimestamp(now) },
  said: `restarts its tasks: titan rollout status ${job.metadata.name} shows how far it is`,
});
