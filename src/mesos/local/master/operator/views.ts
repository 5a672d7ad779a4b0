/** How the operator API shows what the master knows. */

import { agentCapabilities } from '../../build.ts';
import { type Bag, normalise } from '../../resources/bag.ts';
import { bagToWire, inAgentOrder, inOfferOrder } from '../../resources/wire.ts';
import { offerToWire } from '../allocator.ts';
import {
  type AgentRecord,
  type ExecutorRecord,
  type FrameworkRecord,
  isTerminal,
  type MasterState,
  type OfferRecord,
  type TaskRecord,
} from '../state.ts';

export const version = '1.12.0';

/** JSON holds moments as nanoseconds. */
export function nanoseconds(ms: number) {
  return { nanoseconds: ms * 1e6 };
}

export function isActive(agent: AgentRecord): boolean {
  return agent.link !== undefined && !agent.deactivated;
}

export function showAgent(state: MasterState, agent: AgentRecord) {
  const { info, drain } = agent;
  const allocated = byRole(heldOn(agent)).flatMap(([role, bag]) =>
    bagToWire(inAgentOrder(bag), { form: 'both', allocatedTo: role }),
  );
  const offered = byRole(offersOf(state, agent.offers)).flatMap(([role, bag]) =>
    bagToWire(inOfferOrder(bag), { form: 'both', allocatedTo: role }),
  );
  return {
    agent_info: { ...showAgentInfo(agent), checkpoint: true },
    active: isActive(agent),
    deactivated: agent.deactivated,
    version,
    pid: `slave(1)@127.0.0.1:${info.port ?? 0}`,
    registered_time: nanoseconds(agent.registeredAt),
    ...(agent.reregisteredAt === undefined
      ? {}
      : { reregistered_time: nanoseconds(agent.reregisteredAt) }),
    total_resources: bagToWire(inAgentOrder(agent.total), { form: 'both' }),
    ...(allocated.length > 0 ? { allocated_resources: allocated } : {}),
    ...(offered.length > 0 ? { offered_resources: offered } : {}),
    capabilities: agentCapabilities.map((type) => ({ type })),
    ...(drain ? showDrain(agent, drain) : {}),
  };
}

/** As 1.12 shows it: the grace period as nothing, whatever was asked, the start in whole seconds. */
function showDrain(agent: AgentRecord, { markGone, since }: NonNullable<AgentRecord['drain']>) {
  const startedAt = Math.floor(since / 1000) * 1000;
  return {
    drain_info: {
      state: agent.tasks.size > 0 ? 'DRAINING' : 'DRAINED',
      config: { max_grace_period: { nanoseconds: 0 }, mark_gone: markGone },
    },
    estimated_drain_start_time: nanoseconds(startedAt),
  };
}

export function showAgentInfo({ info }: Pick<AgentRecord, 'info'>) {
  return {
    hostname: info.hostname,
    port: info.port,
    resources: info.resources ?? [],
    attributes: info.attributes ?? [],
    ...(info.domain ? { domain: info.domain } : {}),
    id: info.id,
  };
}

export function showFramework(state: MasterState, framework: FrameworkRecord) {
  const offers = offersOf(state, framework.offers).flatMap((offer) => {
    const agent = state.agents.get(offer.agentId);
    if (!agent) return [];
    const wire = offerToWire(state, framework, agent, offer);
    const resources = (wire.resources ?? []).map(({ role: _role, ...rest }) => rest);
    return [{ ...wire, resources }];
  });
  const { allocated, offered } = sharesOf(state, framework);
  return {
    ...showFrameworkState(framework),
    ...(offers.length > 0 ? { offers } : {}),
    ...(allocated.length > 0 ? { allocated_resources: allocated } : {}),
    ...(offered.length > 0 ? { offered_resources: offered } : {}),
    offer_constraints: {},
  };
}

export function showFrameworkState(framework: FrameworkRecord) {
  const connected = framework.stream !== undefined;
  return {
    framework_info: framework.info,
    active: connected,
    connected,
    recovered: framework.recovered,
    registered_time: nanoseconds(framework.registeredAt),
    reregistered_time: nanoseconds(framework.reregisteredAt),
  };
}

/** What it holds by tasks and by offers, by role. */
function sharesOf(state: MasterState, framework: FrameworkRecord) {
  const tasks = heldBy(state, framework);
  const offers = offersOf(state, framework.offers);
  return {
    allocated: byRole(tasks).flatMap(([role, bag]) =>
      bagToWire(inAgentOrder(bag), { form: 'both', allocatedTo: role }),
    ),
    offered: byRole(offers).flatMap(([role, bag]) =>
      bagToWire(inOfferOrder(bag), { form: 'both', allocatedTo: role }),
    ),
  };
}

export function isLive(task: TaskRecord): boolean {
  return !isTerminal(task.state);
}

export function offersOf(state: MasterState, ids: Iterable<string>): readonly OfferRecord[] {
  return [...ids].flatMap((id) => state.offers.get(id) ?? []);
}

export interface Held {
  readonly role: string;
  readonly resources: Bag;
}

function byRole(held: readonly Held[]): readonly (readonly [string, Bag])[] {
  const groups = Map.groupBy(held, ({ role }) => role);
  return [...groups].map(([role, ones]) => [role, sumOf(ones)]);
}

export function sumOf(held: readonly { readonly resources: Bag }[]): Bag {
  return normalise(held.flatMap(({ resources }) => resources));
}

/** What tasks and executors hold on an agent. */
export function heldOn(agent: AgentRecord): readonly Held[] {
  return [...[...agent.tasks].filter(isLive), ...agent.executors.values()];
}

/** What a framework's tasks and executors hold. */
export function heldBy(state: MasterState, framework: FrameworkRecord): readonly Held[] {
  return [
    ...[...framework.tasks.values()].filter(isLive),
    ...[...state.agents.values()].flatMap((agent) => executorsOf(agent, framework)),
  ];
}

export function executorsOf(
  agent: AgentRecord,
  framework: FrameworkRecord,
): readonly ExecutorRecord[] {
  const all = [...agent.executors.values()];
  return all.filter(({ frameworkId }) => frameworkId === framework.id);
}

export function showExecutor({ info, frameworkId, agentId, role, resources }: ExecutorRecord) {
  return {
    executor_info: {
      ...info,
      framework_id: { value: frameworkId },
      container: info.container ?? { type: 'MESOS' },
      resources: bagToWire(resources, { form: 'refined', allocatedTo: role }),
    },
    agent_id: { value: agentId },
  };
}

export function showTask(task: TaskRecord, shown = task.state) {
  const { info, sent, statuses } = task;
  return {
    name: info.name,
    task_id: info.task_id,
    framework_id: { value: task.frameworkId },
    ...(info.executor ? { executor_id: info.executor.executor_id } : {}),
    agent_id: { value: task.agentId },
    state: shown,
    resources: bagToWire(inOfferOrder(task.resources), {
      form: 'refined',
      allocatedTo: task.role,
    }),
    ...(statuses.length > 0 ? { statuses } : {}),
    ...(sent?.uuid ? { status_update_state: sent.state, status_update_uuid: sent.uuid } : {}),
    ...(info.labels ? { labels: info.labels } : {}),
    ...(info.discovery ? { discovery: info.discovery } : {}),
    ...(info.container ? { container: info.container } : {}),
    ...(info.health_check ? { health_check: info.health_check } : {}),
    ...(info.kill_policy ? { kill_policy: info.kill_policy } : {}),
  };
}
