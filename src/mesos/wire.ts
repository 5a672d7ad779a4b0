/** Frameworks and agents, from Mesos' JSON to the port's types and back. */
import { usableBy } from './pieces.ts';
import type { AgentInfo, FrameworkInfo } from './port.ts';
import { readResources } from './resources.ts';
import type { V1AgentInfo, V1Attribute, V1Call, V1Framework, V1GetAgents } from './v1.ts';

/**
 * What this framework understands. GPU_RESOURCES only where asked: with it, Mesos also offers agents
 * with GPUs, which it otherwise keeps free for those who need them.
 */
const capabilities = [
  'MULTI_ROLE',
  'PARTITION_AWARE',
  'REGION_AWARE',
  'RESERVATION_REFINEMENT',
  'TASK_KILLING_STATE',
];

export function toSubscribe(framework: FrameworkInfo): V1Call {
  return {
    type: 'SUBSCRIBE',
    ...(framework.id === undefined ? {} : { framework_id: { value: framework.id } }),
    subscribe: toRegistration(framework),
  };
}

/** What SUBSCRIBE and UPDATE_FRAMEWORK say of the framework. */
export function toRegistration(framework: FrameworkInfo): NonNullable<V1Call['subscribe']> {
  const { suppressedRoles = [] } = framework;
  return {
    framework_info: toFramework(framework),
    ...(suppressedRoles.length === 0 ? {} : { suppressed_roles: suppressedRoles }),
  };
}

function toFramework(framework: FrameworkInfo): V1Framework {
  const { user, name, roles, principal, id, gpus = false } = framework;
  return {
    user,
    name,
    roles,
    capabilities: [...capabilities, ...(gpus ? ['GPU_RESOURCES'] : [])].map((type) => ({ type })),
    failover_timeout: framework.failoverTimeoutMs / 1000,
    checkpoint: true,
    ...(principal === undefined ? {} : { principal }),
    ...(id === undefined ? {} : { id: { value: id } }),
  };
}

/** Those that are there, and those that a new master still waits for. */
/** @param roles whose part of the agents counts; all of it unless told */
export function toAgents(
  { get_agents }: V1GetAgents,
  roles?: readonly string[],
): readonly AgentInfo[] {
  const totalOf = (resources: V1AgentInfo['resources']) =>
    readResources(roles === undefined ? resources : usableBy(roles, resources));
  const present = (get_agents?.agents ?? []).flatMap((agent) => {
    const { active, deactivated = false, drain_info, version, total_resources, pid } = agent;
    const address = pid?.split('@')[1];
    const drained = drain_info?.state === 'DRAINED' ? 'Drained' : 'Draining';
    return toAgent(agent.agent_info, {
      total: totalOf(agent.agent_info.resources),
      active,
      ...(deactivated ? { deactivated } : {}),
      ...(address === undefined ? {} : { address }),
      ...(drain_info ? { draining: drained } : {}),
      ...(version === undefined ? {} : { version }),
      ...(total_resources ? { total: totalOf(total_resources) } : {}),
    });
  });
  const recovered = (get_agents?.recovered_agents ?? []).flatMap((info) =>
    toAgent(info, { total: totalOf(info.resources), active: false, recovering: true }),
  );
  return [...present, ...recovered];
}

function toAgent(
  info: V1AgentInfo,
  state: Partial<AgentInfo> & Pick<AgentInfo, 'active' | 'total'>,
): readonly AgentInfo[] {
  if (!info.id) return [];
  const place = info.domain?.fault_domain;
  return [
    {
      agentId: info.id.value,
      hostname: info.hostname,
      port: info.port ?? 0,
      attributes: toAttributes(info.attributes),
      ...(place ? { region: place.region.name, zone: place.zone.name } : {}),
      ...state,
    },
  ];
}

/** Texts as they are, numbers in decimal, ranges as `[1-5, 8-9]`, sets as `{a, b}`: as Mesos prints them. */
export function toAttributes(
  attributes: readonly V1Attribute[] = [],
): Readonly<Record<string, string>> {
  return Object.fromEntries(attributes.map((attribute) => [attribute.name, textOf(attribute)]));
}

function textOf({ text, scalar, ranges, set }: V1Attribute): string {
  if (ranges) {
    return `[${(ranges.range ?? []).map(({ begin, end }) => `${begin}-${end}`).join(', ')}]`;
  }
  if (set) return `{${(set.item ?? []).join(', ')}}`;
  return text?.value ?? String(scalar?.value ?? '');
}
