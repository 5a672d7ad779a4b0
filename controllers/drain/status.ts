import { drainWishOf } from '../../src/api/agent.ts';
import type { Agent, AgentStatus, Task } from '../../src/api/kinds.gen.ts';
import { isDeleting, type Millis, toTimestamp } from '../../src/api/object.ts';
import { isMoving, phaseOf } from '../../src/api/task.ts';
import type { RefusedTask } from './plan.ts';

export interface DrainView {
  /** Live tasks on the agent. */
  readonly tasks: readonly Task[];
  endsByItself(task: Task): boolean;
  /** The task that is to follow one that moves, where it exists. */
  successorOf(task: Task): Task | undefined;
  /** What jobs do not let go now. */
  readonly refused: readonly RefusedTask[];
  /** Whether Titan may tell the master, too. */
  readonly isOperator: boolean;
  readonly now: Millis;
}

/** How far the drain is; without one the status says nothing of it. */
export function drainStatus(agent: Agent, view: DrainView): AgentStatus {
  const { drain: before, ...status } = agent.status ?? {};
  if (drainWishOf(agent, view.now) === undefined) return status;
  const remaining = view.tasks.length;
  const drained = remaining === 0;
  const finishedAt = before?.finishedAt ?? toTimestamp(view.now);
  return {
    ...status,
    drain: {
      phase: drained ? 'Drained' : 'Draining',
      startedAt: before?.startedAt ?? toTimestamp(view.now),
      total: Math.max(before?.total ?? 0, remaining),
      remaining,
      message: drained ? 'No task is left' : waitText(view),
      ...(drained ? { finishedAt } : {}),
      ...(isForMesos(agent, { ...view, drained }) ? { atMesos: true } : {}),
    },
  };
}

/**
 * Whether the master is to keep the agent from everybody: once a person's drain is done. Where somebody else
 * has deactivated it there, the end of the drain does not undo that.
 */
function isForMesos(
  { spec, status }: Agent,
  { drained, isOperator }: { readonly drained: boolean; readonly isOperator: boolean },
): boolean {
  if (spec?.drain === undefined || !isOperator) return false;
  return status?.drain?.atMesos ?? (drained && status?.deactivated !== true);
}

/** What is waited for, the hardest first. */
function waitText({ tasks, successorOf, endsByItself, refused }: DrainView): string {
  const waits = new Set(refused.map(({ task }) => task));
  const moving = tasks.filter((task) => isMoving(task) && !isDeleting(task) && !waits.has(task));
  const followers = moving.flatMap((task) => successorOf(task) ?? []);
  const stuck = followers.find(({ status }) => status?.reason === 'Unschedulable');
  const stopping = tasks.filter(isDeleting).length;
  const batch = tasks.filter((task) => !isDeleting(task) && endsByItself(task)).length;
  const parts = [
    stuck && `${stuck.metadata.name} finds no other agent: ${stuck.status?.message ?? ''}`,
    refused[0] && `${budgetText(refused.length)}: ${refusalText(refused[0])}`,
    moving.length > 0 && `${tasksText(moving.length)} until others run in their place`,
    stopping > 0 && `${tasksText(stopping)} stop`,
    batch > 0 && `${tasksText(batch)} of batch jobs may run to their end`,
  ];
  const away = tasks.filter((task) => phaseOf(task) === 'Unreachable').length;
  const said = [...parts, away > 0 && `${tasksText(away)} cut off`].filter((part) => part);
  return said.length > 0 ? said.join('; ') : `${tasksText(tasks.length)} left`;
}

function budgetText(number: number): string {
  return `${tasksText(number)} ${number === 1 ? 'waits' : 'wait'} for a disruption budget`;
}

function refusalText({ task, layer, message }: RefusedTask): string {
  return `${task.metadata.name} (${layer}): ${message}`;
}

function tasksText(number: number): string {
  return number === 1 ? '1 task' : `${number} tasks`;
}
