/** GET_CONTAINERS, /containers and /monitor/statistics. */
import type { ContainerId } from '../../executor/container-status.ts';
import { type Bag, scalarOf } from '../../resources/bag.ts';
import { readBag } from '../../resources/wire.ts';
import type { LocalAgent } from '../agent.ts';
import type { NestedContainers } from '../nested-containers.ts';
import { executorsOf, resourcesOf, type ShownExecutor } from './executors.ts';

const mebibyte = 1024 * 1024;

interface Wanted {
  readonly show_nested?: boolean;
}

export function showContainers(
  agent: LocalAgent,
  nested: NestedContainers,
  { show_nested: withNested = false }: Wanted = {},
) {
  const executors = executorsOf(agent);
  const own = executors.map((executor) => ({
    framework_id: { value: executor.frameworkId },
    executor_id: { value: executor.id },
    executor_name: executor.info.name ?? '',
    container_id: { value: executor.containerId },
    container_status: statusOf({ value: executor.containerId }, executor.pid),
    resource_statistics: statisticsOf(agent, executor),
  }));
  const inside = withNested
    ? [...executors.flatMap((executor) => nestedOf(agent, executor)), ...beside(agent, nested)]
    : [];
  return { containers: [...own, ...inside] };
}

/** The older form: no nested ones. */
export function listContainers(agent: LocalAgent) {
  return executorsOf(agent).map((executor) => ({
    container_id: executor.containerId,
    ...labelsOf(executor),
    statistics: statisticsOf(agent, executor),
    status: statusOf({ value: executor.containerId }, executor.pid),
  }));
}

export function listStatistics(agent: LocalAgent) {
  return executorsOf(agent).map((executor) => ({
    ...labelsOf(executor),
    statistics: statisticsOf(agent, executor),
  }));
}

function labelsOf({ id, frameworkId, info }: ShownExecutor) {
  return {
    executor_id: id,
    executor_name: info.name ?? '',
    framework_id: frameworkId,
    source: info.source ?? '',
  };
}

function nestedOf(agent: LocalAgent, { isCommand, containerId, tasks, info }: ShownExecutor) {
  if (isCommand || info.type !== 'DEFAULT') return [];
  return tasks.flatMap((task) => {
    const run = task.isOver ? undefined : task.executor?.keptRun(task.id);
    if (!run) return [];
    const id = { value: run.containerId, parent: { value: containerId } };
    return [
      {
        container_id: { value: run.containerId },
        container_status: statusOf(id, run.mark?.pid),
        resource_statistics: limitsOf(agent, readBag(task.order.task.resources)),
      },
    ];
  });
}

/** Those that an operator launched. */
function beside(agent: LocalAgent, nested: NestedContainers) {
  return nested.running().map(({ id, pid }) => ({
    container_id: { value: id.value },
    container_status: statusOf(id, pid),
    resource_statistics: { timestamp: agent.now / 1000 },
  }));
}

function statusOf(id: ContainerId, pid: number | undefined) {
  return { container_id: id, ...(pid === undefined ? {} : { executor_pid: pid }) };
}

function limitsOf(agent: LocalAgent, limits: Bag) {
  const bytes = scalarOf(limits, 'mem') * mebibyte;
  return {
    timestamp: agent.now / 1000,
    cpus_soft_limit: scalarOf(limits, 'cpus'),
    mem_limit_bytes: bytes,
    mem_soft_limit_bytes: bytes,
  };
}

function statisticsOf(agent: LocalAgent, executor: ShownExecutor) {
  const limits = limitsOf(agent, resourcesOf(executor));
  const ofTasks = executor.isCommand
    ? []
    : executor.tasks.map((task) => task.executor?.keptRun(task.id)?.mark?.pid);
  const pids = [executor.pid, ...ofTasks].flatMap((pid) => pid ?? []);
  const usage = agent.inside?.usage(pids);
  if (!usage) return limits;
  return {
    ...limits,
    cpus_user_time_secs: usage.userSeconds,
    cpus_system_time_secs: usage.systemSeconds,
    mem_rss_bytes: usage.residentBytes,
  };
}
