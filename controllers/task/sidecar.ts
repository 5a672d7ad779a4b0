import type { Task, TaskStatus } from '../../src/api/kinds.gen.ts';
import { isTerminal, isTerminalPhase, rankOf } from '../../src/api/task.ts';
import type { TaskUpdate } from '../../src/mesos/port.ts';
import { healthOf } from './health.ts';
import { phaseOfState } from './phase.ts';

export type SidecarStatus = NonNullable<TaskStatus['sidecars']>[number];

/**
 * The status of a task after an update about one of its sidecars; `undefined` where it changes
 * nothing: the task has ended, the sidecar is none of it, or the update is older than what is known.
 */
export function foldSidecar(task: Task, name: string, update: TaskUpdate): TaskStatus | undefined {
  const { spec, status = {} } = task;
  const isOurs = spec.sidecars?.some((sidecar) => sidecar.name === name) === true;
  if (isTerminal(task) || !isOurs) return undefined;
  const before = status.sidecars?.find((each) => each.name === name);
  const after = sidecarAfter(before, name, update);
  if (after === undefined) return undefined;
  const others = (status.sidecars ?? []).filter((each) => each.name !== name);
  const sidecars = [...others, after].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return { ...status, sidecars };
}

function sidecarAfter(
  before: SidecarStatus | undefined,
  name: string,
  update: TaskUpdate,
): SidecarStatus | undefined {
  const unhealthy = update.state === 'TASK_KILLED' && update.healthy === false;
  const phase = unhealthy ? 'Failed' : phaseOfState(update.state);
  if (phase === 'Pending') return undefined;
  if (before !== undefined && isBackwards(before.phase, phase)) return undefined;
  const message = unhealthy ? 'its liveness probe failed' : update.message;
  const after: SidecarStatus = {
    name,
    phase,
    ...(message ? { message } : {}),
    ...(before?.healthy === undefined ? {} : { healthy: before.healthy }),
    ...(before?.ready === undefined ? {} : { ready: before.ready }),
    ...healthOf(update),
  };
  return JSON.stringify(before) === JSON.stringify(after) ? undefined : after;
}

function isBackwards(from: SidecarStatus['phase'], to: SidecarStatus['phase']): boolean {
  if (isTerminalPhase(from)) return true;
  return from !== 'Unreachable' && rankOf(to) < rankOf(from);
}

/** Why a task whose group was ended failed: the sidecar that went first. */
export function failedSidecar({ sidecars = [] }: TaskStatus): SidecarStatus | undefined {
  return sidecars.find(({ phase }) => phase === 'Failed');
}
