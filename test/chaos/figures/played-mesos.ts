import type { ServerResponse } from 'node:http';
import { type LocalServer, readCall, serveHttp } from '../../../src/mesos/local/http-exchange.ts';
import { encodeRecord } from '../../../src/mesos/recordio.ts';
import type { V1Call } from '../../../src/mesos/v1.ts';
import { agentIdOf, agentOf, type Crowd, mesosIdOf, placesOf } from './template.ts';

const HEARTBEAT_SECONDS = 15;
const RUNNING = { state: 'TASK_RUNNING', reason: 'REASON_RECONCILIATION', source: 'SOURCE_MASTER' };
/** What an agent of the crowd has; its tasks fit. */
const RESOURCES = [
  { name: 'cpus', type: 'SCALAR', scalar: { value: 256 } },
  { name: 'mem', type: 'SCALAR', scalar: { value: 65_536 } },
  { name: 'disk', type: 'SCALAR', scalar: { value: 1_000_000 } },
];

/**
 * A master that knows a crowd of tasks, of which nothing runs: it says so to whoever reconciles, shows the agents, and
 * has no offers.
 */
export async function startPlayedMesos(port: number, crowd: Crowd): Promise<LocalServer> {
  const agents = new Map<string, string>();
  for (const place of placesOf(crowd)) {
    agents.set(mesosIdOf(place), agentIdOf(agentOf(place, crowd)));
  }
  const streams = new Set<ServerResponse>();
  const schedulers = new Set<ServerResponse>();
  const heart = setInterval(() => {
    for (const stream of streams) stream.write(record({ type: 'HEARTBEAT' }));
  }, HEARTBEAT_SECONDS * 1_000);

  function open(response: ServerResponse, subscribed: object, among: (typeof streams)[]): void {
    response.writeHead(200, { 'content-type': 'application/json', 'mesos-stream-id': 'played' });
    response.write(record({ type: 'SUBSCRIBED', subscribed }));
    for (const set of among) set.add(response);
    response.once('close', () => {
      for (const set of among) set.delete(response);
    });
  }

  function tellOf(taskIds: Iterable<string>): void {
    const records = [...taskIds].map((id) => {
      const value = agents.get(id);
      const known = value === undefined ? LOST : { ...RUNNING, agent_id: { value } };
      return record({ type: 'UPDATE', update: { status: { task_id: { value: id }, ...known } } });
    });
    for (const stream of schedulers) stream.write(records.join(''));
  }

  const server = await serveHttp({ host: '127.0.0.1', port }, async (request, response) => {
    const call = (await readCall(request, response))?.json as V1Call | undefined;
    const isOperator = request.url === '/api/v1';
    if (call?.type === 'SUBSCRIBE') {
      const heartbeat_interval_seconds = HEARTBEAT_SECONDS;
      const framework_id = call.subscribe?.framework_info.id ?? { value: 'played' };
      if (isOperator) return open(response, {}, [streams]);
      return open(response, { framework_id, heartbeat_interval_seconds }, [streams, schedulers]);
    }
    if (isOperator) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(shown(call?.type, crowd)));
      return;
    }
    response.writeHead(202).end();
    const { tasks } = call?.reconcile ?? {};
    if (tasks !== undefined) {
      const asked = tasks.map(({ task_id }) => task_id.value);
      tellOf(asked.length === 0 ? agents.keys() : asked);
    }
  });
  return {
    ...server,
    async stop() {
      clearInterval(heart);
      await server.stop();
    },
  };
}

const LOST = { state: 'TASK_LOST', reason: 'REASON_RECONCILIATION', source: 'SOURCE_MASTER' };

function record(event: object): string {
  return encodeRecord(JSON.stringify(event));
}

function shown(type: string | undefined, { agents }: Crowd): object {
  if (type !== 'GET_AGENTS') return { type };
  const all = Array.from({ length: agents }, (_, agent) => ({
    agent_info: { hostname: agentIdOf(agent), port: 5_051, id: { value: agentIdOf(agent) } },
    active: true,
    total_resources: RESOURCES,
  }));
  return { type, get_agents: { agents: all } };
}
