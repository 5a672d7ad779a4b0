/** A task as the master keeps it: from its launch to its last acknowledged update. */
import type { V1Status } from '../../v1.ts';
import { exclusive } from '../resources/bag.ts';
import { withNewest } from '../status-history.ts';
import { giveBack } from './allocator.ts';
import { announceTask, announceUpdate } from './operator/stream.ts';
import {
  type AgentRecord,
  completedMax,
  type FrameworkRecord,
  isTerminal,
  type MasterState,
  type TaskRecord,
} from './state.ts';

export function addTask(
  state: MasterState,
  framework: FrameworkRecord,
  agent: AgentRecord,
  task: TaskRecord,
): void {
  framework.tasks.set(task.id, task);
  framework.unreachable.delete(task.id);
  agent.tasks.add(task);
  announceTask(state, task);
}

/** Takes in what an agent told of a task. `newest` is the newest state that it knows. */
export function updateTask(
  state: MasterState,
  task: TaskRecord,
  status: V1Status,
  newest: string,
): void {
  const isNews = task.statuses.at(-1)?.state !== status.state;
  if (!isTerminal(task.state) && isTerminal(newest)) release(state, task);
  task.state = newest;
  task.sent = status;
  task.statuses = withNewest(task.statuses, status);
  if (isNews) announceUpdate(state, task, status);
}

/** What it held is free, but for shared volumes, which always were. */
export function release(state: MasterState, task: TaskRecord): void {
  giveBack(state, task, exclusive(task.resources));
}

/** Its last update was acknowledged. */
export function completeTask(
  state: MasterState,
  framework: FrameworkRecord,
  task: TaskRecord,
): void {
  framework.tasks.delete(task.id);
  complete(framework, task);
  const agent = state.agents.get(task.agentId);
  agent?.tasks.delete(task);
}

export function complete(framework: FrameworkRecord, task: TaskRecord): void {
  framework.completed.push(task);
  if (framework.completed.length > completedMax) framework.completed.shift();
}
