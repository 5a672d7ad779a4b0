/** Executors and their containers, as the agent's API shows them. */
import type { V1Command, V1Resource, V1Task } from '../../../v1.ts';
import type { V1Executor } from '../../../v1-container.ts';
import { executorOnWire } from '../../executor/deliveries.ts';
import type { ContainerOrder } from '../../executor/launcher.ts';
import { addBags, type Bag } from '../../resources/bag.ts';
import { readBag } from '../../resources/wire.ts';
import type { LocalAgent } from '../agent.ts';
import type { HostedExecutor } from '../executors.ts';
import type { AgentTask } from '../task.ts';

/** One executor with its container and its tasks. */
export interface ShownExecutor {
  readonly id: string;
  readonly frameworkId: string;
  readonly role: string;
  readonly info: V1Executor;
  readonly containerId: string;
  readonly pid: number | undefined;
  /** Whether its container is its only task's. */
  readonly isCommand: boolean;
  readonly order: ContainerOrder;
  readonly tasks: readonly AgentTask[];
  /** Those whose end is acknowledged. */
  readonly endedTasks: readonly AgentTask[];
}

/** Those that tasks may share first. */
export function executorsOf(agent: LocalAgent): readonly ShownExecutor[] {
  const tasks = agent.tasks();
  const shared = agent.executors.all().map((hosted) => sharedExecutor(agent, hosted));
  const own = tasks.filter(({ order, isOver }) => !order.executor && !isOver);
  return [...shared, ...own.map((task) => commandExecutor(task))];
}

/** Those that have ended, in the same order. */
export function endedExecutorsOf(agent: LocalAgent): readonly ShownExecutor[] {
  const { executors, tasks } = agent.history;
  const own = tasks.filter(({ task }) => !task.order.executor);
  return [
    ...executors.map((hosted) => sharedExecutor(agent, hosted)),
    ...own.map(({ task, containerId }) => commandExecutor(task, containerId)),
  ];
}

function sharedExecutor(agent: LocalAgent, hosted: HostedExecutor): ShownExecutor {
  const { id, frameworkId, role, info, containerId, executor } = hosted;
  const isOfIt = (task: AgentTask) => task.executor === executor;
  return {
    id,
    frameworkId,
    role,
    info: executorOnWire(info, role),
    containerId,
    pid: executor.pid,
    isCommand: false,
    order: { frameworkId, holder: { info, containerId, variables: {} } },
    tasks: agent.tasks().filter(isOfIt),
    endedTasks: agent.history.tasks.map(({ task }) => task).filter(isOfIt),
  };
}

/** @param endedIn the container of one that has ended */
function commandExecutor(task: AgentTask, endedIn?: string): ShownExecutor {
  const { frameworkId, role } = task.order;
  const hasEnded = endedIn !== undefined;
  return {
    id: task.id,
    frameworkId,
    role,
    info: commandInfo(task.order.task, frameworkId, role),
    containerId: endedIn ?? task.executor?.keptRun(task.id)?.containerId ?? '',
    pid: hasEnded ? undefined : task.executor?.pid,
    isCommand: true,
    order: { frameworkId, task: task.order.task },
    tasks: hasEnded ? [] : [task],
    endedTasks: hasEnded ? [task] : [],
  };
}

/** What Mesos adds to each task with a command for the process that runs it. */
const overhead: readonly V1Resource[] = [
  { name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } },
  { name: 'mem', type: 'SCALAR', scalar: { value: 32 } },
];

function commandInfo(task: V1Task, frameworkId: string, role: string): V1Executor {
  const info: V1Executor = {
    executor_id: task.task_id,
    framework_id: { value: frameworkId },
    command: {
      shell: false,
      value: '/usr/local/mesos/bin/mesos-executor',
      arguments: ['mesos-executor', '--launcher_dir=/usr/local/mesos/bin'],
    },
    resources: overhead,
    name: `Command Executor (Task: ${task.task_id.value}) (Command: ${inShort(task.command)})`,
    source: task.task_id.value,
  };
  return executorOnWire(info, role);
}

const shownMax = 15;

function inShort({ shell = true, value = '', arguments: argv = [] }: V1Command = {}): string {
  if (value === '') return 'NO EXECUTABLE';
  const text = shell ? value : [value, ...argv].join(' ');
  const cut = text.length > shownMax ? `${text.slice(0, shownMax - 3)}...` : text;
  return shell ? `sh -c '${cut}'` : cut;
}

/** What it and its tasks may use. */
export function resourcesOf({ info, tasks }: ShownExecutor): Bag {
  return tasks
    .filter(({ isOver }) => !isOver)
    .reduce(
      (sum, { order }) => addBags(sum, readBag(order.task.resources)),
      readBag(info.resources),
    );
}
