import type { Agent, AgentStatus, Task } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, type Millis, toTimestamp } from '../../src/api/object.ts';

/** Why an agent takes no new tasks for a while. */
export type Quarantine = NonNullable<AgentStatus['quarantine']>;

/** Jobs that must have failed on an agent, and nowhere else, within the window. */
const JOBS_LEAST = 3;
const WINDOW_MS: Millis = 300_000;
const SPAN_MS: Millis = 600_000;
/** The part of all agents that may be in quarantine at once; one always may. */
const PART_MAX = 0.1;
/** Of so few there is nowhere else to go. */
const AGENTS_LEAST = 3;
/** How long what starts must run to speak for its agent. */
const GOOD_START_MS: Millis = 60_000;
const NAMED_MAX = 3;

/** What speaks for agents and against them. */
export interface Evidence {
  /** Tasks that ended as failed, of whatever age. */
  readonly failed: readonly Task[];
  /** Live tasks on an agent, by agent id. */
  tasksOn(agentId: string): readonly Task[];
  readonly now: Millis;
}

/**
 * The agents that take no new tasks, because the tasks of several jobs failed on them that failed nowhere
 * else, and nothing has started on them since that runs well: then it is the agent. What fails on several agents is the fault of its job. A quarantine ends by
 * itself, so that a machine that was mended is used again; where too many agents would be in it, something
 * else is wrong, and no more are added.
 * Of fewer than three agents none is.
 */
export function quarantines(
  agents: readonly Agent[],
  evidence: Evidence,
): ReadonlyMap<string, Quarantine> {
  const { now } = evidence;
  const active = agents.filter(({ status }) => status?.phase === 'Active');
  const kept = agents.flatMap(({ metadata, status }): [string, Quarantine][] => {
    const { quarantine } = status ?? {};
    if (quarantine === undefined || fromTimestamp(quarantine.until) <= now) return [];
    return [[metadata.name, quarantine]];
  });
  const most = active.length < AGENTS_LEAST ? 0 : Math.max(1, Math.floor(active.length * PART_MAX));
  const inside = new Map(kept);
  const byName = new Map(active.map((agent) => [nameOf(agent), agent]));
  const isCleared = (name: string) => {
    const agent = byName.get(name);
    return agent !== undefined && hasGoodStart(agent, evidence);
  };
  const suspects = [...culprits(evidence)]
    .filter(([name, jobs]) => jobs.length >= JOBS_LEAST && !inside.has(name) && !isCleared(name))
    .toSorted(([a, first], [b, second]) => second.length - first.length || (a < b ? -1 : 1))
    .slice(0, Math.max(0, most - kept.length));
  return new Map([...kept, ...suspects.map(([name, jobs]) => [name, begin(jobs, now)] as const)]);
}

/** The jobs that failed lately on each agent, and on no other. */
function culprits(evidence: Evidence): ReadonlyMap<string, readonly string[]> {
  const fresh = evidence.failed.filter((task) => isFresh(task, evidence.now));
  const places = new Map<string, Set<string>>();
  for (const { metadata, spec, status } of fresh) {
    const job = `${metadata.namespace ?? 'default'}/${spec.jobName}`;
    if (status?.agent !== undefined)
      places.set(job, (places.get(job) ?? new Set()).add(status.agent));
  }
  const alone = [...places].filter(([, names]) => names.size === 1);
  const byAgent = Map.groupBy(alone, ([, names]) => [...names][0] ?? '');
  return new Map([...byAgent].map(([name, jobs]) => [name, jobs.map(([job]) => job).toSorted()]));
}

function isFresh({ status }: Task, now: Millis): boolean {
  const { finishedAt } = status ?? {};
  return finishedAt !== undefined && now - fromTimestamp(finishedAt) < WINDOW_MS;
}

/** Whether a task that started on it after the first of the failures has run for a while. */
function hasGoodStart({ metadata, status }: Agent, { failed, tasksOn, now }: Evidence): boolean {
  const here = failed.filter((task) => task.status?.agent === metadata.name && isFresh(task, now));
  const firstAt = Math.min(...here.map((task) => fromTimestamp(task.status?.finishedAt ?? '')));
  return tasksOn(status?.agentId ?? '').some((task) => {
    const { phase, startedAt } = task.status ?? {};
    if (phase !== 'Running' || startedAt === undefined) return false;
    const at = fromTimestamp(startedAt);
    return at >= firstAt && now - at >= GOOD_START_MS;
  });
}

function nameOf({ metadata }: Agent): string {
  return metadata.name;
}

function begin(jobs: readonly string[], now: Millis): Quarantine {
  const names = jobs.slice(0, NAMED_MAX).join(', ') + (jobs.length > NAMED_MAX ? ' …' : '');
  return {
    since: toTimestamp(now),
    until: toTimestamp(now + SPAN_MS),
    message: `tasks of ${jobs.length} jobs failed here within ${WINDOW_MS / 60_000} minutes, and nowhere else: ${names}`,
  };
}
