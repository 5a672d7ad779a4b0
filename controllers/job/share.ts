import { takesTasks } from '../../src/api/agent.ts';
import type { Agent, FaultDomain, Job, Task } from '../../src/api/kinds.gen.ts';
import { type Location, parseLocation, scaleLocations } from '../../src/api/location.ts';
import type { Millis } from '../../src/api/object.ts';
import { STOP_ON_AGENT_ATTRIBUTE } from '../../src/api/partition.ts';
import { isLive } from '../../src/api/task.ts';
import { type Handover, handoverOf } from '../../src/scheduling/scale/handover.ts';
import { wantedSlots } from '../../src/scheduling/scale/slots.ts';
import { DEFAULT_GROUP } from '../../src/scheduling/shares/group.ts';

/** The fault domain that decides. */
export interface Home {
  readonly name: string;
  readonly region: string;
}

/** Something in a job that this Titan cannot honour, now. */
export interface Problem {
  readonly reason:
    | 'InvalidLocation'
    | 'UnknownFaultDomain'
    | 'RegionMismatch'
    | 'StopOnAgentUnsupported'
    | 'UnknownCapacityGroup';
  readonly message: string;
}

/** An instance that should be. `agent`: it may run on no other. */
export interface Slot {
  readonly slot: string;
  readonly agent?: string;
}

/** What a job's location means: for everybody, and here. */
export interface Share {
  /** Scaled by `spec.replicas`; those with a problem included. */
  readonly locations: readonly Location[];
  readonly slots: readonly Slot[];
  readonly problems: readonly Problem[];
  /** Nothing new may be made here, because the job asks for what the agents here do not do. */
  readonly isWithheld: boolean;
  /** What of `slots` is beyond what the location asks for, until others are ready. */
  readonly handover: Handover;
}

export interface ShareWorld {
  readonly now: Millis;
  readonly home: Home;
  readonly domains: readonly FaultDomain[];
  readonly agents: readonly Agent[];
  /** The job's own tasks. */
  readonly tasks: readonly Task[];
  /** Whether the capacity group that the job names is here. */
  readonly hasOwnGroup: boolean;
}

export function shareOf(job: Job, world: ShareWorld): Share {
  const parsed = parseLocation(job.spec.location);
  if (!parsed.ok) {
    const message = `spec.location ${parsed.problem}`;
    const problem = { reason: 'InvalidLocation', message } as const;
    const handover = { retained: 0, kept: {}, wakeAt: Number.POSITIVE_INFINITY };
    return { locations: [], slots: [], problems: [problem], isWithheld: false, handover };
  }
  const locations = scaleLocations(parsed.locations, job.spec.replicas);
  const regions = new Map(world.domains.map(({ metadata, spec }) => [metadata.name, spec.region]));
  regions.set(world.home.name, world.home.region);
  const problems = [
    ...locations.flatMap((location) => problemOf(location, regions) ?? []),
    ...groupProblems(job, world),
  ];
  const here = locations.find(({ domain }) => domain === world.home.name);
  const misplaced = here?.region !== undefined && here.region !== world.home.region;
  const home = world.home.name;
  const others = world.domains.map(({ metadata }) => metadata.name).filter((name) => name !== home);
  const handover = handoverOf(job, { home, locations, others, now: world.now });
  const count = here?.count ?? 0;
  const all = count === '*' ? count : count + handover.retained;
  const slots = misplaced ? [] : slotsOf(job, all, world);
  const unsupported = slots.length === 0 ? undefined : unsupportedBy(job, world);
  const isWithheld = unsupported !== undefined;
  if (isWithheld) problems.push(unsupported);
  return { locations, slots, problems, isWithheld, handover };
}

/** Agents that would let a cut-off task run on, although the job says that they must not. */
function unsupportedBy(job: Job, { agents, home }: ShareWorld): Problem | undefined {
  if (job.spec.partition?.stopOnAgentAfter === undefined) return undefined;
  const unable = agents
    .filter(({ status }) => status?.phase === 'Active')
    .filter(({ status }) => status?.attributes?.[STOP_ON_AGENT_ATTRIBUTE] === undefined)
    .map(({ metadata }) => metadata.name)
    .toSorted();
  const [first] = unable;
  if (first === undefined) return undefined;
  const others = unable.length === 1 ? '' : ` and ${unable.length - 1} more`;
  const message = `spec.partition.stopOnAgentAfter cannot be honoured in ${home.name}: the agent ${first}${others} does not bear the attribute ${STOP_ON_AGENT_ATTRIBUTE}, so it would let a cut-off task run on; take the field away, or use agents that can`;
  return { reason: 'StopOnAgentUnsupported', message };
}

/** Its tasks wait until there is such a group: none of them is refused for ever. */
function groupProblems({ spec }: Job, world: ShareWorld): readonly Problem[] {
  const { capacityGroup: name = DEFAULT_GROUP } = spec;
  if (name === DEFAULT_GROUP || world.hasOwnGroup) return [];
  const message = `spec.capacityGroup names ${name}, which does not exist here: create it, or name another`;
  return [{ reason: 'UnknownCapacityGroup', message }];
}

function problemOf(
  { domain, region }: Location,
  regions: ReadonlyMap<string, string>,
): Problem | undefined {
  const own = regions.get(domain);
  if (own === undefined) {
    const known = [...regions.keys()].toSorted().join(', ');
    const message = `spec.location names the fault domain ${domain}, which is not known here; known are ${known}`;
    return { reason: 'UnknownFaultDomain', message };
  }
  if (region === undefined || region === own) return undefined;
  const message = `spec.location says that ${domain} is in ${region}, but it is in ${own}`;
  return { reason: 'RegionMismatch', message };
}

function slotsOf(job: Job, count: number | '*', world: ShareWorld): readonly Slot[] {
  if (count !== '*') {
    return wantedSlots(job, count, { ...world, home: world.home.name }).map((slot) => ({ slot }));
  }
  const held = new Set(world.tasks.filter(isLive).map(({ spec }) => spec.slot));
  return world.agents
    .filter((agent) => wants(agent, held))
    .map(({ metadata: { name } }) => ({ slot: name, agent: name }))
    .toSorted((a, b) => (a.slot < b.slot ? -1 : 1));
}

/** Every agent that takes new tasks; and one that does not, or is cut off, keeps what it has. */
function wants(agent: Agent, held: ReadonlySet<string>): boolean {
  if (agent.status?.phase === 'Gone') return false;
  if (held.has(agent.metadata.name)) return true;
  return agent.status?.phase === 'Active' && takesTasks(agent);
}
