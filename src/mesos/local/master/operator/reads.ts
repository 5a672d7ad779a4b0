/** The operator API's reads of the master's whole state, and of its parts. */
import type { MasterState } from '../state.ts';
import {
  nanoseconds,
  showAgent,
  showAgentInfo,
  showExecutor,
  showFramework,
  showTask,
} from './views.ts';

export function showState(state: MasterState) {
  return {
    get_tasks: showTasks(state),
    get_executors: showExecutors(state),
    get_frameworks: showFrameworks(state),
    get_agents: showAgents(state),
  };
}

export function showAgents(state: MasterState) {
  return {
    agents: [...state.agents.values()].map((agent) => showAgent(state, agent)),
    recovered_agents: [...state.recovered.values()].map((info) => ({
      ...showAgentInfo({ info }),
      checkpoint: true,
    })),
  };
}

export function showFrameworks(state: MasterState) {
  const known = [...state.frameworks.values()].filter(isKnown);
  return {
    frameworks: known.map((one) => showFramework(state, one)),
    completed_frameworks: [...state.removed.values()].map(({ framework, at }) => ({
      ...showFramework(state, framework),
      unregistered_time: nanoseconds(at),
    })),
  };
}

/** A framework that only the registry knows is none to Mesos. */
export function isKnown(framework: {
  readonly recovered: boolean;
  readonly tasks: { readonly size: number };
}): boolean {
  return !framework.recovered || framework.tasks.size > 0;
}

/** Of task groups and custom executors; command tasks have none that is shown. */
export function showExecutors(state: MasterState) {
  const all = [...state.agents.values()].flatMap(({ executors }) => [...executors.values()]);
  return { executors: all.map(showExecutor) };
}

export function showTasks(state: MasterState) {
  const all = [...state.frameworks.values()];
  const ended = [...state.removed.values()].flatMap(({ framework }) => framework.completed);
  return {
    tasks: all.flatMap(({ tasks }) => [...tasks.values()].map((task) => showTask(task))),
    unreachable_tasks: all.flatMap(({ unreachable }) =>
      [...unreachable.values()].map((task) => showTask(task, task.statuses.at(-1)?.state)),
    ),
    completed_tasks: [...ended, ...all.flatMap(({ completed }) => completed)].map((task) =>
      showTask(task),
    ),
  };
}

export function showOperations(state: MasterState) {
  const operations = [...state.operations.values()].map((one) => ({
    framework_id: { value: one.frameworkId },
    agent_id: { value: one.agentId },
    info: one.info,
    latest_status: one.status,
    statuses: [one.status],
    uuid: { value: one.uuid },
  }));
  return operations.length > 0 ? { operations } : {};
}
