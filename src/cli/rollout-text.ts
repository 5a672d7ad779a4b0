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

/** One line a fault domain: a bar of what is healthy, and the numbers. */
export function progressOf({ status }: Job): readonly string[] {
  return (status?.domains ?? []).flatMap((domain) => {
    return domain.rollout === undefined ? [] : [lineOf(domain, domain.rollout)];
  });
}

const BAR = 20;

function lineOf(
  { name, desired = 0, running = 0 }: Domain,
  rollout: NonNullable<Domain['rollout']>,
) {
  const { phase, number, healthy = 0, target = desired } = rollout;
  const isDone = phase === 'Complete';
  const done = isDone ? desired : healthy;
  const filled = desired === 0 ? BAR : Math.round((Math.min(done, desired) / desired) * BAR);
  const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}`;
  const step = isDone || target === desired ? '' : `, this step goes to ${target}`;
  return `${name}  ${bar}  ${done} of ${desired} healthy, ${running} run, revision ${number} ${phase}${step}`;
}

/** The versions that are kept, the newest first. */
export function printHistory(output: Output, job: Job, history: readonly JobRevision[]): void {
  const running = new Set(
    (job.status?.domains ?? []).flatMap(({ rollout }) => {
      if (rollout === undefined) return [];
      const isBack = rollout.phase === 'RolledBack' || rollout.phase === 'RollbackFailed';
      return [isBack ? rollout.stable : rollout.revision];
    }),
  );
  const [newest] = history;
  const rows = history.map(({ metadata, spec }) => [
    String(spec.number),
    String(spec.template.version ?? ''),
    spec.revision,
    metadata.creationTimestamp,
    [
      ...(spec.number === newest?.spec.number ? ['asked for'] : []),
      ...(running.has(spec.revision) ? ['runs'] : []),
    ].join(', '),
  ]);
  printTable(output, ['REVISION', 'VERSION', 'HASH', 'MADE', ''], rows);
}
