/** Why the master refuses a task, in Mesos' own words. */
import { toThousandths } from '../../resources.ts';
import type { V1Operation, V1Resource, V1Task } from '../../v1.ts';
import { type Bag, bagHolds } from '../resources/bag.ts';
import { inOfferOrder, readBag, readPiece } from '../resources/wire.ts';
import { amountInWords, bagInWords } from '../resources/words.ts';

export interface Ground {
  readonly agentId: string;
  readonly role: string;
  /** What the offers still hold. */
  readonly available: Bag;
  isKnown(taskId: string): boolean;
}

const idMaxLength = 255;

export function findTaskFault(task: V1Task, ground: Ground): string | undefined {
  return (
    findIdFault(task.task_id.value) ??
    (ground.isKnown(task.task_id.value)
      ? `Task has duplicate ID: ${task.task_id.value}`
      : undefined) ??
    findAgentFault(task, ground) ??
    findResourceFault(task.resources ?? []) ??
    findCommandFault(task) ??
    findExcess(task, ground)
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

function findResourceFault(pieces: readonly V1Resource[]): string | undefined {
  if (pieces.length === 0) return 'Task uses no resources';
  const bad = pieces.find((piece) => piece.scalar && toThousandths(piece.scalar.value) <= 0);
  return bad
    ? `Resource '${bad.name}:${amountInWords(readPiece(bad))}' is invalid: Invalid scalar resource: value <= 0`
    : undefined;
}

function findCommandFault(task: V1Task): string | undefined {
  return (task.command === undefined) === (task.executor === undefined)
    ? 'Task should have at least one (but not both) of CommandInfo or ExecutorInfo present'
    : undefined;
}

function findExcess(task: V1Task, { role, available }: Ground): string | undefined {
  const pieces = task.resources ?? [];
  const foreign = pieces.find(
    ({ allocation_info: to }) => to?.role !== undefined && to.role !== role,
  );
  if (!foreign && bagHolds(available, readBag(pieces))) return undefined;
  const asked = bagInWords(pieces.map(readPiece), foreign?.allocation_info?.role ?? role);
  return (
    `Total resources ${asked} required by task and its executor ` +
    `is more than available ${bagInWords(inOfferOrder(available), role)}`
  );
}

/** Why a task group is refused: for its own faults first, then because none can run here. */
export function groupFault({ launch_group: group }: V1Operation): string {
  const executor = group?.executor;
  if (!executor?.framework_id) return "'ExecutorInfo.framework_id' must be set";
  const names = new Set((executor.resources ?? []).map(({ name }) => name));
  const missing = ['cpus', 'mem', 'disk'].find((name) => !names.has(name));
  return missing === undefined
    ? 'The local master launches no task groups'
    : `Executor '${executor.executor_id?.value ?? ''}' uses no ${missing}`;
}
