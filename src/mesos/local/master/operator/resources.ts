/** Reservations and volumes that an operator makes, without an offer. */
import type { V1Operation, Value } from '../../../v1.ts';
import { bagHolds } from '../../resources/bag.ts';
import { inAgentOrder } from '../../resources/wire.ts';
import { allocateSoon, rescind } from '../allocator.ts';
import { conversionsOf, convert } from '../conversions.ts';
import type { Reply } from '../master.ts';
import { findOperationFault } from '../operation-check.ts';
import { changeTotal, usedOn } from '../operations.ts';
import type { AgentRecord, MasterState } from '../state.ts';
import type { OperatorCall } from './call.ts';

/** 202 when it is done, 409 where the agent lacks what it needs even with every offer taken back. */
export function operateAsOperator(state: MasterState, call: OperatorCall): Reply {
  const { agentId, operation } = operationOf(call);
  const agent = state.agents.get(agentId?.value ?? '');
  if (!agent) return { status: 400, body: `No agent found with specified ID` };
  const asking = { principal: undefined, role: undefined, total: agent.total, used: usedOn(agent) };
  const fault = findOperationFault(operation, asking);
  const conversions = conversionsOf(operation);
  if (fault !== undefined || !conversions) {
    return {
      status: 400,
      body: `Invalid ${operation.type} operation on agent ${agent.id}: ${fault}`,
    };
  }
  takeBack(state, agent, operation);
  const converted = convert(inAgentOrder(agent.free), conversions);
  allocateSoon(state);
  if (!converted.ok) return { status: 409, body: converted.fault };
  agent.free = converted.bag;
  changeTotal(agent, conversions);
  return { status: 202 };
}

function operationOf(call: OperatorCall): {
  readonly agentId: Value | undefined;
  readonly operation: V1Operation;
} {
  const { reserve_resources, unreserve_resources, create_volumes, destroy_volumes } = call;
  if (reserve_resources) {
    const { agent_id: agentId, resources = [] } = reserve_resources;
    return { agentId, operation: { type: 'RESERVE', reserve: { resources } } };
  }
  if (unreserve_resources) {
    const { agent_id: agentId, resources = [] } = unreserve_resources;
    return { agentId, operation: { type: 'UNRESERVE', unreserve: { resources } } };
  }
  if (create_volumes) {
    const { agent_id: agentId, volumes = [] } = create_volumes;
    return { agentId, operation: { type: 'CREATE', create: { volumes } } };
  }
  const { agent_id: agentId, volumes = [] } = destroy_volumes ?? {};
  return { agentId, operation: { type: 'DESTROY', destroy: { volumes } } };
}

/** Offers are rescinded one after the other until the agent has enough free. */
function takeBack(state: MasterState, agent: AgentRecord, operation: V1Operation): void {
  const needed = (conversionsOf(operation) ?? []).map(({ from }) => from);
  for (const id of [...agent.offers]) {
    if (bagHolds(agent.free, needed)) return;
    rescind(state, id);
  }
}
