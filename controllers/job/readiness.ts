import type { Condition } from '../../src/api/condition.ts';

/** What is known of a job, from which follows whether it is ready. */
export interface Known {
  readonly accepted: Condition;
  readonly available: Condition;
  readonly progressing: Condition;
  readonly rolledOut: Condition;
}

/** Ends of a rollout at something else than what the spec asks for. */
const ROLLOUT_LOST: ReadonlySet<string | undefined> = new Set([
  'Failed',
  'RolledBack',
  'RollbackFailed',
]);

/** What somebody must do something about. */
const NEEDS_A_PERSON: ReadonlySet<string | undefined> = new Set(['CannotRun', 'RecordUnreadable']);

/**
 * `Ready` and `Stalled`, as programs that know nothing of jobs read them (kstatus, and with it `helm --wait`):
 * ready is what runs its whole share in its newest version, or has ended well; stalled is what will not
 * become ready before somebody changes something.
 *
 * @param failed how many instances have failed for good
 */
export function readiness(known: Known, failed: number): readonly Condition[] {
  const { available, progressing, rolledOut } = known;
  const lost = lossOf(known, failed);
  if (lost !== undefined) {
    return [
      { ...lost, type: 'Ready', status: 'False' },
      { ...lost, type: 'Stalled', status: 'True' },
    ];
  }
  if (available.status !== 'True') return [{ ...progressing, ...NOT_READY }, UNHINDERED];
  if (rolledOut.status !== 'True') return [{ ...rolledOut, ...NOT_READY }, UNHINDERED];
  return [{ ...available, type: 'Ready' }, UNHINDERED];
}

const NOT_READY = { type: 'Ready', status: 'False' } as const;

const UNHINDERED: Condition = {
  type: 'Stalled',
  status: 'False',
  reason: 'Unhindered',
  message: 'Nothing stands in the way',
};

/** What says that it will not become ready by itself. */
function lossOf(
  { accepted, available, progressing, rolledOut }: Known,
  failed: number,
): Condition | undefined {
  if (accepted.status !== 'True') return accepted;
  if (ROLLOUT_LOST.has(rolledOut.reason)) return rolledOut;
  if (NEEDS_A_PERSON.has(progressing.reason)) return progressing;
  const isEnded = progressing.reason === 'Settled' && failed > 0 && available.status !== 'True';
  return isEnded ? { ...progressing, reason: 'FailedForGood' } : undefined;
}
