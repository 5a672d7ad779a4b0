/** What the master itself tells frameworks about tasks: updates without a uuid. */
import type { V1Status } from '../../v1.ts';
import { type FrameworkRecord, hasCapability, type MasterState, type TaskRecord } from './state.ts';

export interface Saying {
  readonly state: string;
  readonly reason: string;
  readonly message: string;
}

/** Sends an update of the master's own; a framework without PARTITION_AWARE gets TASK_LOST. */
export function tell(
  state: MasterState,
  framework: FrameworkRecord,
  task: { readonly taskId: string; readonly agentId?: string; readonly from?: V1Status },
  saying: Saying,
): V1Status {
  const status = masterStatus(state, framework, task, saying);
  framework.stream?.send({ type: 'UPDATE', update: { status } });
  return status;
}

function masterStatus(
  state: MasterState,
  framework: FrameworkRecord,
  task: { readonly taskId: string; readonly agentId?: string; readonly from?: V1Status },
  saying: Saying,
): V1Status {
  const now = state.options.clock.now();
  const shown = shownState(framework, saying.state);
  const { container_status: container, healthy, check_status: check } = task.from ?? {};
  const unreachable = shown === 'TASK_UNREACHABLE' || saying.message === 'health check timed out';
  return {
    task_id: { value: task.taskId },
    state: shown,
    message: saying.message,
    source: 'SOURCE_MASTER',
    reason: saying.reason,
    ...(task.agentId === undefined ? {} : { agent_id: { value: task.agentId } }),
    timestamp: now / 1000,
    ...(unreachable ? { unreachable_time: { nanoseconds: now * 1e6 } } : {}),
    ...(healthy === undefined ? {} : { healthy }),
    ...(check === undefined ? {} : { check_status: check }),
    ...(container === undefined ? {} : { container_status: container }),
  };
}

const partitionStates = new Set([
  'TASK_UNREACHABLE',
  'TASK_DROPPED',
  'TASK_GONE',
  'TASK_GONE_BY_OPERATOR',
  'TASK_UNKNOWN',
]);

function shownState(framework: FrameworkRecord, state: string): string {
  const aware = hasCapability(framework, 'PARTITION_AWARE');
  return !aware && partitionStates.has(state) ? 'TASK_LOST' : state;
}

interface Asked {
  readonly taskId: string;
  readonly agentId?: string;
}

/** Answers for one task that a framework asks about, as real masters do. */
export function reconcileOne(state: MasterState, framework: FrameworkRecord, asked: Asked): void {
  const task = framework.tasks.get(asked.taskId);
  if (task) {
    tellLatest(state, framework, task);
    return;
  }
  const mayStillReturn =
    asked.agentId === undefined ? state.recovered.size > 0 : state.recovered.has(asked.agentId);
  if (mayStillReturn) return;
  const agentId = framework.unreachable.get(asked.taskId)?.agentId ?? asked.agentId;
  const [shown, what] = findFate(state, agentId);
  const at = agentId === undefined ? {} : { agentId };
  tell(
    state,
    framework,
    { taskId: asked.taskId, ...at },
    {
      state: shown,
      reason: 'REASON_RECONCILIATION',
      message: `Reconciliation: ${what}`,
    },
  );
}

function findFate(state: MasterState, agentId = ''): readonly [string, string] {
  if (state.gone.has(agentId)) return ['TASK_GONE_BY_OPERATOR', 'Task is gone'];
  if (state.unreachable.has(agentId)) return ['TASK_UNREACHABLE', 'Task is unreachable'];
  if (state.agents.has(agentId)) return ['TASK_GONE', 'Task is unknown to the agent'];
  return ['TASK_UNKNOWN', 'Task is unknown'];
}

/** Tells of every task but those of agents that are away. */
export function reconcileAll(state: MasterState, framework: FrameworkRecord): void {
  for (const task of framework.tasks.values()) tellLatest(state, framework, task);
}

function tellLatest(state: MasterState, framework: FrameworkRecord, task: TaskRecord): void {
  const shown = task.sent?.state ?? task.state;
  tell(
    state,
    framework,
    { taskId: task.id, agentId: task.agentId, ...(task.sent ? { from: task.sent } : {}) },
    {
      state: shown,
      reason: 'REASON_RECONCILIATION',
      message: 'Reconciliation: Latest task state',
    },
  );
}
