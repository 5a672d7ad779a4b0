/** From Mesos' JSON to the port's types and back. */
import type { Pieces } from './carve.ts';
import { carve } from './carve.ts';
import type {
  AgentInfo,
  FrameworkInfo,
  Launch,
  MasterEvent,
  MesosState,
  Offer,
  TaskUpdate,
} from './port.ts';
import { readResources } from './resources.ts';
import type {
  V1Attribute,
  V1Call,
  V1Command,
  V1Event,
  V1GetAgents,
  V1Offer,
  V1Status,
  V1Task,
} from './v1.ts';

const capabilities = [
  'MULTI_ROLE',
  'PARTITION_AWARE',
  'RESERVATION_REFINEMENT',
  'TASK_KILLING_STATE',
].map((type) => ({ type }));

const states = {
  TASK_STAGING: true,
  TASK_STARTING: true,
  TASK_RUNNING: true,
  TASK_KILLING: true,
  TASK_FINISHED: true,
  TASK_FAILED: true,
  TASK_KILLED: true,
  TASK_ERROR: true,
  TASK_LOST: true,
  TASK_DROPPED: true,
  TASK_UNREACHABLE: true,
  TASK_GONE: true,
  TASK_GONE_BY_OPERATOR: true,
  TASK_UNKNOWN: true,
} as const satisfies Record<MesosState, true>;

export function toSubscribe(framework: FrameworkInfo): V1Call {
  const id = framework.id === undefined ? {} : { id: { value: framework.id } };
  return {
    type: 'SUBSCRIBE',
    ...(framework.id === undefined ? {} : { framework_id: { value: framework.id } }),
    subscribe: {
      framework_info: {
        user: framework.user,
        name: framework.name,
        roles: framework.roles,
        capabilities,
        failover_timeout: framework.failoverTimeoutMs / 1000,
        checkpoint: true,
        ...(framework.principal === undefined ? {} : { principal: framework.principal }),
        ...id,
      },
    },
  };
}

/** What an event of the stream says to us; `undefined` for those that say nothing. */
export function toEvent(event: V1Event, heartbeatMsByDefault: number): MasterEvent | undefined {
  if (event.subscribed) {
    const seconds = event.subscribed.heartbeat_interval_seconds;
    return {
      type: 'subscribed',
      frameworkId: event.subscribed.framework_id.value,
      heartbeatMs: seconds === undefined ? heartbeatMsByDefault : seconds * 1000,
    };
  }
  if (event.offers) return { type: 'offers', offers: (event.offers.offers ?? []).map(toOffer) };
  if (event.rescind) return { type: 'rescind', offerId: event.rescind.offer_id.value };
  if (event.update) return { type: 'update', update: toUpdate(event.update.status) };
  if (event.failure) {
    const { agent_id, executor_id } = event.failure;
    return {
      type: 'failure',
      ...(agent_id ? { agentId: agent_id.value } : {}),
      ...(executor_id ? { executorId: executor_id.value } : {}),
    };
  }
  if (event.error) return { type: 'error', message: event.error.message };
  return event.type === 'HEARTBEAT' ? { type: 'heartbeat' } : undefined;
}

export function toOffer(offer: V1Offer): Offer {
  return {
    id: offer.id.value,
    agentId: offer.agent_id.value,
    hostname: offer.hostname,
    resources: readResources(offer.resources),
    attributes: toAttributes(offer.attributes),
  };
}

export function toUpdate(status: V1Status): TaskUpdate {
  return {
    taskId: status.task_id.value,
    state: isState(status.state) ? status.state : 'TASK_UNKNOWN',
    ...(status.agent_id ? { agentId: status.agent_id.value } : {}),
    ...(status.uuid ? { uuid: status.uuid } : {}),
    ...(status.source ? { source: status.source } : {}),
    ...(status.reason ? { reason: status.reason } : {}),
    ...(status.message ? { message: status.message } : {}),
    at: Math.round((status.timestamp ?? 0) * 1000),
  };
}

/** `pieces` are the offers' resources; what the task takes is cut out of them. */
export function toTask(launch: Launch, agentId: string, pieces: Pieces): V1Task {
  const labels = Object.entries(launch.labels).map(([key, value]) => ({ key, value }));
  return {
    name: launch.name,
    task_id: { value: launch.taskId },
    agent_id: { value: agentId },
    resources: carve(pieces, launch),
    command: toCommand(launch),
    ...(launch.image === undefined ? {} : { container: toContainer(launch.image) }),
    kill_policy: { grace_period: { nanoseconds: launch.killGraceMs * 1e6 } },
    labels: { labels },
  };
}

/** The image as a real Mesos with the Docker image provider takes it too. */
function toContainer(name: string): NonNullable<V1Task['container']> {
  return { type: 'MESOS', mesos: { image: { type: 'DOCKER', docker: { name } } } };
}

/** Without a command, no value: Mesos then runs the image's own entry. */
function toCommand({ command, environment, ports }: Launch): V1Command {
  const variables = [
    ...ports.map((port, index) => ({ name: `PORT${index}`, value: String(port) })),
    ...Object.entries(environment).map(([name, value]) => ({ name, value })),
  ].map((variable) => ({ ...variable, type: 'VALUE' }));
  const [value] = command ?? [];
  return {
    shell: false,
    ...(value === undefined ? {} : { value, arguments: command ?? [] }),
    environment: { variables },
  };
}

export function toAgents(answer: V1GetAgents): readonly AgentInfo[] {
  return (answer.get_agents?.agents ?? []).flatMap((agent) => {
    const info = agent.agent_info;
    if (!info.id) return [];
    const place = info.domain?.fault_domain;
    return [
      {
        agentId: info.id.value,
        hostname: info.hostname,
        port: info.port ?? 0,
        active: agent.active,
        total: readResources(agent.total_resources ?? info.resources),
        attributes: toAttributes(info.attributes),
        ...(place ? { region: place.region.name, zone: place.zone.name } : {}),
      },
    ];
  });
}

function toAttributes(attributes: readonly V1Attribute[] = []): Readonly<Record<string, string>> {
  return Object.fromEntries(
    attributes.map(({ name, text, scalar }) => [name, text?.value ?? String(scalar?.value ?? '')]),
  );
}

function isState(text: string): text is MesosState {
  return Object.hasOwn(states, text);
}
