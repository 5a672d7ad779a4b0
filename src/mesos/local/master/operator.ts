/** The operator API, as far as Titan and a curious person need it. */
import type { V1Framework, V1Status } from '../../v1.ts';
import { bagToWire, inAgentOrder, inOfferOrder } from '../resources/wire.ts';
import { offerToWire } from './allocator.ts';
import { findOperatorFault } from './call-check.ts';
import { removeFramework } from './frameworks.ts';
import type { Reply } from './master.ts';
import { allocatedOn } from './registrar.ts';
import {
  type AgentRecord,
  type FrameworkRecord,
  isTerminal,
  type MasterState,
  type OfferRecord,
  type TaskRecord,
} from './state.ts';

const agentCapabilities = [
  'MULTI_ROLE',
  'HIERARCHICAL_ROLE',
  'RESERVATION_REFINEMENT',
  'RESOURCE_PROVIDER',
  'RESIZE_VOLUME',
  'AGENT_OPERATION_FEEDBACK',
  'AGENT_DRAINING',
  'TASK_RESOURCE_LIMITS',
].map((type) => ({ type }));

interface OperatorCall {
  readonly type: string;
  readonly teardown?: { readonly framework_id?: { readonly value: string } };
}

type Answerer = (state: MasterState, call: OperatorCall) => Reply;

const answerers: Readonly<Record<string, Answerer>> = {
  GET_HEALTH: () => json({ type: 'GET_HEALTH', get_health: { healthy: true } }),
  GET_VERSION: () =>
    json({ type: 'GET_VERSION', get_version: { version_info: { version: '1.12.0' } } }),
  GET_AGENTS: getAgents,
  GET_FRAMEWORKS: getFrameworks,
  GET_TASKS: getTasks,
  TEARDOWN: teardown,
};

export function answerOperator(state: MasterState, call: unknown): Reply {
  const fault = findOperatorFault(call, Object.keys(answerers));
  if (fault !== undefined) return { status: 400, body: fault };
  const typed = call as OperatorCall;
  return answerers[typed.type]?.(state, typed) ?? { status: 400, body: '' };
}

function json(body: object): Reply {
  return { status: 200, body };
}

function getAgents(state: MasterState): Reply {
  const agents = [...state.agents.values()].map((agent) => showAgent(agent));
  const recovered_agents = [...state.recovered].map((value) => ({ id: { value } }));
  return json({ type: 'GET_AGENTS', get_agents: { agents, recovered_agents } });
}

function showAgent(agent: AgentRecord) {
  const { info } = agent;
  return {
    agent_info: {
      hostname: info.hostname,
      port: info.port,
      resources: info.resources ?? [],
      attributes: info.attributes ?? [],
      ...(info.domain ? { domain: info.domain } : {}),
      id: info.id,
      checkpoint: true,
    },
    active: agent.link !== undefined,
    deactivated: false,
    version: '1.12.0',
    pid: `slave(1)@127.0.0.1:${info.port ?? 0}`,
    registered_time: { nanoseconds: agent.registeredAt * 1e6 },
    total_resources: bagToWire(inAgentOrder(agent.total), { form: 'both' }),
    allocated_resources: bagToWire(inAgentOrder(allocatedOn(agent)), { form: 'both' }),
    capabilities: agentCapabilities,
  };
}

function getFrameworks(state: MasterState): Reply {
  const frameworks = [...state.frameworks.values()].map((one) => showFramework(state, one));
  const completed_frameworks = [...state.removed.values()].map(({ framework, at }) => ({
    ...showFramework(state, framework),
    unregistered_time: { nanoseconds: at * 1e6 },
  }));
  return json({ type: 'GET_FRAMEWORKS', get_frameworks: { frameworks, completed_frameworks } });
}

function showFramework(state: MasterState, framework: FrameworkRecord) {
  const connected = framework.stream !== undefined;
  const offers = [...framework.offers].flatMap((id) => {
    const offer = state.offers.get(id);
    const agent = offer && state.agents.get(offer.agentId);
    if (!offer || !agent) return [];
    const wire = offerToWire(framework, agent, offer);
    const resources = (wire.resources ?? []).map(({ role: _role, ...rest }) => rest);
    return [{ ...wire, resources }];
  });
  return {
    framework_info: framework.info satisfies V1Framework,
    active: connected,
    connected,
    recovered: false,
    registered_time: { nanoseconds: framework.registeredAt * 1e6 },
    reregistered_time: { nanoseconds: framework.reregisteredAt * 1e6 },
    ...(offers.length > 0 ? { offers } : {}),
    ...shares(state, framework),
    offer_constraints: {},
  };
}

/** What it holds by tasks and by offers, by role. */
function shares(state: MasterState, framework: FrameworkRecord) {
  const tasks = [...framework.tasks.values()].filter((task) => !isTerminal(task.state));
  const offers = [...framework.offers].flatMap((id) => state.offers.get(id) ?? []);
  const allocated = tasks.flatMap((one) => heldToWire(one, true));
  const offered = offers.flatMap((one) => heldToWire(one, false));
  return {
    ...(allocated.length > 0 ? { allocated_resources: allocated } : {}),
    ...(offered.length > 0 ? { offered_resources: offered } : {}),
  };
}

function heldToWire({ role, resources }: TaskRecord | OfferRecord, portsLast: boolean) {
  const ordered = portsLast ? inAgentOrder(resources) : inOfferOrder(resources);
  return bagToWire(ordered, { form: 'both', allocatedTo: role });
}

function getTasks(state: MasterState): Reply {
  const all = [...state.frameworks.values()];
  const tasks = all.flatMap(({ tasks }) => [...tasks.values()].map((task) => showTask(task)));
  const unreachable_tasks = all.flatMap(({ unreachable }) =>
    [...unreachable.values()].map((task) => showTask(task, 'TASK_UNREACHABLE')),
  );
  return json({ type: 'GET_TASKS', get_tasks: { tasks, unreachable_tasks, completed_tasks: [] } });
}

function showTask(task: TaskRecord, shown = task.state) {
  const statuses: readonly V1Status[] = task.sent ? [task.sent] : [];
  return {
    name: task.info.name,
    task_id: task.info.task_id,
    framework_id: { value: task.frameworkId },
    agent_id: { value: task.agentId },
    state: shown,
    resources: bagToWire(inOfferOrder(task.resources), { form: 'refined', allocatedTo: task.role }),
    statuses,
    ...(task.sent?.uuid ? { status_update_state: task.sent.state } : {}),
    ...(task.sent?.uuid ? { status_update_uuid: task.sent.uuid } : {}),
  };
}

function teardown(state: MasterState, { teardown: wanted }: OperatorCall): Reply {
  const framework = state.frameworks.get(wanted?.framework_id?.value ?? '');
  if (!framework) return { status: 400, body: 'No framework found with specified ID' };
  removeFramework(state, framework);
  return { status: 200 };
}
