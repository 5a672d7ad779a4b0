/** Executors as the master knows them: what they hold, and what frameworks say to them and hear. */
import type { V1Call } from '../../v1.ts';
import type { V1Executor } from '../../v1-container.ts';
import type { HeldExecutor } from '../link.ts';
import { readBag } from '../resources/wire.ts';
import { giveBack, takeAgain } from './allocator.ts';
import type { AgentRecord, ExecutorRecord, FrameworkRecord, MasterState } from './state.ts';

/** Its framework's executor of this id on an agent. */
export function findExecutor(
  agent: AgentRecord,
  frameworkId: string,
  executorId: string,
): ExecutorRecord | undefined {
  return agent.executors.get(keyOf(frameworkId, executorId));
}

/** Takes a new one down; its resources are the caller's to account for. */
export function addExecutor(agent: AgentRecord, held: HeldExecutor): ExecutorRecord {
  const { frameworkId, info, role } = held;
  const id = info.executor_id?.value ?? '';
  const resources = readBag(info.resources);
  const executor = { id, frameworkId, agentId: agent.id, role, info, resources };
  agent.executors.set(keyOf(frameworkId, id), executor);
  return executor;
}

/** Executors that an agent brings to a master that does not have it among its present ones. */
export function takeExecutors(
  state: MasterState,
  agent: AgentRecord,
  held: readonly HeldExecutor[],
): void {
  for (const one of held) {
    const framework = state.frameworks.get(one.frameworkId);
    if (framework) takeAgain(state, framework, agent, addExecutor(agent, one));
  }
}

/** Those that an agent does not bring back are gone. */
export function dropMissingExecutors(
  state: MasterState,
  agent: AgentRecord,
  held: readonly HeldExecutor[],
): void {
  const has = new Set(held.map((one) => keyOf(one.frameworkId, one.info.executor_id?.value ?? '')));
  for (const [key, executor] of agent.executors) if (!has.has(key)) release(state, agent, executor);
}

/** What an agent's executors hold is held no more; of one framework, or of all. */
export function releaseExecutors(
  state: MasterState,
  agent: AgentRecord,
  frameworkId?: string,
): void {
  for (const executor of [...agent.executors.values()]) {
    if (frameworkId === undefined || executor.frameworkId === frameworkId) {
      release(state, agent, executor);
    }
  }
}

/** An executor ended: its framework hears how. */
export function executorExited(
  state: MasterState,
  agent: AgentRecord,
  exit: { readonly frameworkId: string; readonly executorId: string; readonly status: number },
): void {
  const { frameworkId, executorId, status } = exit;
  const executor = findExecutor(agent, frameworkId, executorId);
  if (!executor) return;
  release(state, agent, executor);
  state.frameworks.get(frameworkId)?.stream?.send({
    type: 'FAILURE',
    failure: { agent_id: { value: agent.id }, executor_id: { value: executorId }, status },
  });
}

/** A message from an executor to its framework; lost where that is away. */
export function passMessage(
  state: MasterState,
  agent: AgentRecord,
  said: { readonly frameworkId: string; readonly executorId: string; readonly data: string },
): void {
  const { frameworkId, executorId, data } = said;
  const message = { agent_id: { value: agent.id }, executor_id: { value: executorId }, data };
  state.frameworks.get(frameworkId)?.stream?.send({ type: 'MESSAGE', message });
}

/** MESSAGE: lost where the agent or the executor is not there. */
export function sendMessage(
  state: MasterState,
  framework: FrameworkRecord,
  { message }: V1Call,
): undefined {
  if (!message) return;
  const { agent_id, executor_id, data } = message;
  state.agents.get(agent_id.value)?.link?.message(framework.id, executor_id.value, data);
}

/** SHUTDOWN: the executor ends, and its tasks with it. */
export function shutdownExecutor(
  state: MasterState,
  framework: FrameworkRecord,
  { shutdown }: V1Call,
): undefined {
  if (!shutdown) return;
  const { agent_id, executor_id } = shutdown;
  state.agents.get(agent_id.value)?.link?.shutdownExecutor(framework.id, executor_id.value);
}

/** Whether two say the same of one executor, whatever the order of their fields. */
export function sameExecutor(a: V1Executor, b: V1Executor): boolean {
  return canonical(a) === canonical(b);
}

function release(state: MasterState, agent: AgentRecord, executor: ExecutorRecord): void {
  agent.executors.delete(keyOf(executor.frameworkId, executor.id));
  giveBack(state, executor, executor.resources);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function keyOf(frameworkId: string, executorId: string): string {
  return `${frameworkId} ${executorId}`;
}
