/** GET_TASKS, GET_EXECUTORS, GET_FRAMEWORKS and GET_STATE. */
import { bagToWire, readBag } from '../../resources/wire.ts';
import type { LocalAgent } from '../agent.ts';
import type { AgentTask } from '../task.ts';
import { endedExecutorsOf, executorsOf, type ShownExecutor } from './executors.ts';

export function showTasks(agent: LocalAgent) {
  const tasks = agent.tasks();
  const isQueued = ({ state }: AgentTask) => state === 'TASK_STAGING';
  return {
    pending_tasks: [],
    queued_tasks: tasks.filter(isQueued).map(showTask),
    launched_tasks: tasks.filter((task) => !task.isOver && !isQueued(task)).map(showTask),
    terminated_tasks: tasks.filter(({ isOver }) => isOver).map(showTask),
    completed_tasks: agent.history.tasks.map(({ task }) => showTask(task)),
  };
}

export function showExecutors(agent: LocalAgent) {
  const show = ({ info }: ShownExecutor) => ({ executor_info: info });
  return {
    executors: executorsOf(agent).map(show),
    completed_executors: endedExecutorsOf(agent).map(show),
  };
}

export function showFrameworks(agent: LocalAgent) {
  const frameworks = [...agent.frameworks().values()].map((info) => ({ framework_info: info }));
  const completed = agent.history.frameworks.map(({ info }) => ({ framework_info: info }));
  return { frameworks, completed_frameworks: completed };
}

export function showState(agent: LocalAgent) {
  return {
    get_tasks: showTasks(agent),
    get_executors: showExecutors(agent),
    get_frameworks: showFrameworks(agent),
  };
}

function showTask({ order, state, sent, statuses }: AgentTask) {
  const { task, executor, frameworkId, role } = order;
  return {
    name: task.name,
    task_id: task.task_id,
    framework_id: { value: frameworkId },
    ...(executor ? { executor_id: executor.executor_id } : {}),
    agent_id: task.agent_id,
    state,
    resources: bagToWire(readBag(task.resources), { form: 'refined', allocatedTo: role }),
    statuses,
    ...(sent ? { status_update_state: sent.state, status_update_uuid: sent.uuid } : {}),
    ...(task.labels ? { labels: task.labels } : {}),
    ...(task.discovery ? { discovery: task.discovery } : {}),
    ...(task.container ? { container: task.container } : {}),
    ...(task.health_check ? { health_check: task.health_check } : {}),
    ...(task.kill_policy ? { kill_policy: task.kill_policy } : {}),
  };
}
