import { type Condition, mergeConditions } from '../../src/api/condition.ts';
import type { Agent, FaultDomain, FaultDomainStatus } from '../../src/api/kinds.gen.ts';
import { type Millis, toTimestamp } from '../../src/api/object.ts';

import { massLossCondition } from './mass-loss.ts';

type Amounts = NonNullable<FaultDomainStatus['capacity']>;

export interface OwnWorld {
  readonly agents: readonly Agent[];
  /** How many tasks run. */
  readonly running: number;
  readonly mesosConnected: boolean;
  /** Why the framework has ended for good. */
  readonly halted: string | undefined;
  /** What keeps Titan from its Mesos now. */
  readonly problem: string | undefined;
  readonly now: Millis;
}

/** What this Titan says of its own fault domain. */
export function ownStatus(domain: FaultDomain, world: OwnWorld): FaultDomainStatus {
  const active = world.agents.filter(({ status }) => status?.phase === 'Active');
  const capacity = sum(active.map(({ status }) => status?.capacity ?? {}));
  const used = sum(active.map(({ status }) => status?.used ?? {}));
  const ready = readyOf(world);
  const conditions = [
    { type: 'Ready', ...ready },
    ...stalledOf(domain, world),
    massLossCondition(domain, world.agents, world.now),
  ];
  return {
    ...observed(domain),
    phase: 'Ready',
    ...(ready.status === 'True' ? {} : { message: ready.message }),
    agents: active.length,
    tasks: world.running,
    cpusText: `${used.cpus}/${capacity.cpus}`,
    capacity,
    used,
    conditions: conditionsOf(domain, conditions, world.now),
  };
}

function observed({
  metadata,
}: FaultDomain): Required<Pick<FaultDomainStatus, 'observedGeneration'>> {
  return { observedGeneration: metadata.generation ?? 0 };
}

function conditionsOf(
  domain: FaultDomain,
  next: readonly Condition[],
  now: Millis,
): readonly Condition[] {
  const about = next.map((condition) => ({ ...condition, ...observed(domain) }));
  return mergeConditions(domain.status?.conditions, about, now);
}

/** `Stalled`, of one that is or was: nothing goes on before a person has said what to do. */
function stalledOf({ status }: FaultDomain, { halted }: OwnWorld): readonly Condition[] {
  const type = 'Stalled';
  if (halted !== undefined) {
    return [{ type, status: 'True', reason: FRAMEWORK_HALTED, message: halted }];
  }
  const wasStalled = status?.conditions?.some((condition) => condition.type === type) === true;
  const message = 'Nothing stands in the way';
  return wasStalled ? [{ type, status: 'False', reason: 'Unhindered', message }] : [];
}

function readyOf({ mesosConnected, halted, problem }: OwnWorld) {
  if (halted !== undefined) {
    return { status: 'False', reason: FRAMEWORK_HALTED, message: halted } as const;
  }
  const why = problem === undefined ? '' : ` (${problem})`;
  const message = `Mesos does not answer: tasks run on, nothing is started or stopped${why}`;
  return mesosConnected
    ? ({ status: 'True', reason: 'Serving', message: 'It answers' } as const)
    : ({ status: 'False', reason: 'MesosAway', message } as const);
}

/** The reason of `Ready` where Mesos has removed the framework, and nothing goes on without a person. */
export const FRAMEWORK_HALTED = 'FrameworkHalted';

/** What is known of a peer. */
export interface Pulse {
  /** Heartbeats in a row that failed. */
  readonly misses: number;
  readonly error?: string;
  /** What the peer says of itself, where it was asked. */
  readonly report?: FaultDomainStatus;
}

/** Heartbeats that may fail in a row before a domain counts as unreachable. */
export const MISSES_MAX = 3;
/** How often at most the time of the last heartbeat is written. */
const HEARTBEAT_WRITTEN_MS = 60_000;

/** What this Titan says of another fault domain; the same object where nothing is to be written. */
export function peerStatus(domain: FaultDomain, pulse: Pulse, now: Millis): FaultDomainStatus {
  const before = domain.status ?? {};
  if (pulse.misses > 0 && pulse.misses < MISSES_MAX) return before;
  const reachable = pulse.misses === 0;
  const message = `no answer to ${MISSES_MAX} heartbeats in a row: ${pulse.error ?? 'no reason given'}`;
  const ready = reachable
    ? ({ status: 'True', reason: 'HeartbeatReceived', message: 'It answers' } as const)
    : ({ status: 'False', reason: 'HeartbeatMissed', message } as const);
  const isKnown = before.observedGeneration === observed(domain).observedGeneration;
  if (!reachable && before.phase === 'Unreachable' && isKnown) return before;
  const { message: _, ...kept } = before;
  const { agents, tasks, cpusText, capacity, used } = pulse.report ?? kept;
  const shown = { agents, tasks, cpusText, capacity, used };
  const conditions = conditionsOf(domain, [{ type: 'Ready', ...ready }], now);
  return {
    ...kept,
    ...observed(domain),
    ...(Object.fromEntries(
      Object.entries(shown).filter(([, value]) => value !== undefined),
    ) as FaultDomainStatus),
    phase: reachable ? 'Ready' : 'Unreachable',
    ...(reachable ? {} : { message }),
    ...(reachable ? { lastHeartbeatTime: heartbeatTime(before, now) } : {}),
    conditions,
  };
}

function heartbeatTime({ lastHeartbeatTime }: FaultDomainStatus, now: Millis): string {
  const last = lastHeartbeatTime === undefined ? 0 : Date.parse(lastHeartbeatTime);
  const fresh = now - last < HEARTBEAT_WRITTEN_MS && lastHeartbeatTime !== undefined;
  return fresh ? lastHeartbeatTime : toTimestamp(now);
}

function sum(amounts: readonly Amounts[]): Required<Amounts> {
  const of = (name: keyof Amounts) =>
    Math.round(amounts.reduce((total, each) => total + (each[name] ?? 0), 0) * 1000) / 1000;
  return {
    cpus: of('cpus'),
    memoryMiB: of('memoryMiB'),
    diskMiB: of('diskMiB'),
    ports: of('ports'),
  };
}
