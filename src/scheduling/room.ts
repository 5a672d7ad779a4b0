import { countPorts, type Span, takePorts } from './ports.ts';
import type { AgentView, Ask, Waiting } from './snapshot.ts';

/** An agent whose free resources go down as the pass goes on. */
export interface Room {
  readonly view: AgentView;
  free: { cpusMilli: number; memoryMiB: number; diskMiB: number };
  spans: readonly Span[];
  portsFree: number;
  readonly jobs: Map<string, number>;
}

export function roomOf(view: AgentView): Room {
  const portsFree = countPorts(view.ports);
  return { view, free: { ...view.free }, spans: view.ports, portsFree, jobs: new Map(view.jobs) };
}

/** Whether the task could run there now. */
export function holds(room: Room, { ask, agent }: Waiting): boolean {
  return (
    !room.view.unschedulable &&
    (agent === undefined || agent === room.view.name) &&
    ask.cpusMilli <= room.free.cpusMilli &&
    ask.memoryMiB <= room.free.memoryMiB &&
    ask.diskMiB <= room.free.diskMiB &&
    ask.ports <= room.portsFree
  );
}

/** Gives the task its share of the room. @returns its ports */
export function takeRoom(room: Room, task: Waiting): readonly number[] {
  const { taken, left } = takePorts(room.spans, task.ask.ports);
  room.free = less(room.free, task.ask);
  room.spans = left;
  room.portsFree -= taken.length;
  room.jobs.set(task.job, (room.jobs.get(task.job) ?? 0) + 1);
  return taken;
}

function less(free: Room['free'], ask: Ask): Room['free'] {
  return {
    cpusMilli: free.cpusMilli - ask.cpusMilli,
    memoryMiB: free.memoryMiB - ask.memoryMiB,
    diskMiB: free.diskMiB - ask.diskMiB,
  };
}
