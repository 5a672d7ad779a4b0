/** The life of a framework at the master: subscribe, fail over, go away, come back, end. */
import type { V1Call, V1Framework } from '../../v1.ts';
import { masterInfo } from './about.ts';
import { allocate, allocateSoon, dropFilters, giveBack, takeOffer } from './allocator.ts';
import { releaseExecutors } from './executors.ts';
import { findFrameworkFault } from './framework-check.ts';
import { forgetOperationsOf, resumeOperations } from './operations.ts';
import { isKnown } from './operator/reads.ts';
import { announceFramework, announceFrameworkRemoved } from './operator/stream.ts';
import { forget, forgetOldest, keep } from './registry-file.ts';
import {
  type FrameworkRecord,
  isTerminal,
  type MasterState,
  removedIdsMax,
  removedMax,
  type Stream,
} from './state.ts';
import { release } from './tasks.ts';

const defaultHeartbeatMs = 15_000;

type Subscribe = NonNullable<V1Call['subscribe']>;

/** Joins a stream to its framework, or refuses it with an ERROR event and the stream's end. */
export function subscribe(state: MasterState, subscription: Subscribe, stream: Stream): void {
  const { framework_info: info, suppressed_roles: suppressed = [] } = subscription;
  const fault =
    info.id && state.removedIds.has(info.id.value)
      ? 'Framework has been removed'
      : findFrameworkFault(info, suppressed);
  if (fault !== undefined) {
    stream.send({ type: 'ERROR', error: { message: fault } });
    stream.end();
    return;
  }
  const id = info.id?.value ?? `${state.id}-${String(state.nextFramework++).padStart(4, '0')}`;
  const known = state.frameworks.get(id);
  const wasConnected = known?.stream !== undefined;
  if (known?.stream) {
    known.stream.send({ type: 'ERROR', error: { message: 'Framework failed over' } });
    detach(state, known);
  }
  const framework = known ?? addFramework(state, id, info);
  const wasKnown = known !== undefined && isKnown(known);
  framework.recovered = false;
  framework.info = { ...info, id: { value: id } };
  framework.suppressed = new Set(suppressed);
  framework.stopTimer();
  framework.stream = stream;
  if (known) framework.reregisteredAt = state.options.clock.now();
  keep(state, 'framework', id, framework.info);
  announceFramework(state, framework, wasKnown ? 'UPDATED' : 'ADDED');
  greet(state, framework, stream);
  if (known) {
    for (const { link } of state.agents.values()) link?.resume(id);
    resumeOperations(state, id);
  }
  if (wasConnected) allocateSoon(state);
  else allocate(state, state.agents.values());
}

export function addFramework(state: MasterState, id: string, info: V1Framework): FrameworkRecord {
  const now = state.options.clock.now();
  const framework: FrameworkRecord = {
    id,
    info: { ...info, id: { value: id } },
    stream: undefined,
    suppressed: new Set(),
    filters: new Map(),
    served: new Map(),
    held: new Map(),
    tasks: new Map(),
    unreachable: new Map(),
    offers: new Set(),
    completed: [],
    recovered: true,
    registeredAt: now,
    reregisteredAt: now,
    stopTimer: () => {},
  };
  state.frameworks.set(id, framework);
  return framework;
}

function greet(state: MasterState, framework: FrameworkRecord, stream: Stream): void {
  const { heartbeatMs = defaultHeartbeatMs, clock } = state.options;
  stream.send({
    type: 'SUBSCRIBED',
    subscribed: {
      framework_id: { value: framework.id },
      heartbeat_interval_seconds: heartbeatMs / 1000,
      master_info: masterInfo(state),
    },
  });
  beat();

  function beat(): void {
    stream.send({ type: 'HEARTBEAT' });
    framework.stopTimer = clock.after(heartbeatMs, beat);
  }
}

/** The stream with this id is gone: its framework has its failover time-out to come back. */
export function disconnect(state: MasterState, streamId: string): void {
  const framework = [...state.frameworks.values()].find(({ stream }) => stream?.id === streamId);
  if (!framework) return;
  detach(state, framework);
  awaitReturn(state, framework);
}

/** Removes the framework unless it comes back in time. */
export function awaitReturn(state: MasterState, framework: FrameworkRecord): void {
  const timeoutMs = Math.max(0, framework.info.failover_timeout ?? 0) * 1000;
  if (timeoutMs === 0) removeFramework(state, framework);
  else {
    const remove = () => removeFramework(state, framework);
    framework.stopTimer = state.options.clock.after(timeoutMs, remove);
  }
}

/** Ends the stream and takes the offers back. */
function detach(state: MasterState, framework: FrameworkRecord): void {
  framework.stopTimer();
  const { stream } = framework;
  framework.stream = undefined;
  stream?.end();
  dropFilters(framework);
  for (const id of [...framework.offers]) {
    const offer = takeOffer(state, id);
    if (offer) giveBack(state, offer, offer.resources);
  }
}

/** Ends the framework and every task of it. Its id may never subscribe again. */
export function removeFramework(state: MasterState, framework: FrameworkRecord): void {
  detach(state, framework);
  for (const task of framework.tasks.values()) {
    if (!isTerminal(task.state)) release(state, task);
  }
  for (const task of framework.tasks.values()) state.agents.get(task.agentId)?.tasks.delete(task);
  framework.tasks.clear();
  framework.unreachable.clear();
  forgetOperationsOf(state, framework.id);
  state.frameworks.delete(framework.id);
  state.removed.set(framework.id, { framework, at: state.options.clock.now() });
  state.removedIds.add(framework.id);
  keep(state, 'removed', framework.id, true);
  forget(state, 'framework', framework.id);
  forgetOldest(state, undefined, state.removed, removedMax);
  forgetOldest(state, 'removed', state.removedIds, removedIdsMax);
  for (const agent of state.agents.values()) {
    releaseExecutors(state, agent, framework.id);
    agent.link?.shutdown(framework.id);
  }
  announceFrameworkRemoved(state, framework);
}

export function updateFramework(
  state: MasterState,
  framework: FrameworkRecord,
  update: NonNullable<V1Call['update_framework']>,
): string | undefined {
  const { framework_info: info, suppressed_roles: suppressed = [] } = update;
  const fault = findFrameworkFault(info, suppressed);
  if (fault !== undefined) return fault;
  framework.info = { ...info, id: { value: framework.id } };
  framework.suppressed = new Set(suppressed);
  keep(state, 'framework', framework.id, framework.info);
  announceFramework(state, framework, 'UPDATED');
  allocate(state, state.agents.values());
  return undefined;
}

export function revive(
  state: MasterState,
  framework: FrameworkRecord,
  roles: readonly string[] = [],
): void {
  const all = roles.length === 0;
  dropFilters(framework, all ? undefined : roles);
  framework.suppressed = new Set(
    all ? [] : [...framework.suppressed].filter((role) => !roles.includes(role)),
  );
  allocate(state, state.agents.values());
}
