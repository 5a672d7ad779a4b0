import type { Agent, AgentStatus, Task } from '../../src/api/kinds.gen.ts';
import { isSubdomainName } from '../../src/api/name.ts';
import { type Millis, type Timestamp, toTimestamp } from '../../src/api/object.ts';
import { hashText } from '../../src/api/task.ts';
import { quarantines } from './quarantine.ts';
import { agentStatus, type ShownAgent, type Usage } from './status.ts';

/** An agent as Mesos shows it. */
export interface SeenAgent extends ShownAgent {
  readonly port: number;
}

export interface AgentWorld {
  readonly seen: readonly SeenAgent[];
  readonly agents: readonly Agent[];
  /** Live tasks on an agent, by agent id. */
  tasksOn(agentId: string): readonly Task[];
  /** What they have in use together. */
  usedBy(tasks: readonly Task[]): Usage;
  /** Since when an agent has been gone, by name. */
  readonly goneSince: ReadonlyMap<string, Millis>;
  /** Tasks that ended as failed, and whose objects are still there. */
  readonly failed: readonly Task[];
  readonly now: Millis;
}

export type AgentStep =
  | { readonly do: 'create'; readonly name: string; readonly status: AgentStatus }
  | { readonly do: 'update'; readonly agent: Agent; readonly status: AgentStatus }
  | { readonly do: 'remove'; readonly agent: Agent };

/** How long the object of an agent that is gone is kept for people to see. */
export const GONE_KEPT_MS = 3_600_000;

/**
 * Makes the Agent objects say what Mesos says. An agent that comes back with a new id keeps its
 * object, by its name. What Mesos no longer shows is unreachable while tasks may live on it, else
 * gone, and its object goes after an hour, unless a person has said something of it. A step for each agent, since
 * all their tasks are added up.
 */
export function* planAgents(world: AgentWorld): Generator<void, readonly AgentStep[]> {
  const { seen, agents, tasksOn } = world;
  const named = nameAgents(seen, agents);
  const inQuarantine = quarantines(agents, world);
  const byName = new Map(agents.map((agent) => [agent.metadata.name, agent]));
  const planned: AgentStep[] = [];
  for (const [name, info] of named) {
    yield;
    const agent = byName.get(name);
    const tasks = tasksOn(info.agentId);
    const shown = { count: tasks.length, used: world.usedBy(tasks) };
    const seen = agentStatus(info, shown, lostSince(agent, world.now));
    const { drain } = agent?.status ?? {};
    const quarantine = inQuarantine.get(name);
    const status = {
      ...seen,
      ...(drain === undefined ? {} : { drain }),
      ...(quarantine === undefined ? {} : { quarantine }),
    };
    planned.push(
      agent === undefined ? { do: 'create', name, status } : { do: 'update', agent, status },
    );
  }
  const absent = agents.filter(({ metadata }) => !named.has(metadata.name));
  return [...planned, ...absent.map((agent) => planAbsent(agent, world))];
}

function planAbsent(agent: Agent, { tasksOn, goneSince, now }: AgentWorld): AgentStep {
  const live = tasksOn(agent.status?.agentId ?? '');
  const since = goneSince.get(agent.metadata.name) ?? now;
  const kept = agent.spec?.unschedulable === true || live.length > 0;
  if (!kept && now - since >= GONE_KEPT_MS) return { do: 'remove', agent };
  const phase = live.length > 0 ? 'Unreachable' : 'Gone';
  const lost = { lostSince: lostSince(agent, now) };
  return { do: 'update', agent, status: { ...agent.status, phase, tasks: live.length, ...lost } };
}

/** Since when it has been lost, if it is lost now. */
function lostSince(agent: Agent | undefined, now: Millis): Timestamp {
  return agent?.status?.lostSince ?? toTimestamp(now);
}

/**
 * Each agent by its name: that of the object that has its id, else its host name; where that is taken
 * by another, or is no name, something made of host name and port.
 */
function nameAgents(
  seen: readonly SeenAgent[],
  agents: readonly Agent[],
): ReadonlyMap<string, SeenAgent> {
  const known = new Map(agents.map(({ metadata, status }) => [status?.agentId, metadata.name]));
  const names = new Map<string, SeenAgent>();
  const newcomers = seen.filter((info) => {
    const name = known.get(info.agentId);
    if (name !== undefined) names.set(name, info);
    return name === undefined;
  });
  for (const info of newcomers.toSorted(byActivity)) names.set(freeName(info, names), info);
  return names;
}

function freeName(info: SeenAgent, taken: ReadonlyMap<string, SeenAgent>): string {
  const host = info.hostname.toLowerCase();
  const valid = isSubdomainName(host) ? host : `agent-${hashText(info.hostname)}`;
  const names = [valid, `${valid}-${info.port}`, `${valid}-${hashText(info.agentId)}`];
  return names.find((name) => !taken.has(name)) ?? `agent-${hashText(info.agentId)}`;
}

function byActivity(a: SeenAgent, b: SeenAgent): number {
  if (a.active !== b.active) return a.active ? -1 : 1;
  return a.agentId < b.agentId ? -1 : 1;
}
