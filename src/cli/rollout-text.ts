import type { Job, JobRevision, JobStatus } from '../api/kinds.gen.ts';
import type { Output } from './output.ts';
import { printTable } from './table.ts';

type Domain = NonNullable<JobStatus['domains']>[number];

/** How a rollout stands over all fault domains. */
export interface Standing {
  /** Nothing more happens before a person does something. */
  readonly over: boolean;
  readonly good: boolean;
  /** In one line. */
  readonly text: string;
}

/** Reasons of the condition with which a rollout goes on by itself. */
const UNDER_WAY: ReadonlySet<string> = new Set([
  'Progressing',
  'Analysing',
  'RollingBack',
  'KeepingOld',
]);

/** What the condition `RolledOut` says, where it is about the spec as it is now. */
export function standingOf({ metadata, spec, status }: Job): Standing {
  const condition = status?.conditions?.find(({ type }) => type === 'RolledOut');
  const isFresh = condition?.observedGeneration === metadata.generation;
  if (condition === undefined || !isFresh) {
    return { over: false, good: false, text: 'waits for Titan to look at the spec' };
  }
  const { reason = '', message = '' } = condition;
  const good = condition.status === 'True';
  const comesByItself = UNDER_WAY.has(reason);
  const waits = reason === 'AwaitingPromotion' && spec.update?.promoteAfter !== undefined;
  return { over: !comesByItself && !waits, good, text: `${reason}: ${message}` };
}

/** What a person may do about a rollout that is not good, in one line. */
export function nextStep(job: Job, namespace: string | undefined): string {
  const { name } = job.metadata;
  const named = namespace === undefined ? name : `${name} -n ${namespace}`;
  const reason = job.status?.conditions?.find(({ type }) => type === 'RolledOut')?.reason ?? '';
  if (!standingOf(job).over) return 'It goes on by itself: the same command watches it again.';
  switch (reason) {
    case 'Paused':
      return `titan rollout resume ${named} lets it go on.`;
    case 'AwaitingPromotion':
      return `titan rollout promote ${named} lets it go on, titan rollout undo ${named} takes it back.`;
    case 'RolledBack':
      return `The version before it runs. Apply one that is mended; titan rollout undo ${named} has the spec ask for what runs.`;
    default:
      return `kubectl describe job ${named} shows how its tasks ended. Apply a version that is mended, or titan rollout undo ${named}.`;
  }
}

const BAR = 20;

/**
 * One line a fault domain with the numbers.
 * @param barred whether there is a bar of what is healthy, too
 */
export function progressOf({ status }: Job, barred: boolean): readonly string[] {
  return (status?.domains ?? []).flatMap((domain) => {
    return domain.rollout === undefined ? [] : [lineOf(domain, domain.rollout, barred)];
  });
}

function lineOf(
  { name, desired = 0, running = 0 }: Domain,
  rollout: NonNullable<Domain['rollout']>,
  barred: boolean,
): string {
  const { phase, number, healthy = 0, target = desired } = rollout;
  const isDone = phase === 'Complete';
  const done = isDone ? desired : healthy;
  const bar = barred ? `${barOf(done, desired)}  ` : '';
  const step = isDone || target === desired ? '' : `, this step goes to ${target}`;
  return `${name}  ${bar}${done} of ${desired} healthy, ${running} run, revision ${number} ${phase}${step}`;
}

function barOf(done: number, all: number): string {
  const filled = all === 0 ? BAR : Math.round((Math.min(done, all) / all) * BAR);
  return `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}`;
}

/** The versions that are kept, the newest first, and what is known of each. */
export function printHistory(output: Output, job: Job, history: readonly JobRevision[]): void {
  const rollouts = (job.status?.domains ?? []).flatMap(({ rollout }) => rollout ?? []);
  const newestOf = (revision: string | undefined) =>
    history.find(({ spec }) => spec.revision === revision);
  const running = new Set(rollouts.map((rollout) => newestOf(runningIn(rollout))));
  const failed = new Set(
    rollouts.filter(({ phase }) => FAILED.has(phase)).map(({ revision }) => newestOf(revision)),
  );
  const rows = history.map((each, at) => [
    String(each.spec.number),
    String(each.spec.template.version ?? ''),
    each.spec.revision,
    each.metadata.creationTimestamp,
    [
      ...(at === 0 ? ['asked for'] : []),
      ...(failed.has(each) ? ['failed'] : []),
      ...(running.has(each) ? ['runs'] : []),
    ].join(', '),
  ]);
  printTable(output, ['REVISION', 'VERSION', 'HASH', 'MADE', 'STATE'], rows);
}

type Rollout = NonNullable<Domain['rollout']>;

/** Phases of one that has failed, whatever came of it. */
const FAILED: ReadonlySet<Rollout['phase']> = new Set([
  'RollingBack',
  'RolledBack',
  'RollbackFailed',
  'Failed',
]);

/** Of one that has gone back, what it went back to. */
function runningIn({ phase, revision, stable }: Rollout): string | undefined {
  return FAILED.has(phase) && phase !== 'Failed' ? stable : revision;
}
