/** Whether JSON is a call at all, and why not in Mesos' own words. */
import type { V1Call } from '../../v1.ts';
import { type Field, findJsonFault, type Shape } from './json-shape.ts';

const text: Field = { is: 'string' };
const texts: Field = { is: 'string', many: true };
const must: Field = { is: 'string', required: true };
const id: Field = { is: { value: must } };
const mustId: Field = { is: { value: must }, required: true };
const bytes: Field = { is: 'bytes', required: true };
const taskRef: Shape = { task_id: mustId, agent_id: id };
const filters: Field = { is: { refuse_seconds: { is: 'number' } } };

const resource: Shape = {
  name: must,
  scalar: { is: { value: { is: 'number', required: true } } },
  role: text,
};
const task: Shape = {
  name: must,
  task_id: mustId,
  agent_id: mustId,
  resources: { is: resource, many: true },
  command: { is: { shell: { is: 'boolean' }, value: text, arguments: texts } },
};
const operation: Shape = {
  id,
  launch: { is: { task_infos: { is: task, many: true } } },
};
const framework: Shape = {
  user: must,
  name: must,
  id,
  failover_timeout: { is: 'number' },
  checkpoint: { is: 'boolean' },
  role: text,
  roles: texts,
  principal: text,
};
const subscription: Shape = {
  framework_info: { is: framework, required: true },
  suppressed_roles: texts,
};

const shape: Shape = {
  framework_id: id,
  subscribe: { is: subscription },
  accept: {
    is: {
      offer_ids: { is: { value: must }, many: true },
      operations: { is: operation, many: true },
      filters,
    },
  },
  decline: { is: { offer_ids: { is: { value: must }, many: true }, filters } },
  revive: { is: { roles: texts } },
  suppress: { is: { roles: texts } },
  kill: { is: taskRef },
  acknowledge: { is: { agent_id: mustId, task_id: mustId, uuid: must } },
  reconcile: { is: { tasks: { is: taskRef, many: true } } },
  update_framework: { is: subscription },
  message: { is: { agent_id: mustId, executor_id: mustId, data: bytes } },
  shutdown: { is: { agent_id: mustId, executor_id: mustId } },
  teardown: { is: { framework_id: id } },
};

/** By call type, the part that must be there; `undefined` where none must. */
const parts: Readonly<Record<string, string | undefined>> = {
  SUBSCRIBE: 'subscribe',
  TEARDOWN: undefined,
  ACCEPT: 'accept',
  DECLINE: 'decline',
  ACCEPT_INVERSE_OFFERS: 'accept_inverse_offers',
  DECLINE_INVERSE_OFFERS: 'decline_inverse_offers',
  REVIVE: undefined,
  SUPPRESS: undefined,
  KILL: 'kill',
  SHUTDOWN: 'shutdown',
  ACKNOWLEDGE: 'acknowledge',
  ACKNOWLEDGE_OPERATION_STATUS: 'acknowledge_operation_status',
  RECONCILE: 'reconcile',
  RECONCILE_OPERATIONS: 'reconcile_operations',
  MESSAGE: 'message',
  REQUEST: 'request',
  UPDATE_FRAMEWORK: 'update_framework',
};

/** The fault that keeps a JSON value from being a scheduler call, or `undefined`. */
export function findCallFault(json: unknown): string | undefined {
  return findJsonFault(json, shape) ?? findMeaningFault(json as V1Call);
}

/** The same for the operator API, whose calls are few here. */
export function findOperatorFault(json: unknown, types: readonly string[]): string | undefined {
  const fault = findJsonFault(json, shape);
  if (fault !== undefined) return fault;
  const { type } = json as V1Call;
  return type !== undefined && types.includes(type)
    ? undefined
    : "Failed to validate master::Call: Expecting 'type' to be present";
}

function findMeaningFault(call: V1Call): string | undefined {
  const invalid = 'Failed to validate scheduler::Call:';
  if (call.type === undefined || !Object.hasOwn(parts, call.type)) {
    return `${invalid} Expecting 'type' to be present`;
  }
  if (call.type !== 'SUBSCRIBE' && !call.framework_id) {
    return `${invalid} Expecting 'framework_id' to be present`;
  }
  const part = parts[call.type];
  if (part !== undefined && !Object.hasOwn(call, part)) {
    return `${invalid} Expecting '${part}' to be present`;
  }
  if (call.type === 'SUBSCRIBE' && hasTwoIds(call)) {
    return `${invalid} 'framework_id' differs from 'subscribe.framework_info.id'`;
  }
  return call.type === 'ACKNOWLEDGE' && !isUuid(call.acknowledge?.uuid)
    ? `${invalid} Not a valid UUID`
    : undefined;
}

function hasTwoIds(call: V1Call): boolean {
  return call.framework_id?.value !== call.subscribe?.framework_info.id?.value;
}

function isUuid(base64 = ''): boolean {
  return Buffer.from(base64, 'base64').length === 16;
}
