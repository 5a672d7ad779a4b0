import type { TaskPhase } from '../../src/api/task.ts';
import type { MesosState } from '../../src/mesos/port.ts';

const phases: Readonly<Record<MesosState, TaskPhase>> = {
  TASK_STAGING: 'Staging',
  TASK_STARTING: 'Starting',
  TASK_RUNNING: 'Running',
  TASK_KILLING: 'Killing',
  TASK_FINISHED: 'Succeeded',
  TASK_FAILED: 'Failed',
  TASK_KILLED: 'Killed',
  TASK_ERROR: 'Failed',
  TASK_LOST: 'Lost',
  TASK_DROPPED: 'Lost',
  TASK_UNREACHABLE: 'Unreachable',
  TASK_GONE: 'Lost',
  TASK_GONE_BY_OPERATOR: 'Lost',
  TASK_UNKNOWN: 'Unreachable',
};

/** What a state at Mesos is to Titan. */
export function phaseOfState(state: MesosState): TaskPhase {
  return phases[state];
}
