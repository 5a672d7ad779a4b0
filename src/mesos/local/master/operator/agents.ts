/** What an operator may do to an agent: keep it from offers, empty it, declare it gone. */
import { allocate, rescind } from '../allocator.ts';
import type { Reply } from '../master.ts';
import { markGone } from '../registrar.ts';
import { forget, keep } from '../registry-file.ts';
import type { AgentRecord, Drain, MasterState } from '../state.ts';
import type { OperatorCall } from './call.ts';

const unknown: Reply = { status: 400, body: 'Unknown agent' };

export function deactivateAgent(state: MasterState, call: OperatorCall): Reply {
  const agent = state.agents.get(call.deactivate_agent?.agent_id.value ?? '');
  if (!agent) return unknown;
  setAside(state, agent, undefined);
  return { status: 200 };
}

function setAside(state: MasterState, agent: AgentRecord, drain: Drain | undefined): void {
  agent.deactivated = true;
  agent.drain = drain;
  state.setAside.set(agent.id, drain);
  keep(state, 'aside', agent.id, drain ?? null);
  for (const id of [...agent.offers]) rescind(state, id);
}

/** Ends a drain too. */
export function reactivateAgent(state: MasterState, call: OperatorCall): Reply {
  const agent = state.agents.get(call.reactivate_agent?.agent_id.value ?? '');
  if (!agent) return unknown;
  agent.deactivated = false;
  agent.drain = undefined;
  state.setAside.delete(agent.id);
  forget(state, 'aside', agent.id);
  allocate(state, [agent]);
  return { status: 200 };
}

/** Its tasks are asked to end, each in its own time but no longer than the call allows. */
export function drainAgent(state: MasterState, { drain_agent: wanted }: OperatorCall): Reply {
  const agent = state.agents.get(wanted?.agent_id.value ?? '');
  if (!agent) return unknown;
  const { max_grace_period: grace, mark_gone = false } = wanted ?? {};
  setAside(state, agent, { markGone: mark_gone, since: state.options.clock.now() });
  agent.link?.drain(grace ? { grace_period: grace } : undefined);
  if (mark_gone && agent.tasks.size === 0) markGone(state, agent.id);
  return { status: 200 };
}

export function markAgentGone(state: MasterState, call: OperatorCall): Reply {
  const id = call.mark_agent_gone?.agent_id.value ?? '';
  return markGone(state, id) ? { status: 200 } : { status: 404, body: `Agent '${id}' not found` };
}
