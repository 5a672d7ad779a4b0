/** ACCEPT and DECLINE. The answer is 202 whatever they hold; the truth arrives as updates. */

import type { V1Call, V1Operation, V1Task } from '../../v1.ts';
import { type Bag, normalise, subtractBags } from '../resources/bag.ts';
import { readBag } from '../resources/wire.ts';
import { giveBack, refuse, takeOffer } from './allocator.ts';
import { tell } from './notify.ts';
import { charge } from './shares.ts';
import {
  type AgentRecord,
  type FrameworkRecord,
  hasCapability,
  type MasterState,
  type OfferRecord,
  type TaskRecord,
} from './state.ts';
import { findTaskFault, groupFault } from './task-check.ts';

type Accept = NonNullable<V1Call['accept']>;
type Decline = NonNullable<V1Call['decline']>;

export function acceptOffers(state: MasterState, framework: FrameworkRecord, accept: Accept): void {
  const ids = (accept.offer_ids ?? []).map(({ value }) => value);
  const fault = findOfferFault(state, framework, ids);
  const offers = [...new Set(ids)].flatMap((id) =>
    framework.offers.has(id) ? (takeOffer(state, id) ?? []) : [],
  );
  const first = offers[0];
  const agent = first && state.agents.get(first.agentId);
  if (fault !== undefined || !first || !agent) {
    for (const offer of offers) giveBack(state, offer, offer.resources);
    dropTasks(state, framework, accept, fault ?? 'No offers specified');
    return;
  }
  const left = operate(state, framework, accept, { agent, first, offers });
  giveBack(state, first, left);
  refuse(
    state,
    framework,
    { agentId: agent.id, role: first.role, resources: left },
    toMs(accept.filters?.refuse_seconds),
  );
}

function findOfferFault(
  state: MasterState,
  framework: FrameworkRecord,
  ids: readonly string[],
): string | undefined {
  if (ids.length === 0) return 'No offers specified';
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  if (repeated !== undefined) return `Duplicate offer ${repeated} in offer list`;
  const gone = ids.find((id) => !framework.offers.has(id));
  if (gone !== undefined) return `Offer ${gone} is no longer valid`;
  const agents = new Set(ids.map((id) => state.offers.get(id)?.agentId));
  if (agents.size > 1) return 'Aggregated offers must belong to one single agent';
  const roles = new Set(ids.map((id) => state.offers.get(id)?.role));
  return roles.size > 1 ? 'Aggregated offers must be allocated to one single role' : undefined;
}

function dropTasks(
  state: MasterState,
  framework: FrameworkRecord,
  accept: Accept,
  fault: string,
): void {
  for (const task of (accept.operations ?? []).flatMap(tasksOf)) {
    tell(state, framework, refOf(task), {
      state: 'TASK_DROPPED',
      reason: 'REASON_INVALID_OFFERS',
      message: `Task launched with invalid offers: ${fault}`,
    });
  }
}

function tasksOf(operation: V1Operation): readonly V1Task[] {
  return operation.launch?.task_infos ?? operation.launch_group?.task_group?.tasks ?? [];
}

function refOf(task: V1Task) {
  return { taskId: task.task_id.value, agentId: task.agent_id.value };
}

interface Spent {
  readonly agent: AgentRecord;
  readonly first: OfferRecord;
  readonly offers: readonly OfferRecord[];
}

/** Carries out what can be carried out and returns what is left of the offers. */
function operate(
  state: MasterState,
  framework: FrameworkRecord,
  accept: Accept,
  spent: Spent,
): Bag {
  let left = normalise(spent.offers.flatMap(({ resources }) => resources));
  for (const operation of accept.operations ?? []) {
    if (operation.type === 'LAUNCH') {
      for (const task of tasksOf(operation)) left = launch(state, framework, task, spent, left);
    } else if (operation.type === 'LAUNCH_GROUP') refuseGroup(state, framework, operation);
    else refuseOperation(framework, operation, spent.agent);
  }
  return left;
}

function launch(
  state: MasterState,
  framework: FrameworkRecord,
  info: V1Task,
  { agent, first }: Spent,
  available: Bag,
): Bag {
  const fault = findTaskFault(info, {
    agentId: agent.id,
    role: first.role,
    available,
    isKnown: (id) => framework.tasks.has(id) || framework.unreachable.has(id),
  });
  if (fault !== undefined) {
    const reason = 'REASON_TASK_INVALID';
    tell(state, framework, refOf(info), { state: 'TASK_ERROR', reason, message: fault });
    return available;
  }
  const resources = readBag(info.resources);
  const task: TaskRecord = {
    id: info.task_id.value,
    frameworkId: framework.id,
    agentId: agent.id,
    role: first.role,
    info,
    resources,
    state: 'TASK_STAGING',
    sent: undefined,
  };
  framework.tasks.set(task.id, task);
  agent.tasks.add(task);
  agent.link?.launch({
    frameworkId: framework.id,
    task: info,
    role: first.role,
    tellsKilling: hasCapability(framework, 'TASK_KILLING_STATE'),
  });
  return subtractBags(available, resources);
}

function refuseGroup(state: MasterState, framework: FrameworkRecord, operation: V1Operation): void {
  const message = groupFault(operation);
  for (const task of tasksOf(operation)) {
    const reason = 'REASON_TASK_GROUP_INVALID';
    tell(state, framework, refOf(task), { state: 'TASK_ERROR', reason, message });
  }
}

/** Told only where the framework gave the operation an id; Mesos drops others in silence. */
function refuseOperation(
  framework: FrameworkRecord,
  operation: V1Operation,
  agent: AgentRecord,
): void {
  if (!operation.id) return;
  framework.stream?.send({
    type: 'UPDATE_OPERATION_STATUS',
    update_operation_status: {
      status: {
        operation_id: operation.id,
        state: 'OPERATION_ERROR',
        message: `The local master does not carry out ${operation.type ?? 'this operation'}; on agent ${agent.id}`,
      },
    },
  });
}

export function declineOffers(
  state: MasterState,
  framework: FrameworkRecord,
  decline: Decline,
): void {
  for (const { value } of decline.offer_ids ?? []) {
    const offer = framework.offers.has(value) ? takeOffer(state, value) : undefined;
    if (!offer) continue;
    refuse(state, framework, offer, toMs(decline.filters?.refuse_seconds));
    giveBack(state, offer, offer.resources);
  }
}

/** A task that launched before, as an agent brings it back, takes its resources again. */
export function chargeTask(
  state: MasterState,
  framework: FrameworkRecord,
  agent: AgentRecord,
  task: { readonly role: string; readonly resources: Bag },
): void {
  agent.free = subtractBags(agent.free, task.resources);
  charge(state, { framework, role: task.role }, task.resources);
}

function toMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
