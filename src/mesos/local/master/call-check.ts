/** Whether JSON is a call at all, and why not in Mesos' own words. */
import type { V1Call } from '../../v1.ts';
import { findJsonFault } from './json-shape.ts';
import { operatorParts, operatorShape } from './operator-shape.ts';
import { schedulerShape } from './scheduler-shape.ts';

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
  return findJsonFault(json, schedulerShape) ?? findMeaningFault(json as V1Call);
}

/** The same for the operator API. */
export function findOperatorFault(json: unknown): string | undefined {
  const fault = findJsonFault(json, operatorShape);
  if (fault !== undefined) return fault;
  const call = json as Readonly<Record<string, unknown>> & { readonly type?: string };
  const invalid = 'Failed to validate master::Call:';
  if (call.type === undefined || !Object.hasOwn(operatorParts, call.type)) {
    return `${invalid} Expecting 'type' to be present`;
  }
  const part = operatorParts[call.type];
  return part === undefined || Object.hasOwn(call, part)
    ? undefined
    : `${invalid} Expecting '${part}' to be present`;
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
