import type { JobStatus } from '../../../src/api/kinds.gen.ts';
import { firstLine } from '../words.ts';
import type { Rollout } from './rollout.ts';

type DomainStatus = NonNullable<JobStatus['domains']>[number];

const LETTERS_MAX = 160;

/**
 * The rollout of a fault domain, where it failed with the last line that the task at fault printed as an error: that is
 * read from its agent a moment after its end.
 */
export function withLastWords({ rollout, ends }: DomainStatus): Rollout | undefined {
  const { culprit, message } = rollout ?? {};
  if (rollout === undefined || culprit === undefined || message === undefined) return rollout;
  const printed = ends?.find(({ task }) => task === culprit)?.stderr?.trimEnd();
  const line = printed?.slice(printed.lastIndexOf('\n') + 1).trim();
  if (line === undefined || line === '') return rollout;
  return { ...rollout, message: `${message} (${firstLine(line, LETTERS_MAX)})` };
}
