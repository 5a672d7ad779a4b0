/** What the scheduler's stream says, from Mesos' JSON to the port's types. */
import { toPiece } from './pieces.ts';
import type {
  Away,
  CheckResult,
  InverseOffer,
  MasterEvent,
  MesosState,
  Offer,
  OperationUpdate,
  RunningTask,
  TaskUpdate,
} from './port.ts';
import { readResources } from './resources.ts';
import type {
  V1Event,
  V1GetTasks,
  V1InverseOffer,
  V1Offer,
  V1OperationStatus,
  V1Status,
  V1Unavailability,
} from './v1.ts';
import type { V1CheckStatus } from './v1-container.ts';
import { toAttributes } from './wire.ts';

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

/** What an event of the stream says; one that is not known says so. */
export function toEvent(event: V1Event, heartbeatMsByDefault: number): MasterEvent {
  const read = Object.hasOwn(readers, event.type ?? '') ? readers[event.type as EventName] : null;
  return read?.(event, heartbeatMsByDefault) ?? { type: 'unknown', name: event.type ?? '' };
}

type EventName =
  | 'SUBSCRIBED'
  | 'OFFERS'
  | 'INVERSE_OFFERS'
  | 'RESCIND'
  | 'RESCIND_INVERSE_OFFER'
  | 'UPDATE'
  | 'UPDATE_OPERATION_STATUS'
  | 'MESSAGE'
  | 'FAILURE'
  | 'ERROR'
  | 'HEARTBEAT';

type Reader = (event: V1Event, heartbeatMs: number) => MasterEvent | undefined;

/** One for each type of event in `scheduler.proto`; `undefined` where the part that it names is not there. */
const readers: Readonly<Record<EventName, Reader>> = {
  SUBSCRIBED({ subscribed }, heartbeatMsByDefault) {
    if (!subscribed) return undefined;
    const seconds = subscribed.heartbeat_interval_seconds;
    const heartbeatMs = seconds === undefined ? heartbeatMsByDefault : seconds * 1000;
    return { type: 'subscribed', frameworkId: subscribed.framework_id.value, heartbeatMs };
  },
  OFFERS: ({ offers }) => offers && { type: 'offers', offers: (offers.offers ?? []).map(toOffer) },
  INVERSE_OFFERS: ({ inverse_offers }) =>
    inverse_offers && {
      type: 'inverseOffers',
      inverseOffers: (inverse_offers.inverse_offers ?? []).map(toInverseOffer),
    },
  RESCIND: ({ rescind }) => rescind && { type: 'rescind', offerId: rescind.offer_id.value },
  RESCIND_INVERSE_OFFER: ({ rescind_inverse_offer: gone }) =>
    gone && { type: 'rescindInverse', inverseOfferId: gone.inverse_offer_id.value },
  UPDATE: ({ update }) => update && { type: 'update', update: toUpdate(update.status) },
  UPDATE_OPERATION_STATUS: ({ update_operation_status: update }) =>
    update && { type: 'operation', update: toOperationUpdate(update.status) },
  MESSAGE({ message }) {
    if (!message) return undefined;
    const { agent_id, executor_id } = message;
    const data = Buffer.from(message.data, 'base64');
    return {
      type: 'message',
      message: { agentId: agent_id.value, executorId: executor_id.value, data },
    };
  },
  FAILURE({ failure }) {
    if (!failure) return undefined;
    const { agent_id, executor_id, status } = failure;
    return {
      type: 'failure',
      ...(agent_id ? { agentId: agent_id.value } : {}),
      ...(executor_id ? { executorId: executor_id.value } : {}),
      ...(status === undefined ? {} : { status }),
    };
  },
  ERROR: ({ error }) => error && { type: 'error', message: error.message },
  HEARTBEAT: () => ({ type: 'heartbeat' }),
};

export function toOffer(offer: V1Offer): Offer {
  const { resources = [], domain, allocation_info, unavailability } = offer;
  const place = domain?.fault_domain;
  return {
    id: offer.id.value,
    agentId: offer.agent_id.value,
    hostname: offer.hostname,
    resources: readResources(resources),
    pieces: resources.map(toPiece),
    attributes: toAttributes(offer.attributes),
    ...(place ? { region: place.region.name, zone: place.zone.name } : {}),
    ...(allocation_info ? { role: allocation_info.role } : {}),
    ...(unavailability ? { away: toAway(unavailability) } : {}),
  };
}

function toInverseOffer({ id, agent_id, unavailability }: V1InverseOffer): InverseOffer {
  return {
    id: id.value,
    ...(agent_id ? { agentId: agent_id.value } : {}),
    away: toAway(unavailability),
  };
}

function toAway({ start, duration }: V1Unavailability): Away {
  return {
    startAt: toMs(start.nanoseconds),
    ...(duration ? { durationMs: toMs(duration.nanoseconds) } : {}),
  };
}

function toMs(nanoseconds: number): number {
  return Math.round(nanoseconds / 1e6);
}

export function toUpdate(status: V1Status): TaskUpdate {
  const check = status.check_status && toCheckResult(status.check_status);
  const containerId = containerOf(status.container_status);
  return {
    taskId: status.task_id.value,
    state: isState(status.state) ? status.state : 'TASK_UNKNOWN',
    ...(status.agent_id ? { agentId: status.agent_id.value } : {}),
    ...(status.uuid ? { uuid: status.uuid } : {}),
    ...(status.source ? { source: status.source } : {}),
    ...(status.reason ? { reason: status.reason } : {}),
    ...(status.message ? { message: status.message } : {}),
    ...(status.healthy === undefined ? {} : { healthy: status.healthy }),
    ...(check ? { check } : {}),
    ...(containerId === undefined ? {} : { containerId }),
    at: Math.round((status.timestamp ?? 0) * 1000),
  };
}

/** Those of one framework. A state that is not known counts as none. */
export function toRunning(
  { get_tasks }: V1GetTasks,
  frameworkId: string | undefined,
): readonly RunningTask[] {
  return (get_tasks?.tasks ?? []).flatMap(({ task_id, agent_id, framework_id, state, labels }) => {
    if (framework_id.value !== frameworkId || !isState(state)) return [];
    const pairs = (labels?.labels ?? []).map(({ key, value = '' }) => [key, value] as const);
    const [taskId, agentId] = [task_id.value, agent_id.value];
    return [{ taskId, agentId, state, labels: Object.fromEntries(pairs) }];
  });
}

/** `undefined` while there is no result: Mesos then names the kind of check alone. */
function toCheckResult({ command, http, tcp }: V1CheckStatus): CheckResult | undefined {
  if (command?.exit_code !== undefined) return { type: 'command', exitCode: command.exit_code };
  if (http?.status_code !== undefined) return { type: 'http', statusCode: http.status_code };
  if (tcp?.succeeded !== undefined) return { type: 'tcp', succeeded: tcp.succeeded };
  return undefined;
}

function containerOf(status: V1Status['container_status']): string | undefined {
  return status?.container_id?.value;
}

function toOperationUpdate(status: V1OperationStatus): OperationUpdate {
  return {
    ...(status.operation_id ? { operationId: status.operation_id.value } : {}),
    state: status.state,
    ...(status.message ? { message: status.message } : {}),
    ...(status.uuid ? { uuid: status.uuid.value } : {}),
    ...(status.agent_id ? { agentId: status.agent_id.value } : {}),
  };
}

function isState(text: string): text is MesosState {
  return Object.hasOwn(states, text);
}
