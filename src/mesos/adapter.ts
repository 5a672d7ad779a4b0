/**
 * The scheduler's side of Mesos' v1 protocol, over any transport. What the production adapter does
 * and what the simulator runs is this one file.
 */
import { TitanError } from '../api/error.ts';
import type { Clock, Log } from '../runtime/port.ts';
import { ids, plainCalls } from './calls.ts';
import { withOperations } from './carve.ts';
import { toOperation } from './pieces.ts';
import type { FrameworkInfo, Launch, Master, MasterEvent, Operation } from './port.ts';
import type { Answer, EventStream, Transport } from './transport.ts';
import type { V1Call, V1Event, V1GetAgents, V1GetTasks, V1Offer, V1Operation } from './v1.ts';
import { type Watchdog, watchdog } from './watchdog.ts';
import { toAgents, toRegistration, toSubscribe } from './wire.ts';
import { toEvent, toRunning } from './wire-event.ts';
import { toLaunches } from './wire-task.ts';

export interface AdapterOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Log;
  /** How many heartbeats may stay away before the connection counts as dead. */
  readonly missedHeartbeats?: number;
}

interface Session {
  readonly streamId: string;
  readonly frameworkId: string;
  /** Offers that stand, as they came: their reservations are needed when one is used. */
  readonly offers: Map<string, V1Offer>;
}

const defaultHeartbeatMs = 15_000;

/** A master of the port, over a transport. One subscription at a time. */
export function masterOver(options: AdapterOptions): Master {
  const { transport, clock, missedHeartbeats = 4 } = options;
  let session: Session | undefined;
  let roles: readonly string[] | undefined;

  async function send(call: V1Call): Promise<void> {
    if (!session) throw unavailable('there is no subscription to the master');
    const { streamId, frameworkId } = session;
    const full = { framework_id: { value: frameworkId }, ...call };
    accepted(call, await transport.call('/api/v1/scheduler', full, streamId));
  }

  async function* subscribe(framework: FrameworkInfo, signal: AbortSignal) {
    const dog = watchdog(clock, signal);
    roles = framework.roles;
    dog.allow(defaultHeartbeatMs * missedHeartbeats);
    try {
      yield* hear(await transport.subscribe(toSubscribe(framework), dog.signal), dog);
      if (dog.bit) throw silence();
    } catch (error) {
      if (!signal.aborted) throw dog.bit ? silence(error) : error;
    } finally {
      session = undefined;
      dog.stop();
    }
  }

  async function* hear(stream: EventStream, dog: Watchdog): AsyncGenerator<MasterEvent> {
    for await (const raw of stream.events) {
      dog.fed();
      const event = toEvent(raw, defaultHeartbeatMs);
      if (event.type === 'subscribed') {
        session = begin(stream.streamId, event.frameworkId);
        dog.allow(event.heartbeatMs * missedHeartbeats);
      }
      track(session, raw);
      yield event;
    }
  }

  /** What the operator API answers to a question. */
  async function read(type: string): Promise<object> {
    const { body } = accepted({ type }, await transport.call('/api/v1', { type }));
    if (typeof body === 'object' && body !== null) return body;
    throw unavailable(`the master answered ${type} with something that is not an object`);
  }

  return {
    subscribe,
    accept(offerIds, launches, operations = []) {
      const wanted = toOperations(session, offerIds, { launches, operations });
      for (const id of offerIds) session?.offers.delete(id);
      const filters = { refuse_seconds: 0 };
      return send({
        type: 'ACCEPT',
        accept: { offer_ids: ids(offerIds), operations: wanted, filters },
      });
    },
    decline(offerIds, refuseMs) {
      for (const id of offerIds) session?.offers.delete(id);
      const filters = { refuse_seconds: refuseMs / 1000 };
      return send({ type: 'DECLINE', decline: { offer_ids: ids(offerIds), filters } });
    },
    ...plainCalls(send),
    updateFramework(framework) {
      roles = framework.roles;
      return send({
        type: 'UPDATE_FRAMEWORK',
        update_framework: toRegistration({
          ...framework,
          ...(session ? { id: session.frameworkId } : {}),
        }),
      });
    },
    agents: async () => toAgents((await read('GET_AGENTS')) as V1GetAgents, roles),
    async tasks() {
      const frameworkId = session?.frameworkId;
      return toRunning((await read('GET_TASKS')) as V1GetTasks, frameworkId);
    },
  };
}

function begin(streamId: string, frameworkId: string): Session {
  return { streamId, frameworkId, offers: new Map() };
}

function track(session: Session | undefined, event: V1Event): void {
  for (const offer of event.offers?.offers ?? []) session?.offers.set(offer.id.value, offer);
  if (event.rescind) session?.offers.delete(event.rescind.offer_id.value);
}

interface Wanted {
  readonly launches: readonly Launch[];
  readonly operations: readonly Operation[];
}

function toOperations(
  session: Session | undefined,
  offerIds: readonly string[],
  { launches, operations }: Wanted,
): V1Operation[] {
  const offers = offerIds.flatMap((id) => session?.offers.get(id) ?? []);
  const first = operations.map(toOperation);
  const offered = offers.flatMap(({ resources = [] }) => resources);
  const then = toLaunches(launches, {
    frameworkId: session?.frameworkId ?? '',
    agentId: offers[0]?.agent_id.value ?? 'unknown',
    pieces: withOperations(offered, first),
  });
  return [...first, ...then];
}

function accepted(call: V1Call, answer: Answer): Answer {
  if (answer.status >= 200 && answer.status < 300) return answer;
  const said = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  throw unavailable(`the master refused ${call.type} with ${answer.status}: ${said}`);
}

function silence(cause?: unknown): TitanError {
  return unavailable('the master sent no heartbeat in time', cause);
}

function unavailable(what: string, cause?: unknown): TitanError {
  return new TitanError('ServiceUnavailable', `Mesos: ${what}`, { cause });
}
