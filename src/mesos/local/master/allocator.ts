/**
 * Who is offered what. Each agent's free resources go, whole, to one role of one framework: to the
 * role with the smallest dominant share, then to the one served least often, then by name.
 */
import type { Millis } from '../../../api/object.ts';
import type { Resources } from '../../port.ts';
import { addResources, holdsResources, noResources, subtractResources } from '../../resources.ts';
import type { V1Offer } from '../../v1.ts';
import { resourcesToWire } from './format.ts';
import {
  type AgentRecord,
  type FrameworkRecord,
  hasCapability,
  type MasterState,
  type OfferRecord,
  rolesOf,
} from './state.ts';

const defaultAllocationMs = 500;
const defaultRefuseMs = 5_000;
const leastCpus = 0.01;
const leastMemoryMiB = 32;

/** Allocates at the next interval, as Mesos does after resources come back. */
export function allocateSoon(state: MasterState): void {
  const { clock, allocationMs = defaultAllocationMs } = state.options;
  state.stopAllocation ??= clock.after(allocationMs, () => {
    state.stopAllocation = undefined;
    allocate(state, state.agents.values());
  });
}

/** Offers what these agents have free to whoever may have it. */
export function allocate(state: MasterState, agents: Iterable<AgentRecord>): void {
  const claims = claimsOf(state);
  if (claims.length === 0) return;
  const cluster = totalOf(state);
  const made = new Map<FrameworkRecord, V1Offer[]>();
  for (const agent of agents) {
    if (!agent.link || !isWorthOffering(agent.free)) continue;
    const claim = best(
      claims.filter((one) => !isFiltered(one, agent)),
      cluster,
    );
    if (!claim) continue;
    const offers = made.get(claim.framework) ?? [];
    offers.push(makeOffer(state, claim, agent));
    made.set(claim.framework, offers);
  }
  for (const [framework, offers] of made) {
    framework.stream?.send({ type: 'OFFERS', offers: { offers } });
  }
}

interface Claim {
  readonly framework: FrameworkRecord;
  readonly role: string;
}

function claimsOf(state: MasterState): Claim[] {
  return [...state.frameworks.values()]
    .filter(({ stream }) => stream !== undefined)
    .flatMap((framework) =>
      rolesOf(framework.info)
        .filter((role) => !framework.suppressed.has(role))
        .map((role) => ({ framework, role })),
    );
}

function best(claims: readonly Claim[], cluster: Resources): Claim | undefined {
  return claims.length < 2 ? claims[0] : claims.toSorted((a, b) => compare(a, b, cluster))[0];
}

function compare(a: Claim, b: Claim, cluster: Resources): number {
  return (
    dominantShare(a, cluster) - dominantShare(b, cluster) ||
    servedTimes(a) - servedTimes(b) ||
    byText(a.role, b.role) ||
    byText(a.framework.id, b.framework.id)
  );
}

function byText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function servedTimes({ framework, role }: Claim): number {
  return framework.served.get(role) ?? 0;
}

function dominantShare({ framework, role }: Claim, cluster: Resources): number {
  const held = framework.held.get(role) ?? noResources;
  return Math.max(
    held.cpus / Math.max(cluster.cpus, 1),
    held.memoryMiB / Math.max(cluster.memoryMiB, 1),
    held.diskMiB / Math.max(cluster.diskMiB, 1),
  );
}

function totalOf(state: MasterState): Resources {
  let sum = { cpus: 0, memoryMiB: 0, diskMiB: 0 };
  for (const { total } of state.agents.values()) {
    sum = {
      cpus: sum.cpus + total.cpus,
      memoryMiB: sum.memoryMiB + total.memoryMiB,
      diskMiB: sum.diskMiB + total.diskMiB,
    };
  }
  return { ...sum, ports: [] };
}

function isWorthOffering(free: Resources): boolean {
  return free.cpus >= leastCpus || free.memoryMiB >= leastMemoryMiB;
}

function isFiltered({ framework, role }: Claim, agent: AgentRecord): boolean {
  const filter = framework.filters.get(filterKey(agent.id, role));
  return filter !== undefined && holdsResources(filter.resources, agent.free);
}

function filterKey(agentId: string, role: string): string {
  return `${agentId} ${role}`;
}

function makeOffer(state: MasterState, { framework, role }: Claim, agent: AgentRecord): V1Offer {
  const { clock, offerTimeoutMs = Number.POSITIVE_INFINITY } = state.options;
  const id = `${state.id}-O${state.nextOffer++}`;
  const stopTimer = clock.after(offerTimeoutMs, () => rescind(state, id));
  const offer: OfferRecord = {
    id,
    frameworkId: framework.id,
    agentId: agent.id,
    role,
    resources: agent.free,
    stopTimer,
  };
  state.offers.set(id, offer);
  framework.offers.add(id);
  agent.offers.add(id);
  framework.served.set(role, (framework.served.get(role) ?? 0) + 1);
  charge(framework, role, agent.free);
  agent.free = noResources;
  return offerToWire(framework, agent, offer);
}

export function offerToWire(
  framework: FrameworkRecord,
  agent: AgentRecord,
  offer: OfferRecord,
): V1Offer {
  const multi = hasCapability(framework, 'MULTI_ROLE');
  const { hostname, port = 0, domain, attributes = [] } = agent.info;
  return {
    id: { value: offer.id },
    framework_id: { value: offer.frameworkId },
    agent_id: { value: offer.agentId },
    hostname,
    url: {
      scheme: 'http',
      address: { hostname, ip: '127.0.0.1', port },
      path: '/slave(1)',
    },
    ...(domain ? { domain } : {}),
    resources: resourcesToWire(offer.resources, {
      showsRole: !hasCapability(framework, 'RESERVATION_REFINEMENT'),
      ...(multi ? { allocatedTo: offer.role } : {}),
    }),
    attributes,
    ...(multi ? { allocation_info: { role: offer.role } } : {}),
  };
}

export function charge(framework: FrameworkRecord, role: string, amount: Resources): void {
  framework.held.set(role, addResources(framework.held.get(role) ?? noResources, amount));
}

/** Gives resources that a role held back to their agent. */
export function giveBack(
  state: MasterState,
  from: { readonly frameworkId: string; readonly role: string; readonly agentId: string },
  amount: Resources,
): void {
  const framework = state.frameworks.get(from.frameworkId);
  const held = framework?.held.get(from.role);
  if (framework && held) framework.held.set(from.role, subtractResources(held, amount));
  const agent = state.agents.get(from.agentId);
  if (agent) agent.free = addResources(agent.free, amount);
  allocateSoon(state);
}

/** Takes an offer out of the world; what it held stays charged until given back. */
export function takeOffer(state: MasterState, id: string): OfferRecord | undefined {
  const offer = state.offers.get(id);
  if (!offer) return undefined;
  offer.stopTimer();
  state.offers.delete(id);
  state.frameworks.get(offer.frameworkId)?.offers.delete(id);
  state.agents.get(offer.agentId)?.offers.delete(id);
  return offer;
}

export function rescind(state: MasterState, id: string): void {
  const offer = takeOffer(state, id);
  if (!offer) return;
  const framework = state.frameworks.get(offer.frameworkId);
  framework?.stream?.send({ type: 'RESCIND', rescind: { offer_id: { value: id } } });
  giveBack(state, offer, offer.resources);
}

/** Keeps what was refused from being offered again for a while; negative means the default. */
export function refuse(
  state: MasterState,
  framework: FrameworkRecord,
  refused: { readonly agentId: string; readonly role: string; readonly resources: Resources },
  refuseMs: Millis | undefined,
): void {
  const forMs = refuseMs === undefined || refuseMs < 0 ? defaultRefuseMs : refuseMs;
  if (forMs === 0) return;
  const key = filterKey(refused.agentId, refused.role);
  framework.filters.get(key)?.stopTimer();
  const stopTimer = state.options.clock.after(forMs, () => {
    framework.filters.delete(key);
    allocateSoon(state);
  });
  framework.filters.set(key, { resources: refused.resources, stopTimer });
}

/** Forgets what was refused, for some roles or for all. */
export function dropFilters(framework: FrameworkRecord, roles?: readonly string[]): void {
  for (const [key, filter] of framework.filters) {
    if (roles && !roles.some((role) => key.endsWith(` ${role}`))) continue;
    filter.stopTimer();
    framework.filters.delete(key);
  }
}
