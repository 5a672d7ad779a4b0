/** The transport without sockets: calls go straight into a local master's core. */
import { TitanError } from '../../../api/error.ts';
import type { EventStream, Transport } from '../../transport.ts';
import type { V1Call, V1Event } from '../../v1.ts';
import { eventQueue } from './event-queue.ts';
import type { LocalMaster } from './master.ts';

/**
 * @param reach gives the master that can be reached now; `undefined` while there is none, so that a
 *   simulation can take it away and bring another
 */
export function directTransport(reach: () => LocalMaster | undefined): Transport {
  function reached(): LocalMaster {
    const master = reach();
    if (!master) throw new TitanError('ServiceUnavailable', 'The Mesos master is not there');
    return master;
  }

  return {
    async call(path, call, streamId) {
      const from = streamId === undefined ? {} : { streamId };
      const master = reached();
      const reply = path === '/api/v1' ? master.operator(call, from) : master.scheduler(call, from);
      return { status: reply?.status ?? 200, body: reply?.body ?? '' };
    },
    async subscribe(call, signal, path = '/api/v1/scheduler') {
      const master = reached();
      const ask = path === '/api/v1' ? master.operator : master.scheduler;
      return openStream({ ask, closed: master.closed }, call, signal);
    },
  };
}

interface Answering extends Pick<LocalMaster, 'closed'> {
  readonly ask: LocalMaster['scheduler'];
}

function openStream(master: Answering, call: V1Call, signal: AbortSignal): EventStream {
  const queue = eventQueue<V1Event>();
  let streamId = '';
  const reply = master.ask(call, {
    open(id) {
      streamId = id;
      return { send: queue.push, end: queue.end };
    },
  });
  if (reply) {
    throw new TitanError(
      'ServiceUnavailable',
      `The Mesos master refused SUBSCRIBE with ${reply.status}: ${String(reply.body)}`,
    );
  }
  const close = () => {
    queue.fail(
      new TitanError('ServiceUnavailable', 'The connection to the Mesos master is closed'),
    );
    master.closed(streamId);
  };
  if (signal.aborted) close();
  else signal.addEventListener('abort', close, { once: true });
  return { streamId, events: queue.events };
}
