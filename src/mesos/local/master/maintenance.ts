/** Machines that will be away: offers say so, and who holds something there is asked to leave. */
import type { Millis } from '../../../api/object.ts';
import type { V1Call, V1InverseOffer, V1Unavailability } from '../../v1.ts';
import { agentUrl } from './about.ts';
import { refusalMs } from './refusal.ts';
import type {
  AgentRecord,
  FrameworkRecord,
  InverseAnswer,
  MachineId,
  MasterState,
} from './state.ts';

export function unavailabilityOf(
  state: MasterState,
  { info }: AgentRecord,
): V1Unavailability | undefined {
  return state.maintenance.windows.find(({ machine_ids: ids = [] }) =>
    ids.some((machine) => isMachine(machine, info.hostname)),
  )?.unavailability;
}

/** Every agent is on this machine, so that the name decides. */
export function isMachine({ hostname, ip }: MachineId, name: string): boolean {
  return hostname === undefined || hostname === '' ? ip === '127.0.0.1' : hostname === name;
}

export function machineKey({ hostname = '', ip = '' }: MachineId): string {
  return `${hostname.toLowerCase()} ${ip}`;
}

export function isDown(state: MasterState, hostname: string): boolean {
  return [...state.maintenance.down.values()].some((machine) => isMachine(machine, hostname));
}

/**
 * Asks every framework that holds something on an agent of a scheduled machine, unless it is asked
 * already, or was and its answer's filter has not ended.
 */
export function makeInverseOffers(state: MasterState): void {
  for (const agent of state.agents.values()) {
    const unavailability = unavailabilityOf(state, agent);
    if (!unavailability) continue;
    const asked = new Set([...agent.inverseOffers.values()].map((one) => one.frameworkId));
    const answered = state.maintenance.answers.get(agent.id);
    for (const id of holdersOn(state, agent)) {
      const framework = state.frameworks.get(id);
      if (!framework?.stream || asked.has(id) || isFiltered(state, answered?.get(id))) continue;
      ask(state, agent, framework, unavailability);
    }
  }
}

function isFiltered({ options }: MasterState, answer: InverseAnswer | undefined): boolean {
  return answer !== undefined && options.clock.now() < answer.until;
}

function holdersOn(state: MasterState, agent: AgentRecord): ReadonlySet<string> {
  const offers = [...agent.offers].flatMap((id) => state.offers.get(id)?.frameworkId ?? []);
  return new Set([...[...agent.tasks].map(({ frameworkId }) => frameworkId), ...offers]);
}

function ask(
  state: MasterState,
  agent: AgentRecord,
  framework: FrameworkRecord,
  unavailability: V1Unavailability,
): void {
  const id = `${state.id}-O${state.nextOffer++}`;
  agent.inverseOffers.set(id, { id, frameworkId: framework.id, unavailability });
  const offer: V1InverseOffer = {
    id: { value: id },
    url: agentUrl(agent),
    framework_id: { value: framework.id },
    agent_id: { value: agent.id },
    unavailability,
  };
  framework.stream?.send({ type: 'INVERSE_OFFERS', inverse_offers: { inverse_offers: [offer] } });
}

/** Takes back what was asked of those on one agent; who is gone already is not told. */
export function rescindInverseOffers(state: MasterState, agent: AgentRecord, tell: boolean): void {
  for (const { id, frameworkId } of agent.inverseOffers.values()) {
    if (!tell) continue;
    state.frameworks.get(frameworkId)?.stream?.send({
      type: 'RESCIND_INVERSE_OFFER',
      rescind_inverse_offer: { inverse_offer_id: { value: id } },
    });
  }
  agent.inverseOffers.clear();
}

/** An answer is remembered for the operator and moves nothing; when its filter ends it is asked for anew. */
export function answerInverseOffers(
  state: MasterState,
  framework: FrameworkRecord,
  call: V1Call,
): void {
  const { inverse_offer_ids: ids = [], filters } =
    call.accept_inverse_offers ?? call.decline_inverse_offers ?? {};
  const said = {
    status: call.type === 'ACCEPT_INVERSE_OFFERS' ? 'ACCEPT' : 'DECLINE',
    forMs: refusalMs(filters),
  } as const;
  for (const { value } of ids) {
    for (const agent of state.agents.values()) {
      if (agent.inverseOffers.get(value)?.frameworkId !== framework.id) continue;
      agent.inverseOffers.delete(value);
      remember(state, agent, framework, said);
    }
  }
}

function remember(
  state: MasterState,
  agent: AgentRecord,
  framework: FrameworkRecord,
  { status, forMs }: Pick<InverseAnswer, 'status'> & { readonly forMs: Millis },
): void {
  const { clock } = state.options;
  const answers = state.maintenance.answers.get(agent.id) ?? new Map<string, InverseAnswer>();
  answers.get(framework.id)?.stopTimer();
  const stopTimer = clock.after(forMs, () => makeInverseOffers(state));
  answers.set(framework.id, { status, at: clock.now(), until: clock.now() + forMs, stopTimer });
  state.maintenance.answers.set(agent.id, answers);
}

/** REVIVE ends the filters of a framework's answers, of whatever roles it speaks; what it answered stands. */
export function endInverseFilters(state: MasterState, framework: FrameworkRecord): void {
  const until = state.options.clock.now();
  for (const answers of state.maintenance.answers.values()) {
    const answer = answers.get(framework.id);
    if (answer === undefined) continue;
    answer.stopTimer();
    answers.set(framework.id, { ...answer, until });
  }
  makeInverseOffers(state);
}

/** What was answered for an agent holds no more. */
export function forgetAnswers({ maintenance }: MasterState, agent: AgentRecord): void {
  for (const { stopTimer } of maintenance.answers.get(agent.id)?.values() ?? []) stopTimer();
  maintenance.answers.delete(agent.id);
}
