/**
 * Operations on an agent's resources, and what frameworks are told of them. As with tasks, a status
 * with a uuid is sent again until it is acknowledged; one without was made by the master.
 */
import type { Millis } from '../../../api/object.ts';
import type { V1Call, V1Operation, V1OperationStatus } from '../../v1.ts';
import { addBags, type Bag, normalise, subtractBags } from '../resources/bag.ts';
import { bagToWire, inAgentOrder } from '../resources/wire.ts';
import { type Conversion, conversionsOf, convert } from './conversions.ts';
import { findOperationFault } from './operation-check.ts';
import {
  type AgentRecord,
  type FrameworkRecord,
  isTerminal,
  type MasterState,
  type OperationRecord,
} from './state.ts';

const firstRetryMs = 10_000;
const lastRetryMs = 600_000;
/** Unacknowledged operations; beyond it the oldest is told no more. */
const operationsMax = 10_000;

interface Ground {
  readonly agent: AgentRecord;
  readonly role: string;
  /** What the offers still hold. */
  readonly available: Bag;
}

/** Carries out one operation of an ACCEPT, tells of it, and returns what is then left. */
export function operateOn(
  state: MasterState,
  framework: FrameworkRecord,
  operation: V1Operation,
  ground: Ground,
): Bag {
  const { agent, role, available } = ground;
  const conversions = conversionsOf(operation);
  const fault = conversions
    ? findOperationFault(operation, {
        principal: framework.info.principal,
        role,
        total: agent.total,
        used: usedOn(agent),
      })
    : `The local master does not carry out ${operation.type ?? 'an operation without a type'}`;
  if (!conversions || fault !== undefined) {
    dropOperation(framework, operation, agent, fault ?? '');
    return available;
  }
  const converted = convert(available, conversions, role);
  if (!converted.ok) {
    dropOperation(
      framework,
      operation,
      agent,
      `Invalid ${operation.type} Operation: ${converted.fault}`,
    );
    return available;
  }
  changeTotal(agent, conversions);
  if (operation.id) finish(state, framework, operation, agent);
  return converted.bag;
}

/** What tasks on an agent use, shared volumes included. */
export function usedOn(agent: AgentRecord): Bag {
  const live = [...agent.tasks].filter((task) => !isTerminal(task.state));
  return normalise(live.flatMap(({ resources }) => resources));
}

/** Keeps the change with the agent, which brings it when it registers again. */
export function changeTotal(agent: AgentRecord, conversions: readonly Conversion[]): void {
  const rest = subtractBags(
    agent.total,
    conversions.map(({ from }) => from),
  );
  agent.total = addBags(
    rest,
    conversions.map(({ to }) => to),
  );
  agent.link?.checkpoint(bagToWire(inAgentOrder(agent.total), { form: 'refined' }));
}

/** Told only where the framework gave the operation an id; Mesos drops others in silence. */
function dropOperation(
  framework: FrameworkRecord,
  operation: V1Operation,
  agent: AgentRecord,
  fault: string,
): void {
  if (!operation.id) return;
  const { hostname, port = 0 } = agent.info;
  send(framework, {
    operation_id: operation.id,
    state: 'OPERATION_ERROR',
    message: `${fault}; on agent ${agent.id} at slave(1)@127.0.0.1:${port} (${hostname})`,
  });
}

/** An operation of an ACCEPT whose offers were no good. */
export function dropWithoutOffers(
  framework: FrameworkRecord,
  operation: V1Operation,
  fault: string,
): void {
  if (!operation.id || operation.launch || operation.launch_group) return;
  const message = `Operation attempted with invalid offers: ${fault}`;
  send(framework, { operation_id: operation.id, state: 'OPERATION_ERROR', message });
}

function finish(
  state: MasterState,
  framework: FrameworkRecord,
  operation: V1Operation,
  agent: AgentRecord,
): void {
  const bytes = state.options.random.uuid().replaceAll('-', '');
  const uuid = Buffer.from(bytes, 'hex').toString('base64');
  const status: V1OperationStatus = {
    ...(operation.id ? { operation_id: operation.id } : {}),
    state: 'OPERATION_FINISHED',
    uuid: { value: uuid },
    agent_id: { value: agent.id },
  };
  const record: OperationRecord = {
    uuid,
    frameworkId: framework.id,
    agentId: agent.id,
    info: operation,
    status,
    stopTimer: () => {},
  };
  state.operations.set(uuid, record);
  const [oldest] = state.operations.keys();
  if (state.operations.size > operationsMax && oldest !== undefined) forget(state, oldest);
  resend(state, record, firstRetryMs);
}

function resend(state: MasterState, record: OperationRecord, retryMs: Millis): void {
  const next = Math.min(retryMs * 2, lastRetryMs);
  record.stopTimer = state.options.clock.after(retryMs, () => resend(state, record, next));
  const framework = state.frameworks.get(record.frameworkId);
  if (framework && state.agents.get(record.agentId)?.link) send(framework, record.status);
}

/** What a framework that came back may have missed. */
export function resumeOperations(state: MasterState, frameworkId: string): void {
  for (const record of state.operations.values()) {
    if (record.frameworkId !== frameworkId) continue;
    record.stopTimer();
    resend(state, record, firstRetryMs);
  }
}

function forget(state: MasterState, uuid: string): void {
  state.operations.get(uuid)?.stopTimer();
  state.operations.delete(uuid);
}

export function forgetOperationsOf(state: MasterState, frameworkId: string): void {
  for (const { uuid, frameworkId: of } of [...state.operations.values()]) {
    if (of === frameworkId) forget(state, uuid);
  }
}

export function acknowledgeOperation(
  state: MasterState,
  framework: FrameworkRecord,
  { uuid, operation_id: id }: NonNullable<V1Call['acknowledge_operation_status']>,
): void {
  const record = state.operations.get(uuid);
  const isIts = record?.frameworkId === framework.id && record.info.id?.value === id.value;
  if (isIts) forget(state, uuid);
}

/** Tells of the operations asked for, or of all that are known. */
export function reconcileOperations(
  state: MasterState,
  framework: FrameworkRecord,
  { operations = [] }: NonNullable<V1Call['reconcile_operations']>,
): void {
  const known = [...state.operations.values()].filter((one) => one.frameworkId === framework.id);
  if (operations.length === 0) for (const record of known) send(framework, latest(record));
  for (const { operation_id: id, agent_id: agentId } of operations) {
    const record = known.find(({ info }) => info.id?.value === id.value);
    if (record) {
      send(framework, latest(record));
      continue;
    }
    const [fate, what] = findOperationFate(state, agentId?.value);
    send(framework, {
      operation_id: id,
      state: fate,
      message: `Reconciliation: ${what}`,
      ...(agentId ? { agent_id: agentId } : {}),
    });
  }
}

function latest({ status }: OperationRecord): V1OperationStatus {
  const { uuid: _uuid, ...rest } = status;
  return { ...rest, message: 'Reconciliation: Latest operation state' };
}

function findOperationFate(state: MasterState, agentId = ''): readonly [string, string] {
  if (state.recovered.has(agentId)) return ['OPERATION_RECOVERING', 'Agent is recovering'];
  if (state.gone.has(agentId))
    return ['OPERATION_GONE_BY_OPERATOR', 'Agent marked gone by operator'];
  return state.unreachable.has(agentId)
    ? ['OPERATION_UNREACHABLE', 'Agent is unreachable']
    : ['OPERATION_UNKNOWN', 'Operation is unknown'];
}

function send(framework: FrameworkRecord, status: V1OperationStatus): void {
  framework.stream?.send({
    type: 'UPDATE_OPERATION_STATUS',
    update_operation_status: { status },
  });
}
