/** An agent's HTTP API: for operators, and for executors of frameworks' own. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { encodeRecord } from '../../recordio.ts';
import type { ExecutorStream } from '../executor/custom-executor.ts';
import { type Address, type LocalServer, readCall, reply, serveHttp } from '../http-exchange.ts';
import type { LocalAgent } from './agent.ts';
import { answerExecutor } from './executor-api.ts';
import { answerAgentCall } from './operator-api.ts';

export interface AgentServerOptions extends Address {
  /** `undefined` while it starts. */
  agent(): LocalAgent | undefined;
}

/** An executor that lets this much pile up unread is cut off, and subscribes again. */
const unreadMaxBytes = 64 * 1024 * 1024;
/** Agents answer under the name of their process too. */
const prefix = '/slave(1)';

/**
 * Serves the API of one agent.
 *
 * @throws TitanError `ServiceUnavailable` when the address can't be listened on
 */
export function serveAgent({ agent: find, ...address }: AgentServerOptions): Promise<LocalServer> {
  return serveHttp(address, async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = pathname.startsWith(prefix) ? pathname.slice(prefix.length) : pathname;
    if (path !== '/api/v1' && path !== '/api/v1/executor') {
      return reply(response, { status: 404, body: '404 Not Found.' });
    }
    const agent = find();
    if (!agent) return reply(response, { status: 503, body: 'Agent has not finished recovery' });
    const call = await readCall(request, response);
    if (!call) return undefined;
    if (path === '/api/v1') return reply(response, answerAgentCall(call.json));
    return speakToExecutor(agent, call.json, request, response);
  });
}

function speakToExecutor(
  agent: LocalAgent,
  json: unknown,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const isSubscribe = typeof json === 'object' && json !== null && 'subscribe' in json;
  if (isSubscribe && !takesJson(request.headers.accept)) {
    const body = "Expecting 'Accept' to allow 'application/json'";
    reply(response, { status: 406, body });
    return;
  }
  const replied = answerExecutor(agent, json, (closed) => {
    const stream = openStream(response);
    response.once('close', () => closed(stream));
    return stream;
  });
  if (replied) reply(response, replied);
}

function takesJson(accept = '*/*'): boolean {
  const types = accept.split(',').map((part) => part.split(';')[0]?.trim());
  return ['application/json', 'application/*', '*/*'].some((type) => types.includes(type));
}

function openStream(response: ServerResponse): ExecutorStream {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  return {
    send(event) {
      response.write(encodeRecord(JSON.stringify(event)));
      if (response.writableLength > unreadMaxBytes) response.destroy();
    },
    end: () => response.end(),
  };
}
