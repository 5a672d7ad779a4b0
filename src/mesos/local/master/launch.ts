/** LAUNCH and LAUNCH_GROUP: checked, charged and handed to the agent. */
import type { V1Operation, V1Task } from '../../v1.ts';
import type { V1Executor } from '../../v1-container.ts';
import { type Bag, exclusive, subtractBags } from '../resources/bag.ts';
import { readBag } from '../resources/wire.ts';
import { addExecutor, findExecutor, sameExecutor } from './executors.ts';
import { tell } from './notify.ts';
import {
  type AgentRecord,
  type FrameworkRecord,
  hasCapability,
  type MasterState,
  type TaskRecord,
} from './state.ts';
import { findGroupFault, findTaskFault, type Ground } from './task-check.ts';
import { addTask } from './tasks.ts';

/** Where tasks are launched: on an agent, from what is left of offers to a role. */
export interface Site {
  readonly agent: AgentRecord;
  readonly role: string;
  readonly available: Bag;
}

/** @returns what is left of what was available */
export function launchTask(
  state: MasterState,
  framework: FrameworkRecord,
  info: V1Task,
  site: Site,
): Bag {
  const { executor } = info;
  const fault =
    findTaskFault(info, groundOf(framework, executor, site)) ??
    (executor && findOtherExecutor(framework, executor, site));
  if (fault !== undefined) {
    refuse(state, framework, [info], { reason: 'REASON_TASK_INVALID', message: fault });
    return site.available;
  }
  return handOver(state, framework, { tasks: [info], executor }, site);
}

/** Launches all of a group or none. @returns what is left of what was available */
export function launchGroup(
  state: MasterState,
  framework: FrameworkRecord,
  { launch_group: group }: V1Operation,
  site: Site,
): Bag {
  const tasks = group?.task_group?.tasks ?? [];
  const executor = group?.executor;
  const message =
    findGroupFault(tasks, executor, groundOf(framework, executor, site)) ??
    (executor && findOtherExecutor(framework, executor, site));
  if (message !== undefined || !executor) {
    const said = { reason: 'REASON_TASK_GROUP_INVALID', message: message ?? '' };
    refuse(state, framework, tasks, said);
    return site.available;
  }
  return handOver(state, framework, { tasks, executor }, site);
}

function groundOf(
  framework: FrameworkRecord,
  executor: V1Executor | undefined,
  { agent, role, available }: Site,
): Ground {
  const isNew = executor && !findExecutor(agent, framework.id, executor.executor_id?.value ?? '');
  return {
    agentId: agent.id,
    role,
    available,
    isKnown: (id) => framework.tasks.has(id) || framework.unreachable.has(id),
    ...(isNew ? { newExecutor: executor } : {}),
  };
}

function findOtherExecutor(
  framework: FrameworkRecord,
  executor: V1Executor,
  { agent }: Site,
): string | undefined {
  const known = findExecutor(agent, framework.id, executor.executor_id?.value ?? '');
  return !known || sameExecutor(known.info, executor)
    ? undefined
    : 'ExecutorInfo is not compatible with existing ExecutorInfo with same ExecutorID';
}

function refuse(
  state: MasterState,
  framework: FrameworkRecord,
  tasks: readonly V1Task[],
  said: { readonly reason: string; readonly message: string },
): void {
  for (const { task_id, agent_id } of tasks) {
    const ref = { taskId: task_id.value, agentId: agent_id.value };
    tell(state, framework, ref, { state: 'TASK_ERROR', ...said });
  }
}

function handOver(
  state: MasterState,
  framework: FrameworkRecord,
  {
    tasks,
    executor,
  }: { readonly tasks: readonly V1Task[]; readonly executor: V1Executor | undefined },
  { agent, role, available }: Site,
): Bag {
  let left = available;
  if (executor && !findExecutor(agent, framework.id, executor.executor_id?.value ?? '')) {
    const added = addExecutor(agent, { frameworkId: framework.id, info: executor, role });
    left = subtractBags(left, added.resources);
  }
  for (const info of tasks) {
    const resources = readBag(info.resources);
    const task: TaskRecord = {
      id: info.task_id.value,
      frameworkId: framework.id,
      agentId: agent.id,
      role,
      info: executor ? { ...info, executor } : info,
      resources,
      state: 'TASK_STAGING',
      sent: undefined,
      statuses: [],
    };
    addTask(state, framework, agent, task);
    left = subtractBags(left, exclusive(resources));
  }
  const tellsKilling = hasCapability(framework, 'TASK_KILLING_STATE');
  const shared = { frameworkId: framework.id, role, tellsKilling };
  const orders = tasks.map((task) => ({ ...shared, task, ...(executor ? { executor } : {}) }));
  agent.link?.launch(orders, framework.info);
  return left;
}
