/** The fields of an operator call whose types are looked at, and the part that each type needs. */
import { mustId, number, resources, text } from './common-shape.ts';
import type { Field, Shape } from './json-shape.ts';

const ofAgent: Shape = { agent_id: mustId };
const machine: Field = { is: { hostname: text, ip: text }, many: true };
const moment: Shape = { nanoseconds: { is: 'number', required: true } };
const unavailability: Field = {
  is: { start: { is: moment, required: true }, duration: { is: moment } },
  required: true,
};
const window: Shape = { machine_ids: machine, unavailability };
const weight: Shape = { role: text, weight: { is: 'number', required: true } };
const quota: Shape = {
  role: { is: 'string', required: true },
  limits: { is: {} },
  guarantees: { is: {} },
};

export const operatorShape: Shape = {
  type: text,
  teardown: { is: { framework_id: mustId } },
  deactivate_agent: { is: ofAgent },
  reactivate_agent: { is: ofAgent },
  drain_agent: {
    is: {
      ...ofAgent,
      max_grace_period: { is: { nanoseconds: number } },
      mark_gone: { is: 'boolean' },
    },
  },
  mark_agent_gone: { is: ofAgent },
  reserve_resources: { is: { ...ofAgent, resources } },
  unreserve_resources: { is: { ...ofAgent, resources } },
  create_volumes: { is: { ...ofAgent, volumes: resources } },
  destroy_volumes: { is: { ...ofAgent, volumes: resources } },
  update_weights: { is: { weight_infos: { is: weight, many: true } } },
  update_quota: { is: { quota_configs: { is: quota, many: true } } },
  update_maintenance_schedule: {
    is: { schedule: { is: { windows: { is: window, many: true } }, required: true } },
  },
  start_maintenance: { is: { machines: machine } },
  stop_maintenance: { is: { machines: machine } },
};

/** Every call of 1.12's master API, with the part that must be there. */
export const operatorParts: Readonly<Record<string, string | undefined>> = {
  GET_HEALTH: undefined,
  GET_FLAGS: undefined,
  GET_VERSION: undefined,
  GET_METRICS: 'get_metrics',
  GET_LOGGING_LEVEL: undefined,
  SET_LOGGING_LEVEL: 'set_logging_level',
  LIST_FILES: 'list_files',
  READ_FILE: 'read_file',
  GET_STATE: undefined,
  GET_AGENTS: undefined,
  GET_FRAMEWORKS: undefined,
  GET_EXECUTORS: undefined,
  GET_OPERATIONS: undefined,
  GET_TASKS: undefined,
  GET_ROLES: undefined,
  GET_WEIGHTS: undefined,
  UPDATE_WEIGHTS: 'update_weights',
  GET_MASTER: undefined,
  SUBSCRIBE: undefined,
  RESERVE_RESOURCES: 'reserve_resources',
  UNRESERVE_RESOURCES: 'unreserve_resources',
  CREATE_VOLUMES: 'create_volumes',
  DESTROY_VOLUMES: 'destroy_volumes',
  GROW_VOLUME: 'grow_volume',
  SHRINK_VOLUME: 'shrink_volume',
  GET_MAINTENANCE_STATUS: undefined,
  GET_MAINTENANCE_SCHEDULE: undefined,
  UPDATE_MAINTENANCE_SCHEDULE: 'update_maintenance_schedule',
  START_MAINTENANCE: 'start_maintenance',
  STOP_MAINTENANCE: 'stop_maintenance',
  DRAIN_AGENT: 'drain_agent',
  DEACTIVATE_AGENT: 'deactivate_agent',
  REACTIVATE_AGENT: 'reactivate_agent',
  GET_QUOTA: undefined,
  UPDATE_QUOTA: 'update_quota',
  SET_QUOTA: 'set_quota',
  REMOVE_QUOTA: 'remove_quota',
  TEARDOWN: 'teardown',
  MARK_AGENT_GONE: 'mark_agent_gone',
};
