/** ACCEPT and DECLINE. The answer is 202 whatever they hold; the truth arrives as updates. */

import type { V1Call, V1Operation, V1Task } from '../../v1.ts';
import { type Bag, normalise } from '../resources/bag.ts';
import { giveBack, refuse, takeOffer } from './allocator.ts';
import { launchGroup, launchTask } from './launch.ts';
import { tell } from './notify.ts';
import { dropWithoutOffers, operateOn } from './operations.ts';
import { refusalMs } from './refusal.ts';
import type { AgentRecord, FrameworkRecord, MasterState, OfferRecord } from './state.ts';

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
    refusalMs(accept.filters),
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
  for (const operation of accept.operations ?? []) dropWithoutOffers(framework, operation, fault);
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
  const site = { agent: spent.agent, role: spent.first.role };
  for (const operation of accept.operations ?? []) {
    if (operation.type === 'LAUNCH') {
      for (const task of tasksOf(operation)) {
        left = launchTask(state, framework, task, { ...site, available: left });
      }
    } else if (operation.type === 'LAUNCH_GROUP') {
      left = launchGroup(state, framework, operation, { ...site, available: left });
    } else left = operateOn(state, framework, operation, { ...site, available: left });
  }
  return left;
}

export function declineOffers(
  state: MasterState,
  framework: FrameworkRecord,
  decline: Decline,
): void {
  for (const { value } of decline.offer_ids ?? []) {
    const offer = framework.offers.has(value) ? takeOffer(state, value) : undefined;
    if (!offer) continue;
    refuse(state, framework, offer, refusalMs(decline.filters));
    giveBack(state, offer, offer.resources);
  }
}
