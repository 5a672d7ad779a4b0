/** Why the master refuses a task, in Mesos' own words. */
import type { V1Resource, V1Task } from '../../v1.ts';
import type { V1Executor } from '../../v1-container.ts';
import { type Bag, bagHolds } from '../resources/bag.ts';
import { inOfferOrder, readBag, readPiece } from '../resources/wire.ts';
import { bagInWords } from '../resources/words.ts';
import { findResourceFault } from './resource-check.ts';

export interface Ground {
  readonly agentId: string;
  readonly role: string;
  /** What the offers still hold. */
  readonly available: Bag;
  isKnown(taskId: string): boolean;
  /** An executor that the launch would bring with it: its resources count too. */
  readonly newExecutor?: V1Executor;
}

const idMaxLength = 255;

export function findTaskFault(task: V1Task, ground: Ground): string | undefined {
  return (
    findIdFault(task.task_id.value) ??
    (ground.isKnown(task.task_id.value)
      ? `Task has duplicate ID: ${task.task_id.value}`
      : undefined) ??
    findAgentFault(task, ground) ??
    findNoResources(task) ??
    findResourceFault(task.resources ?? []) ??
    findCommandFault(task) ??
    findExcess(task.resources ?? [], ground, 'task and its executor is')
  );
}

function findIdFault(id: string): string | undefined {
  if (id === '') return 'ID must not be empty';
  if (id.length > idMaxLength) return `ID must not be greater than ${idMaxLength} characters`;
  if (id === '.' || id === '..') return `'${id}' is disallowed`;
  const isBad = [...id].some((one) => one < ' ' || one === '\x7f' || one === '/' || one === '\\');
  return isBad ? `'${id}' contains invalid characters` : undefined;
}

function findAgentFault(task: V1Task, { agentId }: Ground): string | undefined {
  const asked = task.agent_id.value;
  return asked === agentId
    ? undefined
    : `Task uses invalid agent ${asked} while agent ${agentId} is expected`;
}

function findNoResources({ resources = [] }: V1Task): string | undefined {
  return resources.length === 0 ? 'Task uses no resources' : undefined;
}

function findCommandFault(task: V1Task): string | undefined {
  return (task.command === undefined) === (task.executor === undefined)
    ? 'Task should have at least one (but not both) of CommandInfo or ExecutorInfo present'
    : undefined;
}

function findExcess(
  own: readonly V1Resource[],
  { role, available, newExecutor }: Ground,
  whose: string,
): string | undefined {
  const pieces = [...own, ...(newExecutor?.resources ?? [])];
  const foreign = pieces.find(
    ({ allocation_info: to }) => to?.role !== undefined && to.role !== role,
  );
  const sum = readBag(pieces);
  if (!foreign && bagHolds(available, sum)) return undefined;
  const shown = newExecutor ? sum : pieces.map(readPiece);
  const asked = bagInWords(shown, foreign?.allocation_info?.role ?? role);
  return (
    `Total resources ${asked} required by ${whose} ` +
    `more than available ${bagInWords(inOfferOrder(available), role)}`
  );
}

/** Why a task group is refused: for its executor's faults first, then for a task's, then as a whole. */
export function findGroupFault(
  tasks: readonly V1Task[],
  executor: V1Executor | undefined,
  ground: Ground,
): string | undefined {
  if (!executor?.framework_id) return "'ExecutorInfo.framework_id' must be set";
  const names = new Set((executor.resources ?? []).map(({ name }) => name));
  const missing = ['cpus', 'mem', 'disk'].find((name) => !names.has(name));
  const id = executor.executor_id?.value ?? '';
  if (missing !== undefined) return `Executor '${id}' uses no ${missing}`;
  return (
    findIdFault(id) ??
    (tasks.length === 0 ? 'Task group cannot be empty' : undefined) ??
    findMemberFault(tasks, ground) ??
    findExcess(
      tasks.flatMap(({ resources = [] }) => resources),
      ground,
      'task group and its executor are',
    )
  );
}

function findMemberFault(tasks: readonly V1Task[], ground: Ground): string | undefined {
  const ids = tasks.map(({ task_id }) => task_id.value);
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  if (repeated !== undefined) return `Task '${repeated}' is invalid: Task has duplicate ID`;
  for (const task of tasks) {
    const fault = findTaskFault(task, ground);
    if (fault !== undefined) return `Task '${task.task_id.value}' is invalid: ${fault}`;
  }
  return undefined;
}
