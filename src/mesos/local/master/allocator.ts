/**
 * Who is offered what. All that is free on an agent and that the first in line may have goes to it,
 * in one offer; what is reserved for others goes to the next.
 */
import type { Millis } from '../../../api/object.ts';
import type { V1Offer } from '../../v1.ts';
import {
  addBags,
  type Bag,
  bagHolds,
  emptyBag,
  exclusive,
  mayHave,
  type Piece,
  subtractBags,
} from '../resources/bag.ts';
import { bagToWire, inOfferOrder } from '../resources/wire.ts';
import { agentUrl } from './about.ts';
import { makeInverseOffers, unavailabilityOf } from './maintenance.ts';
import { withinLimits } from './quota.ts';
import { type Claim, charge, claimOf, compareClaims } from './shares.ts';
import {
  type AgentRecord,
  type FrameworkRecord,
  hasCapability,
  type MasterState,
  type OfferRecord,
  rolesOf,
} from './state.ts';

const defaultAllocationMs = 500;
const leastCpuThousandths = 10;
const leastMemoryThousandths = 32_000;

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
  const made = new Map<FrameworkRecord, V1Offer[]>();
  for (const agent of agents) {
    if (!agent.link || agent.deactivated) continue;
    for (;;) {
      const taker = findTaker(state, claims, agent);
      if (!taker) break;
      const { framework } = taker.claim;
      const offers = made.get(framework) ?? [];
      offers.push(makeOffer(state, taker.claim, agent, taker.share));
      made.set(framework, offers);
    }
  }
  for (const [framework, offers] of made) {
    framework.stream?.send({ type: 'OFFERS', offers: { offers } });
  }
  if (state.maintenance.windows.length > 0) makeInverseOffers(state);
}

function claimsOf(state: MasterState): Claim[] {
  return [...state.frameworks.values()]
    .filter(({ stream }) => stream !== undefined)
    .flatMap((framework) =>
      rolesOf(framework.info)
        .filter((role) => !framework.suppressed.has(role))
        .map((role) => claimOf(framework, role)),
    );
}

/** The first claim that may have something of what is left, and what. */
function findTaker(
  state: MasterState,
  claims: readonly Claim[],
  agent: AgentRecord,
): { readonly claim: Claim; readonly share: Bag } | undefined {
  let first: { readonly claim: Claim; readonly share: Bag } | undefined;
  for (const claim of claims) {
    if (first && compareClaims(state, first.claim, claim) <= 0) continue;
    const share = withinLimits(state, claim.role, shareFor(claim, agent));
    if (isWorthOffering(share) && !isFiltered(claim, agent, share)) first = { claim, share };
  }
  return first;
}

function shareFor({ framework, role }: Claim, agent: AgentRecord): Bag {
  if (isGpuAgent(agent) && !hasCapability(framework, 'GPU_RESOURCES')) return emptyBag;
  const refined = hasCapability(framework, 'RESERVATION_REFINEMENT');
  const revocable = hasCapability(framework, 'REVOCABLE_RESOURCES');
  const shared = hasCapability(framework, 'SHARED_RESOURCES');
  const isFor = (piece: Piece) =>
    mayHave(role, piece) &&
    (refined || piece.traits.reservations.length < 2) &&
    (revocable || !piece.traits.revocable) &&
    (shared || !piece.traits.shared);
  return agent.free.every(isFor) ? agent.free : agent.free.filter(isFor);
}

/** Agents with GPUs are kept for frameworks that know of them. */
function isGpuAgent({ total }: AgentRecord): boolean {
  return total.some(({ name }) => name === 'gpus');
}

function isWorthOffering(bag: Bag): boolean {
  return bag.some(
    (piece) =>
      piece.type === 'SCALAR' &&
      ((piece.name === 'cpus' && piece.thousandths >= leastCpuThousandths) ||
        (piece.name === 'mem' && piece.thousandths >= leastMemoryThousandths)),
  );
}

function isFiltered({ framework, role }: Claim, agent: AgentRecord, share: Bag): boolean {
  const filter = framework.filters.get(filterKey(agent.id, role));
  return filter !== undefined && bagHolds(filter.resources, share);
}

function filterKey(agentId: string, role: string): string {
  return `${agentId} ${role}`;
}

function makeOffer(
  state: MasterState,
  { framework, role }: Claim,
  agent: AgentRecord,
  share: Bag,
): V1Offer {
  const { clock, offerTimeoutMs = Number.POSITIVE_INFINITY } = state.options;
  const id = `${state.id}-O${state.nextOffer++}`;
  const stopTimer = clock.after(offerTimeoutMs, () => rescind(state, id));
  const offer: OfferRecord = {
    id,
    frameworkId: framework.id,
    agentId: agent.id,
    role,
    resources: share,
    stopTimer,
  };
  state.offers.set(id, offer);
  framework.offers.add(id);
  agent.offers.add(id);
  framework.served.set(role, (framework.served.get(role) ?? 0) + 1);
  charge(state, { framework, role }, share);
  agent.free = subtractBags(agent.free, share);
  return offerToWire(state, framework, agent, offer);
}

export function offerToWire(
  state: MasterState,
  framework: FrameworkRecord,
  agent: AgentRecord,
  offer: OfferRecord,
): V1Offer {
  const multi = hasCapability(framework, 'MULTI_ROLE');
  const { hostname, domain, attributes = [] } = agent.info;
  const unavailability = unavailabilityOf(state, agent);
  const executorIds = [...agent.executors.values()]
    .filter(({ frameworkId }) => frameworkId === framework.id)
    .map(({ id }) => ({ value: id }));
  return {
    id: { value: offer.id },
    framework_id: { value: offer.frameworkId },
    agent_id: { value: offer.agentId },
    hostname,
    url: agentUrl(agent),
    ...(domain ? { domain } : {}),
    resources: bagToWire(inOfferOrder(offer.resources), {
      form: hasCapability(framework, 'RESERVATION_REFINEMENT') ? 'refined' : 'old',
      ...(multi ? { allocatedTo: offer.role } : {}),
    }),
    attributes,
    ...(executorIds.length > 0 ? { executor_ids: executorIds } : {}),
    ...(unavailability ? { unavailability } : {}),
    ...(multi ? { allocation_info: { role: offer.role } } : {}),
  };
}

/** Gives resources that a role held back to their agent. */
export function giveBack(
  state: MasterState,
  from: { readonly frameworkId: string; readonly role: string; readonly agentId: string },
  amount: Bag,
): void {
  const framework = state.frameworks.get(from.frameworkId);
  charge(state, { framework, role: from.role }, amount, -1);
  const agent = state.agents.get(from.agentId);
  if (agent) agent.free = addBags(agent.free, amount);
  allocateSoon(state);
}

/** What launched before, as an agent brings it back, takes its resources again. */
export function takeAgain(
  state: MasterState,
  framework: FrameworkRecord,
  agent: AgentRecord,
  held: { readonly role: string; readonly resources: Bag },
): void {
  const taken = exclusive(held.resources);
  agent.free = subtractBags(agent.free, taken);
  charge(state, { framework, role: held.role }, taken);
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

/** Keeps what was refused from being offered again for a while. */
export function refuse(
  state: MasterState,
  framework: FrameworkRecord,
  refused: { readonly agentId: string; readonly role: string; readonly resources: Bag },
  forMs: Millis,
): void {
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
