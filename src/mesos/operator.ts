/** The operator's side of Mesos' v1 protocol, as far as Titan uses it, over any transport. */
import { TitanError } from '../api/error.ts';
import type { Clock } from '../runtime/port.ts';
import type { Operator } from './port.ts';
import type { Transport } from './transport.ts';
import type { V1Call, V1Event } from './v1.ts';
import { watchdog } from './watchdog.ts';

export interface OperatorOptions {
  readonly transport: Transport;
  readonly clock: Clock;
}

/** Four heartbeats of 15 s: after that the connection counts as dead. */
const SILENCE_MS = 60_000;
/** What the stream says of an agent that is lost is only that its tasks are. */
const LOST_STATES: ReadonlySet<string> = new Set([
  'TASK_UNREACHABLE',
  'TASK_LOST',
  'TASK_GONE',
  'TASK_GONE_BY_OPERATOR',
]);

interface OperatorEvent extends V1Event {
  readonly task_updated?: { readonly state?: string };
}

export function operatorOver({ transport, clock }: OperatorOptions): Operator {
  async function send(call: V1Call & Readonly<Record<string, unknown>>): Promise<void> {
    const { status, body } = await transport.call('/api/v1', call);
    if (status >= 200 && status < 300) return;
    const reason = status >= 500 ? 'ServiceUnavailable' : 'BadRequest';
    throw new TitanError(reason, `Mesos: the master refused ${call.type} with ${status}: ${body}`);
  }

  async function* agentNews(outer: AbortSignal): AsyncGenerator<string> {
    const dog = watchdog(clock, outer);
    dog.allow(SILENCE_MS);
    try {
      const stream = await transport.subscribe({ type: 'SUBSCRIBE' }, dog.signal, '/api/v1');
      for await (const event of stream.events) {
        dog.fed();
        if (isNews(event)) yield event.type ?? '';
      }
    } catch (error) {
      if (!outer.aborted) throw error;
    } finally {
      dog.stop();
    }
  }

  return {
    agentNews,
    drainAgent: (agentId, graceMs) =>
      send({
        type: 'DRAIN_AGENT',
        drain_agent: {
          agent_id: { value: agentId },
          max_grace_period: { nanoseconds: graceMs * 1e6 },
        },
      }),
    reactivateAgent: (agentId) =>
      send({ type: 'REACTIVATE_AGENT', reactivate_agent: { agent_id: { value: agentId } } }),
  };
}

function isNews({ type, task_updated }: OperatorEvent): boolean {
  if (type === 'SUBSCRIBED' || type === 'AGENT_ADDED' || type === 'AGENT_REMOVED') return true;
  return type === 'TASK_UPDATED' && LOST_STATES.has(task_updated?.state ?? '');
}
