/** The operator API's event stream: what changes, told to everyone who subscribed. */
import type { V1Status } from '../../../v1.ts';
import type { AgentRecord, FrameworkRecord, MasterState, TaskRecord, Watcher } from '../state.ts';
import { showState } from './reads.ts';
import { nanoseconds, showAgent, showAgentInfo, showFrameworkState, showTask } from './views.ts';

const defaultHeartbeatMs = 15_000;
/** Subscribers at once; at the bound the one that came first is cut off, as Mesos does. */
const watchersMax = 1_000;

export function watch(state: MasterState, watcher: Watcher): void {
  const { heartbeatMs = defaultHeartbeatMs, clock } = state.options;
  const [first] = state.watchers;
  if (first && state.watchers.size >= watchersMax) {
    unwatch(state, first.id);
    first.end();
  }
  state.watchers.add(watcher);
  watcher.send({
    type: 'SUBSCRIBED',
    subscribed: { get_state: showState(state), heartbeat_interval_seconds: heartbeatMs / 1000 },
  });
  beat();

  function beat(): void {
    watcher.send({ type: 'HEARTBEAT' });
    watcher.stopTimer = clock.after(heartbeatMs, beat);
  }
}

export function unwatch(state: MasterState, id: string): void {
  for (const watcher of state.watchers) {
    if (watcher.id !== id) continue;
    watcher.stopTimer();
    state.watchers.delete(watcher);
  }
}

/** Nothing is made where nobody listens. */
function announce(state: MasterState, make: () => object): void {
  if (state.watchers.size === 0) return;
  const event = make();
  for (const watcher of state.watchers) watcher.send(event);
}

export function announceAgent(state: MasterState, agent: AgentRecord): void {
  announce(state, () => {
    const shown = { ...showAgent(state, agent), agent_info: showAgentInfo(agent) };
    return { type: 'AGENT_ADDED', agent_added: { agent: shown } };
  });
}

export function announceAgentRemoved(state: MasterState, agent: AgentRecord): void {
  const agent_removed = { agent_id: { value: agent.id } };
  announce(state, () => ({ type: 'AGENT_REMOVED', agent_removed }));
}

export function announceFramework(
  state: MasterState,
  record: FrameworkRecord,
  what: 'ADDED' | 'UPDATED',
): void {
  announce(state, () => {
    const framework = { ...showFrameworkState(record), unregistered_time: nanoseconds(0) };
    return what === 'ADDED'
      ? { type: 'FRAMEWORK_ADDED', framework_added: { framework } }
      : { type: 'FRAMEWORK_UPDATED', framework_updated: { framework } };
  });
}

export function announceFrameworkRemoved(state: MasterState, { info }: FrameworkRecord): void {
  announce(state, () => ({
    type: 'FRAMEWORK_REMOVED',
    framework_removed: { framework_info: info },
  }));
}

export function announceTask(state: MasterState, task: TaskRecord): void {
  announce(state, () => ({ type: 'TASK_ADDED', task_added: { task: showTask(task) } }));
}

export function announceUpdate(state: MasterState, task: TaskRecord, status: V1Status): void {
  const framework_id = { value: task.frameworkId };
  announce(state, () => ({
    type: 'TASK_UPDATED',
    task_updated: { framework_id, status, state: status.state },
  }));
}
