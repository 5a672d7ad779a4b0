import type { Task } from '../../src/api/kinds.gen.ts';
import type { Backlog } from '../../src/scheduling/backlog/backlog.ts';
import { classOf } from '../../src/scheduling/backlog/read.ts';
import { textsOfDenials } from '../../src/scheduling/queue/denial.ts';
import type { PlacementPlan } from './plan.ts';

/** A task that goes nowhere now, with what is known of why. */
export interface KeptTask {
  readonly task: Task;
  /** Absent: no agent can take it, and the agents must be asked why. */
  readonly message?: string;
  /** What its agents' refusals mean for the whole gang. */
  readonly gang?: boolean;
  /** A plugin failed. */
  readonly failed?: boolean;
}

/** Of the tasks that wait those that the plan gives no agent, each with what keeps it. */
export function keptBy(
  pending: readonly Task[],
  { bindings, failures, denied }: PlacementPlan,
  backlog: Backlog,
): readonly KeptTask[] {
  const bound = new Set(bindings.map(({ task }) => task.metadata.uid));
  const shares = textsOfDenials(denied);
  return pending.flatMap((task): readonly KeptTask[] => {
    const { uid } = task.metadata;
    if (bound.has(uid)) return [];
    const failure = failures.get(classOf(task));
    if (failure !== undefined) return [{ task, message: failure, failed: true }];
    const message = shares.get(uid) ?? lacking(backlog.missingMembers(task));
    if (message !== undefined) return [{ task, message }];
    return [{ task, ...(backlog.startsTogether(task) ? { gang: true } : {}) }];
  });
}

function lacking(members: number): string | undefined {
  if (members === 0) return undefined;
  return `it starts together with others of its job, and ${members} of them are not there yet`;
}
