/** The operator's side of maintenance: the schedule, and machines that go down and come back. */
import { allocate, rescind } from '../allocator.ts';
import {
  forgetAnswers,
  isMachine,
  machineKey,
  makeInverseOffers,
  rescindInverseOffers,
  unavailabilityOf,
} from '../maintenance.ts';
import type { Reply } from '../master.ts';
import { removeAgent } from '../registrar.ts';
import type { MachineId, MasterState } from '../state.ts';
import type { OperatorCall } from './call.ts';
import { nanoseconds } from './views.ts';

export function getSchedule(state: MasterState) {
  const { windows } = state.maintenance;
  return { schedule: windows.length > 0 ? { windows } : {} };
}

export function getStatus(state: MasterState) {
  const { windows, down } = state.maintenance;
  const scheduled = windows.flatMap(({ machine_ids: ids = [] }) => ids);
  const draining = scheduled.filter((machine) => !down.has(machineKey(machine)));
  const status = {
    ...(draining.length > 0
      ? { draining_machines: draining.map((id) => ({ id, ...showAnswers(state, id) })) }
      : {}),
    ...(down.size > 0 ? { down_machines: [...down.values()] } : {}),
  };
  return { status };
}

function showAnswers(state: MasterState, machine: MachineId) {
  const agents = [...state.agents.values()].filter(({ info }) => isMachine(machine, info.hostname));
  const statuses = agents.flatMap(({ id }) =>
    [...(state.maintenance.answers.get(id) ?? [])].map(([framework, { status, at }]) => ({
      status,
      framework_id: { value: framework },
      timestamp: nanoseconds(at),
    })),
  );
  return statuses.length > 0 ? { statuses } : {};
}

export function updateSchedule(state: MasterState, call: OperatorCall): Reply {
  const windows = call.update_maintenance_schedule?.schedule.windows ?? [];
  const fault = findScheduleFault(
    state,
    windows.map(({ machine_ids: ids = [] }) => ids),
  );
  if (fault !== undefined) return { status: 400, body: fault };
  const before = new Map(
    [...state.agents.values()].map((one) => [one, unavailabilityOf(state, one)]),
  );
  state.maintenance.windows = windows;
  for (const [agent, was] of before) {
    const is = unavailabilityOf(state, agent);
    if (JSON.stringify(is) === JSON.stringify(was)) continue;
    for (const id of [...agent.offers]) rescind(state, id);
    rescindInverseOffers(state, agent, true);
    forgetAnswers(state, agent);
    allocate(state, [agent]);
  }
  makeInverseOffers(state);
  return { status: 200 };
}

function findScheduleFault(
  state: MasterState,
  windows: readonly (readonly MachineId[])[],
): string | undefined {
  if (windows.some((ids) => ids.length === 0))
    return 'List of machines in the maintenance window is empty';
  const keys = windows.flat().map(machineKey);
  const nameless = windows.flat().find(({ hostname, ip }) => !hostname && !ip);
  if (nameless) return "Both 'hostname' and 'ip' for a machine are empty";
  const repeated = keys.find((key, index) => keys.indexOf(key) !== index);
  if (repeated !== undefined) return `Machine '${repeated}' appears more than once in the schedule`;
  const dropped = [...state.maintenance.down].find(([key]) => !keys.includes(key));
  return dropped
    ? `Machine '${dropped[0]}' is deactivated and cannot be removed from the schedule`
    : undefined;
}

/** The agents on these machines are lost for everyone. */
export function startMaintenance(state: MasterState, call: OperatorCall): Reply {
  const machines = call.start_maintenance?.machines ?? [];
  const scheduled = new Set(
    state.maintenance.windows.flatMap(({ machine_ids: ids = [] }) => ids).map(machineKey),
  );
  for (const machine of machines) {
    const key = machineKey(machine);
    if (!scheduled.has(key))
      return { status: 400, body: `Machine '${key}' is not part of a maintenance schedule` };
    if (state.maintenance.down.has(key)) {
      return {
        status: 400,
        body: `Machine '${key}' is not in DRAINING mode and cannot be brought down`,
      };
    }
  }
  for (const machine of machines) {
    state.maintenance.down.set(machineKey(machine), machine);
    for (const agent of [...state.agents.values()]) {
      if (!isMachine(machine, agent.info.hostname)) continue;
      removeAgent(state, agent, "Operator initiated 'Machine DOWN'");
    }
  }
  return { status: 200 };
}

/** Back up, and out of the schedule; the agents may register again. */
export function stopMaintenance(state: MasterState, call: OperatorCall): Reply {
  const { maintenance } = state;
  const keys = new Set((call.stop_maintenance?.machines ?? []).map(machineKey));
  const up = [...keys].find((key) => !maintenance.down.has(key));
  if (up !== undefined) {
    return { status: 400, body: `Machine '${up}' is not in DOWN mode and cannot be brought up` };
  }
  for (const key of keys) maintenance.down.delete(key);
  maintenance.windows = maintenance.windows.flatMap((window) => {
    const left = (window.machine_ids ?? []).filter((machine) => !keys.has(machineKey(machine)));
    return left.length > 0 ? [{ ...window, machine_ids: left }] : [];
  });
  return { status: 200 };
}
