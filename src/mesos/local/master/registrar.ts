/** The life of an agent at the master: register, go away, come back, leave. */
import type { V1AgentInfo, V1Framework, V1Status } from '../../v1.ts';
import type { AgentHello, AgentLink, HeldTask, MasterLink } from '../link.ts';
import { tally } from '../resources/quantities.ts';
import { readBag } from '../resources/wire.ts';
import { withNewest } from '../status-history.ts';
import { allocate, rescind, takeAgain } from './allocator.ts';
import {
  dropMissingExecutors,
  executorExited,
  passMessage,
  releaseExecutors,
  takeExecutors,
} from './executors.ts';
import { addFramework } from './frameworks.ts';
import { forgetAnswers, isDown, rescindInverseOffers } from './maintenance.ts';
import { tell } from './notify.ts';
import { announceAgent, announceAgentRemoved, announceUpdate } from './operator/stream.ts';
import { forget, forgetOldest, keep } from './registry-file.ts';
import { type AgentRecord, isTerminal, type MasterState, type TaskRecord } from './state.ts';
import { addTask, complete, release, updateTask } from './tasks.ts';

const defaultAgentTimeoutMs = 75_000;
/**
 * A framework that only its tasks tell of. Its time-out is not among what they tell; removing it too
 * early would end it for good.
 */
const unknownFramework: V1Framework = { user: '', name: '', failover_timeout: 604_800 };
/** Agents that are remembered as unreachable, and as gone. */
const lostMax = 102_400;

/** Takes an agent in, or back: then with the tasks that it still has. */
export function registerAgent(state: MasterState, hello: AgentHello, link: AgentLink): MasterLink {
  if (mayNotCome(state, hello)) {
    link.leave();
    return deaf(hello.id ?? '');
  }
  if (hello.id === undefined) replaceAt(state, hello);
  const id = hello.id ?? `${state.id}-S${state.nextAgent++}`;
  const present = state.agents.get(id);
  const agent = present ?? addAgent(state, id, hello);
  agent.stopTimer();
  agent.link = link;
  if (!present) {
    takeTasks(state, agent, hello.tasks);
    takeExecutors(state, agent, hello.executors);
  }
  dropMissing(state, agent, hello.tasks);
  dropMissingExecutors(state, agent, hello.executors);
  state.recovered.delete(id);
  state.unreachable.delete(id);
  forget(state, 'unreachable', id);
  keep(state, 'agent', id, agent.info);
  if (!present) announceAgent(state, agent);
  for (const kill of [...agent.owedKills.values()]) kill();
  agent.owedKills.clear();
  shutDownRemoved(state, link, hello.tasks);
  allocate(state, [agent]);
  return {
    agentId: id,
    update: (frameworkId, status, newest) => {
      if (agent.link === link) passUpdate(state, agent, { frameworkId, status, newest });
    },
    message: (frameworkId, executorId, data) => {
      if (agent.link === link) passMessage(state, agent, { frameworkId, executorId, data });
    },
    exited: (frameworkId, executorId, status) => {
      if (agent.link === link) executorExited(state, agent, { frameworkId, executorId, status });
    },
    lost: () => {
      if (agent.link === link) loseAgent(state, agent);
    },
    unregister: () => {
      if (agent.link === link) removeAgent(state, agent, 'the agent unregistered');
    },
  };
}

function addAgent(state: MasterState, id: string, hello: AgentHello): AgentRecord {
  const total = readBag(hello.total ?? hello.info.resources);
  const now = state.options.clock.now();
  const agent: AgentRecord = {
    id,
    info: { ...hello.info, id: { value: id } },
    total,
    free: total,
    tasks: new Set(),
    executors: new Map(),
    offers: new Set(),
    registeredAt: now,
    reregisteredAt: hello.id === undefined ? undefined : now,
    deactivated: state.setAside.has(id),
    drain: state.setAside.get(id),
    inverseOffers: new Map(),
    link: undefined,
    owedKills: new Map(),
    stopTimer: () => {},
  };
  state.agents.set(id, agent);
  state.addresses.set(addressOf(agent.info), agent);
  tally(state.total, total);
  return agent;
}

/** Those declared gone may never come back; those on a machine that is down, not before it is up. */
function mayNotCome(state: MasterState, { id, info }: AgentHello): boolean {
  return (id !== undefined && state.gone.has(id)) || isDown(state, info.hostname);
}

function deaf(agentId: string): MasterLink {
  return { agentId, update() {}, message() {}, exited() {}, lost() {}, unregister() {} };
}

/** An agent that lost its identity stands where an earlier one stood. */
function replaceAt(state: MasterState, { info }: AgentHello): void {
  const old = state.addresses.get(addressOf(info));
  if (old) removeAgent(state, old, 'a new agent registered at the same address');
}

function addressOf({ hostname, port = 0 }: V1AgentInfo): string {
  return `${hostname}:${port}`;
}

/** Tasks that an agent brings to a master that does not have it among its present ones. */
function takeTasks(state: MasterState, agent: AgentRecord, held: readonly HeldTask[]): void {
  const wasUnreachable = state.unreachable.has(agent.id);
  const isUnknown = !wasUnreachable && !state.recovered.has(agent.id);
  for (const { order, state: taskState, sent, statuses } of held) {
    if (state.removedIds.has(order.frameworkId)) continue;
    const framework =
      state.frameworks.get(order.frameworkId) ??
      addFramework(state, order.frameworkId, unknownFramework);
    const task: TaskRecord = {
      id: order.task.task_id.value,
      frameworkId: order.frameworkId,
      agentId: agent.id,
      role: order.role,
      info: order.task,
      resources: readBag(order.task.resources),
      state: taskState,
      sent,
      statuses,
    };
    addTask(state, framework, agent, task);
    if (isTerminal(taskState)) continue;
    takeAgain(state, framework, agent, task);
    if (!wasUnreachable && !isUnknown) continue;
    const from = sent ? { from: sent } : {};
    tell(
      state,
      framework,
      { taskId: task.id, agentId: agent.id, ...from },
      {
        state: sent?.state ?? taskState,
        reason: 'REASON_AGENT_REREGISTERED',
        message: wasUnreachable
          ? 'Unreachable agent re-reregistered'
          : 'Unknown agent reregistered',
      },
    );
  }
}

/** Tasks that never reached the agent, or that it forgot. */
function dropMissing(state: MasterState, agent: AgentRecord, held: readonly HeldTask[]): void {
  const has = new Set(held.map(({ order }) => keyOf(order.frameworkId, order.task.task_id.value)));
  for (const task of [...agent.tasks]) {
    if (has.has(keyOf(task.frameworkId, task.id))) continue;
    agent.tasks.delete(task);
    const framework = state.frameworks.get(task.frameworkId);
    if (!framework) continue;
    framework.tasks.delete(task.id);
    if (!isTerminal(task.state)) release(state, task);
    tell(
      state,
      framework,
      { taskId: task.id, agentId: agent.id },
      {
        state: task.sent ? 'TASK_GONE' : 'TASK_DROPPED',
        reason: 'REASON_RECONCILIATION',
        message: 'Task is unknown to the agent',
      },
    );
  }
}

function shutDownRemoved(state: MasterState, link: AgentLink, held: readonly HeldTask[]): void {
  const ids = new Set(held.map(({ order }) => order.frameworkId));
  for (const id of ids) if (state.removedIds.has(id)) link.shutdown(id);
}

function keyOf(frameworkId: string, taskId: string): string {
  return `${frameworkId} ${taskId}`;
}

function passUpdate(
  state: MasterState,
  agent: AgentRecord,
  update: { readonly frameworkId: string; readonly status: V1Status; readonly newest: string },
): void {
  const { frameworkId, status, newest } = update;
  const framework = state.frameworks.get(frameworkId);
  if (!framework) {
    agent.link?.shutdown(frameworkId);
    return;
  }
  const task = framework.tasks.get(status.task_id.value);
  if (task?.agentId === agent.id) updateTask(state, task, status, newest);
  framework.stream?.send({ type: 'UPDATE', update: { status } });
}

/** The connection is away: no more offers, and after a while the agent is unreachable. */
function loseAgent(state: MasterState, agent: AgentRecord): void {
  agent.link = undefined;
  for (const id of [...agent.offers]) rescind(state, id);
  const { clock, agentTimeoutMs = defaultAgentTimeoutMs } = state.options;
  agent.stopTimer = clock.after(agentTimeoutMs, () => {
    state.unreachable.set(agent.id, clock.now());
    keep(state, 'unreachable', agent.id, clock.now());
    forgetOldest(state, 'unreachable', state.unreachable, lostMax);
    dismiss(state, agent, {
      ...farewell,
      state: 'TASK_UNREACHABLE',
      message: 'health check timed out',
    });
  });
}

/** Final: this agent is no more, and its tasks are lost. */
export function removeAgent(state: MasterState, agent: AgentRecord, why: string): void {
  const message = `Agent ${agent.info.hostname} removed: ${why}`;
  dismiss(state, agent, { ...farewell, state: 'TASK_LOST', message });
  state.setAside.delete(agent.id);
  forget(state, 'aside', agent.id);
  announceAgentRemoved(state, agent);
}

/** By an operator: the agent ends and may never come back. False where there was none. */
export function markGone(state: MasterState, id: string): boolean {
  const agent = state.agents.get(id);
  if (!agent && !state.recovered.has(id) && !state.unreachable.has(id)) return state.gone.has(id);
  state.gone.set(id, state.options.clock.now());
  keep(state, 'gone', id, state.options.clock.now());
  forgetOldest(state, 'gone', state.gone, lostMax);
  state.recovered.delete(id);
  state.unreachable.delete(id);
  forget(state, 'unreachable', id);
  forget(state, 'agent', id);
  if (!agent) return true;
  const { link } = agent;
  const reason = 'REASON_AGENT_REMOVED_BY_OPERATOR';
  dismiss(state, agent, {
    state: 'TASK_GONE_BY_OPERATOR',
    message: 'Agent has been marked gone',
    reason,
  });
  link?.leave();
  return true;
}

interface Farewell {
  readonly reason: string;
  readonly state: string;
  readonly message: string;
}

const farewell = { reason: 'REASON_AGENT_REMOVED' };

/** The agent is not one of the present ones any more, nor are its tasks. */
function dismiss(state: MasterState, agent: AgentRecord, farewell: Farewell): void {
  agent.stopTimer();
  agent.link = undefined;
  state.agents.delete(agent.id);
  const address = addressOf(agent.info);
  if (state.addresses.get(address) === agent) state.addresses.delete(address);
  releaseExecutors(state, agent);
  tally(state.total, agent.total, -1);
  for (const task of agent.tasks) loseTask(state, task, farewell);
  for (const id of [...agent.offers]) rescind(state, id);
  rescindInverseOffers(state, agent, false);
  forgetAnswers(state, agent);
  for (const framework of state.frameworks.values()) {
    framework.stream?.send({ type: 'FAILURE', failure: { agent_id: { value: agent.id } } });
  }
  forget(state, 'agent', agent.id);
}

function loseTask(state: MasterState, task: TaskRecord, farewell: Farewell): void {
  const framework = state.frameworks.get(task.frameworkId);
  if (!framework) return;
  framework.tasks.delete(task.id);
  if (isTerminal(task.state)) return;
  release(state, task);
  if (farewell.state === 'TASK_UNREACHABLE') framework.unreachable.set(task.id, task);
  const at = { taskId: task.id, agentId: task.agentId };
  const status = tell(state, framework, at, farewell);
  task.statuses = withNewest(task.statuses, status);
  announceUpdate(state, task, status);
  if (farewell.state === 'TASK_UNREACHABLE') return;
  task.state = status.state;
  complete(framework, task);
}
