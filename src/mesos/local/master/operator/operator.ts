/** The operator API's calls, each with what answers it. */
import { buildInfo } from '../../build.ts';
import { masterInfo } from '../about.ts';
import { findOperatorFault } from '../call-check.ts';
import { removeFramework } from '../frameworks.ts';
import type { From, Reply } from '../master.ts';
import type { MasterState } from '../state.ts';
import { deactivateAgent, drainAgent, markAgentGone, reactivateAgent } from './agents.ts';
import type { OperatorCall } from './call.ts';
import { flagsOf } from './flags.ts';
import {
  getSchedule,
  getStatus,
  startMaintenance,
  stopMaintenance,
  updateSchedule,
} from './maintenance.ts';
import { metricsOf } from './metrics.ts';
import {
  showAgents,
  showExecutors,
  showFrameworks,
  showOperations,
  showState,
  showTasks,
} from './reads.ts';
import { operateAsOperator } from './resources.ts';
import { getQuota, getRoles, getWeights, updateQuota, updateWeights } from './roles.ts';
import { watch } from './stream.ts';

type Reader = (state: MasterState) => object;

/** A call's answer bears its name in small letters. */
const readers: Readonly<Record<string, Reader>> = {
  GET_HEALTH: () => ({ healthy: true }),
  GET_VERSION: () => ({ version_info: buildInfo }),
  GET_FLAGS: (state) => ({ flags: flagsOf(state).map(([name, value]) => ({ name, value })) }),
  GET_METRICS: (state) => ({ metrics: metricsOf(state).map(([name, value]) => ({ name, value })) }),
  GET_LOGGING_LEVEL: () => ({ level: 0 }),
  GET_MASTER: (state) => ({
    master_info: masterInfo(state),
    start_time: state.startedAt / 1000,
    elected_time: state.startedAt / 1000,
  }),
  GET_STATE: showState,
  GET_AGENTS: showAgents,
  GET_FRAMEWORKS: showFrameworks,
  GET_EXECUTORS: showExecutors,
  GET_TASKS: showTasks,
  GET_OPERATIONS: showOperations,
  GET_ROLES: getRoles,
  GET_QUOTA: getQuota,
  GET_MAINTENANCE_STATUS: getStatus,
  GET_MAINTENANCE_SCHEDULE: getSchedule,
};

type Doer = (state: MasterState, call: OperatorCall) => Reply;

const doers: Readonly<Record<string, Doer>> = {
  TEARDOWN: teardown,
  LIST_FILES: () => ({ status: 404, headers: { 'Content-Type': 'text/plain; charset=utf-8' } }),
  GET_WEIGHTS: showWeights,
  UPDATE_WEIGHTS: updateWeights,
  UPDATE_QUOTA: updateQuota,
  DEACTIVATE_AGENT: deactivateAgent,
  REACTIVATE_AGENT: reactivateAgent,
  DRAIN_AGENT: drainAgent,
  MARK_AGENT_GONE: markAgentGone,
  RESERVE_RESOURCES: operateAsOperator,
  UNRESERVE_RESOURCES: operateAsOperator,
  CREATE_VOLUMES: operateAsOperator,
  DESTROY_VOLUMES: operateAsOperator,
  UPDATE_MAINTENANCE_SCHEDULE: updateSchedule,
  START_MAINTENANCE: startMaintenance,
  STOP_MAINTENANCE: stopMaintenance,
};

/** `undefined` where the answer is a stream. */
export function answerOperator(state: MasterState, json: unknown, from: From): Reply | undefined {
  const fault = findOperatorFault(json);
  if (fault !== undefined) return { status: 400, body: fault };
  const call = json as OperatorCall;
  const { type } = call;
  if (type === 'SUBSCRIBE') return openWatch(state, from);
  const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (read) return { status: 200, body: { type, [type.toLowerCase()]: read(state) } };
  const does = Object.hasOwn(doers, type) ? doers[type] : undefined;
  const body = `The local master does not carry out ${type}`;
  return does?.(state, call) ?? { status: 501, body };
}

function openWatch(state: MasterState, { openWatch: open }: From): Reply | undefined {
  if (!open) {
    const body = "Expecting 'Accept' to allow 'application/json'";
    return { status: 406, body };
  }
  const id = state.options.random.uuid();
  watch(state, { id, ...open(id), stopTimer: () => {} });
  return undefined;
}

function showWeights(state: MasterState): Reply {
  const weight_infos = getWeights(state);
  const shown = weight_infos.length > 0 ? { get_weights: { weight_infos } } : {};
  return { status: 200, body: { type: 'GET_WEIGHTS', ...shown } };
}

function teardown(state: MasterState, { teardown: wanted }: OperatorCall): Reply {
  const framework = state.frameworks.get(wanted?.framework_id.value ?? '');
  if (!framework) return { status: 400, body: 'No framework found with specified ID' };
  removeFramework(state, framework);
  return { status: 200 };
}
