/** The endpoints that Mesos had before its v1 API: GET, and JSON of another shape. */

import type { V1Status } from '../../../v1.ts';
import { agentCapabilities, buildInfo } from '../../build.ts';
import { type Bag, isReserved, ownerOf } from '../../resources/bag.ts';
import { bagToWire, inAgentOrder, inOfferOrder } from '../../resources/wire.ts';
import { amountInWords } from '../../resources/words.ts';
import { masterInfo } from '../about.ts';
import type { Reply } from '../master.ts';
import {
  type AgentRecord,
  type ExecutorRecord,
  type FrameworkRecord,
  type MasterState,
  rolesOf,
  type TaskRecord,
} from '../state.ts';
import { flagsOf } from './flags.ts';
import { metricsOf } from './metrics.ts';
import { getWeights, legacyRoles } from './roles.ts';
import {
  executorsOf,
  type Held,
  heldBy,
  heldOn,
  isActive,
  offersOf,
  sumOf,
  version,
} from './views.ts';

type Endpoint = (state: MasterState) => Reply;

const endpoints: Readonly<Record<string, Endpoint>> = {
  '/version': () => json(buildInfo),
  '/health': () => ({ status: 200 }),
  '/state': (state) => json(showState(state)),
  '/state-summary': (state) => json(showSummary(state)),
  '/tasks': (state) => json({ tasks: tasksOf(state).map(showTask) }),
  '/slaves': (state) => json(showAgents(state)),
  '/frameworks': (state) => json(showFrameworks(state)),
  '/roles': (state) => json(legacyRoles(state)),
  '/flags': (state) => json({ flags: Object.fromEntries(flagsOf(state)) }),
  '/redirect': ({ options: { hostname = 'localhost', port = 5050 } }) => ({
    status: 307,
    headers: { Location: `//${hostname}:${port}` },
  }),
  '/metrics/snapshot': (state) => json(Object.fromEntries(metricsOf(state))),
  '/weights': (state) => json(getWeights(state)),
  '/quota': (state) => json(showQuota(state)),
};

/** `undefined` where there is no such endpoint. Each is there below `/master` too. */
export function answerGet(state: MasterState, path: string): Reply | undefined {
  const name = path.replace(/^\/master(?=\/)/, '').replace(/\/$/, '');
  return Object.hasOwn(endpoints, name) ? endpoints[name]?.(state) : undefined;
}

function json(body: object): Reply {
  return { status: 200, body };
}

function showQuota({ quotas }: MasterState) {
  const infos = [...quotas.keys()].map((role) => ({ role }));
  return infos.length > 0 ? { infos } : {};
}

function tasksOf(state: MasterState): readonly TaskRecord[] {
  return [...state.frameworks.values()].flatMap(({ tasks }) => [...tasks.values()]);
}

/** `{"cpus":4,"disk":4096,"gpus":0,"mem":2048,"ports":"[31000-31100]"}`. */
function amounts(bag: Bag): Readonly<Record<string, number | string>> {
  const sums: Record<string, number | string> = { disk: 0, mem: 0, gpus: 0, cpus: 0 };
  for (const piece of bag) {
    if (piece.type === 'SCALAR') {
      sums[piece.name] = (Number(sums[piece.name] ?? 0) * 1000 + piece.thousandths) / 1000;
    } else sums[piece.name] = amountInWords(piece);
  }
  return sums;
}

function showTask(task: TaskRecord) {
  return {
    id: task.id,
    name: task.info.name,
    framework_id: task.frameworkId,
    executor_id: task.info.executor?.executor_id?.value ?? '',
    slave_id: task.agentId,
    state: task.state,
    resources: amounts(task.resources),
    role: task.role,
    statuses: task.statuses.map(showStatus),
  };
}

function showStatus({ state, timestamp, container_status, healthy }: V1Status) {
  const { executor_pid: _pid, ...container } = (container_status ?? {}) as Record<string, unknown>;
  return {
    state,
    timestamp,
    ...(container_status ? { container_status: container } : {}),
    ...(healthy === undefined ? {} : { healthy }),
  };
}

const shownStates = [
  'TASK_STAGING',
  'TASK_STARTING',
  'TASK_RUNNING',
  'TASK_KILLING',
  'TASK_FINISHED',
  'TASK_KILLED',
  'TASK_FAILED',
  'TASK_LOST',
  'TASK_ERROR',
  'TASK_UNREACHABLE',
];

function countStates(tasks: readonly TaskRecord[]): Readonly<Record<string, number>> {
  const counts = Object.fromEntries(shownStates.map((state) => [state, 0]));
  for (const { state } of tasks) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

function showAgent(state: MasterState, agent: AgentRecord) {
  const { info, total } = agent;
  const roles = new Set(total.filter(isReserved).map(ownerOf));
  const attributes = (info.attributes ?? []).map(({ name, text, scalar }) => [
    name,
    text?.value ?? scalar?.value ?? '',
  ]);
  return {
    id: agent.id,
    hostname: info.hostname,
    port: info.port,
    attributes: Object.fromEntries(attributes),
    ...(info.domain ? { domain: info.domain } : {}),
    pid: `slave(1)@127.0.0.1:${info.port ?? 0}`,
    registered_time: agent.registeredAt / 1000,
    ...(agent.reregisteredAt === undefined
      ? {}
      : { reregistered_time: agent.reregisteredAt / 1000 }),
    resources: amounts(total),
    used_resources: amounts(sumOf(heldOn(agent))),
    offered_resources: amounts(sumOf(offersOf(state, agent.offers))),
    reserved_resources: Object.fromEntries(
      [...roles].map((role) => [role, amounts(total.filter((one) => ownerOf(one) === role))]),
    ),
    unreserved_resources: amounts(total.filter((piece) => !isReserved(piece))),
    active: isActive(agent),
    deactivated: agent.deactivated,
    version,
    capabilities: agentCapabilities,
  };
}

function showAgents(state: MasterState) {
  return {
    slaves: [...state.agents.values()].map((agent) => ({
      ...showAgent(state, agent),
      ...inFull(state, agent),
    })),
    recovered_slaves: [...state.recovered].map(([id, { hostname, port }]) => ({
      id,
      hostname,
      port,
    })),
  };
}

function inFull(state: MasterState, agent: AgentRecord) {
  const reserved = Map.groupBy(agent.total.filter(isReserved), ownerOf);
  const full = (bag: Bag) => bagToWire(bag, { form: 'both' });
  const held = (ones: readonly Held[]) =>
    [...Map.groupBy(ones, ({ role }) => role)].flatMap(([allocatedTo, of]) =>
      bagToWire(inOfferOrder(sumOf(of)), { form: 'both', allocatedTo }),
    );
  return {
    reserved_resources_full: Object.fromEntries(
      [...reserved].map(([role, pieces]) => [role, full(pieces)]),
    ),
    unreserved_resources_full: full(inAgentOrder(agent.total.filter((one) => !isReserved(one)))),
    used_resources_full: held(heldOn(agent)),
    offered_resources_full: held(offersOf(state, agent.offers)),
  };
}

function frameworkHead(state: MasterState, framework: FrameworkRecord) {
  const { info } = framework;
  const connected = framework.stream !== undefined;
  return {
    id: framework.id,
    name: info.name,
    used_resources: amounts(sumOf(heldBy(state, framework))),
    offered_resources: amounts(sumOf(offersOf(state, framework.offers))),
    capabilities: (info.capabilities ?? []).map(({ type }) => type),
    hostname: info.hostname ?? '',
    webui_url: '',
    active: connected,
    connected,
    recovered: framework.recovered,
  };
}

function showFramework(state: MasterState, framework: FrameworkRecord, endedAt = 0) {
  const { info } = framework;
  const tasks = [...framework.tasks.values()];
  const offers = offersOf(state, framework.offers);
  return {
    ...frameworkHead(state, framework),
    user: info.user,
    failover_timeout: info.failover_timeout ?? 0,
    checkpoint: info.checkpoint ?? false,
    registered_time: framework.registeredAt / 1000,
    unregistered_time: endedAt / 1000,
    ...(framework.reregisteredAt > framework.registeredAt
      ? { reregistered_time: framework.reregisteredAt / 1000 }
      : {}),
    ...(info.principal === undefined ? {} : { principal: info.principal }),
    resources: amounts(sumOf([...heldBy(state, framework), ...offers])),
    ...(info.roles ? { roles: rolesOf(info) } : { role: info.role ?? '*' }),
    tasks: tasks.map(showTask),
    unreachable_tasks: [...framework.unreachable.values()].map(showTask),
    completed_tasks: framework.completed.map(showTask),
    offers: offers.map(({ id, agentId, role, resources }) => ({
      id,
      framework_id: framework.id,
      allocation_info: { role },
      slave_id: agentId,
      resources: amounts(resources),
    })),
    executors: [...state.agents.values()].flatMap((agent) =>
      executorsOf(agent, framework).map(showExecutor),
    ),
    offer_constraints: {},
  };
}

function showExecutor({ id, frameworkId, agentId, role, info, resources }: ExecutorRecord) {
  return {
    executor_id: id,
    name: info.name ?? '',
    framework_id: frameworkId,
    command: { argv: [], uris: [] },
    resources: amounts(resources),
    role,
    ...(info.type ? { type: info.type } : {}),
    slave_id: agentId,
  };
}

function showFrameworks(state: MasterState) {
  return {
    frameworks: [...state.frameworks.values()].map((one) => showFramework(state, one)),
    completed_frameworks: [...state.removed.values()].map(({ framework, at }) =>
      showFramework(state, framework, at),
    ),
    unregistered_frameworks: [],
  };
}

function showState(state: MasterState) {
  const { id, pid, port, hostname, capabilities } = masterInfo(state);
  const agents = [...state.agents.values()];
  return {
    ...buildInfo,
    start_time: state.startedAt / 1000,
    elected_time: state.startedAt / 1000,
    id,
    pid,
    hostname,
    capabilities: capabilities.map(({ type }) => type),
    activated_slaves: agents.filter(isActive).length,
    deactivated_slaves: agents.filter((agent) => !isActive(agent)).length,
    unreachable_slaves: state.unreachable.size,
    leader: pid,
    leader_info: { id, pid, port, hostname },
    cluster: clusterName(state),
    flags: Object.fromEntries(flagsOf(state)),
    slaves: agents.map((agent) => showAgent(state, agent)),
    recovered_slaves: showAgents(state).recovered_slaves,
    ...showFrameworks(state),
    orphan_tasks: [],
  };
}

function clusterName({ options: { cluster = 'local' } }: MasterState): string {
  return cluster;
}

function showSummary(state: MasterState) {
  const { hostname } = masterInfo(state);
  return {
    hostname,
    cluster: clusterName(state),
    slaves: [...state.agents.values()].map((agent) => ({
      ...showAgent(state, agent),
      ...countStates([...agent.tasks]),
      framework_ids: [...new Set([...agent.tasks].map(({ frameworkId }) => frameworkId))],
    })),
    frameworks: [...state.frameworks.values()].map((framework) => ({
      ...frameworkHead(state, framework),
      ...countStates([...framework.tasks.values(), ...framework.completed]),
      slave_ids: [...new Set([...framework.tasks.values()].map(({ agentId }) => agentId))],
    })),
  };
}
