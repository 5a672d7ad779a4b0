/** The life of a framework at the master: subscribe, fail over, go away, come back, end. */
import type { V1Call, V1Framework } from '../../v1.ts';
import { allocate, dropFilters, giveBack, takeOffer } from './allocator.ts';
import { releaseExecutors } from './executors.ts';
import { findFrameworkFault } from './framework-check.ts';
import { saveRegistry } from './registry-file.ts';
import {
  type FrameworkRecord,
  isTerminal,
  type MasterState,
  removedIdsMax,
  removedMax,
  type Stream,
} from './state.ts';

const defaultHeartbeatMs = 15_000;
const masterCapabilities = ['AGENT_UPDATE', 'AGENT_DRAINING', 'QUOTA_V2'];

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
  framework.info = { ...info, id: { value: id } };
  framework.suppressed = new Set(suppressed);
  framework.stopTimer();
  framework.stream = stream;
  if (known) framework.reregisteredAt = state.options.clock.now();
  saveRegistry(state);
  greet(state, framework, stream);
  if (known) for (const { link } of state.agents.values()) link?.resume(id);
  if (!wasConnected) allocate(state, state.agents.values());
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

function masterInfo(state: MasterState) {
  const { hostname = 'localhost', port = 5050 } = state.options;
  return {
    id: state.id,
    ip: 16_777_343,
    port,
    pid: `master@127.0.0.1:${port}`,
    hostname,
    version: '1.12.0',
    address: { hostname, ip: '127.0.0.1', port },
    capabilities: masterCapabilities.map((type) => ({ type })),
  };
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
    if (!isTerminal(task.state)) giveBack(state, task, task.resources);
  }
  for (const task of framework.tasks.values()) state.agents.get(task.agentId)?.tasks.delete(task);
  framework.tasks.clear();
  framework.unreachable.clear();
  state.frameworks.delete(framework.id);
  state.removed.set(framework.id, { framework, at: state.options.clock.now() });
  state.removedIds.add(framework.id);
  forgetOldest(state.removed, removedMax);
  forgetOldest(state.removedIds, removedIdsMax);
  for (const agent of state.agents.values()) {
    releaseExecutors(state, agent, framework.id);
    agent.link?.shutdown(framework.id);
  }
  saveRegistry(state);
}

function forgetOldest(
  kept: { readonly size: number; keys(): Iterator<string>; delete(key: string): boolean },
  max: number,
): void {
  while (kept.size > max) kept.delete(kept.keys().next().value ?? '');
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
  saveRegistry(state);
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
