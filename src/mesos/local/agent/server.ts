/** An agent's HTTP API: for operators, and for executors of frameworks' own. */
import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { encodeRecord } from '../../recordio.ts';
import { type Address, type LocalServer, readCall, reply, serveHttp } from '../http-exchange.ts';
import type { LocalAgent } from './agent.ts';
import { answerExecutor } from './executor-api.ts';
import { takeInput } from './operator/attach-input.ts';
import { answerAgentCall } from './operator/calls.ts';
import { answerGet } from './operator/legacy.ts';

export interface AgentServerOptions extends Address {
  /** `undefined` while it starts. */
  agent(): LocalAgent | undefined;
}

/** A reader that lets this much pile up unread is cut off. */
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
    const agent = find();
    if (agent) return answer({ agent, request, response });
    return reply(response, { status: 503, body: 'Agent has not finished recovery' });
  });
}

interface At {
  readonly agent: LocalAgent;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function answer(at: At): Promise<void> {
  const { agent, request, response } = at;
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const path = pathname.startsWith(prefix) ? pathname.slice(prefix.length) : pathname;
  if (path === '/api/v1' && request.headers['content-type'] === 'application/recordio') {
    reply(response, await takeInput(agent, request));
    return;
  }
  const speak = speakers[path];
  if (!speak) return showPath(at, path, searchParams);
  const call = await readCall(request, response);
  return call && speak(at, call.json);
}

const speakers: Readonly<Record<string, (at: At, json: unknown) => Promise<void> | void>> = {
  '/api/v1': speakToOperator,
  '/api/v1/executor': speakToExecutor,
};

async function showPath(
  { agent, response }: At,
  path: string,
  query: URLSearchParams,
): Promise<void> {
  const found = await answerGet(agent, path, query);
  if (found?.file === undefined) {
    reply(response, found ?? { status: 404, body: '404 Not Found.' });
    return;
  }
  response.writeHead(found.status, found.headers);
  createReadStream(found.file)
    .on('error', () => response.destroy())
    .pipe(response);
}

async function speakToOperator({ agent, request, response }: At, json: unknown): Promise<void> {
  const wantsRecords = request.headers.accept === 'application/recordio';
  const replied = await answerAgentCall(agent, json, {
    open: () =>
      openStream(
        response,
        wantsRecords
          ? { 'Content-Type': 'application/recordio', 'Message-Content-Type': 'application/json' }
          : { 'Content-Type': 'application/json' },
      ),
    onGone: (gone) => void response.once('close', gone),
  });
  if (replied && !response.destroyed) reply(response, replied);
}

function speakToExecutor({ agent, request, response }: At, json: unknown): void {
  const isSubscribe = typeof json === 'object' && json !== null && 'subscribe' in json;
  if (isSubscribe && !takesJson(request.headers.accept)) {
    const body = "Expecting 'Accept' to allow 'application/json'";
    reply(response, { status: 406, body });
    return;
  }
  const replied = answerExecutor(agent, json, (closed) => {
    const stream = openStream(response, { 'Content-Type': 'application/json' });
    response.once('close', () => closed(stream));
    return stream;
  });
  if (replied) reply(response, replied);
}

function takesJson(accept = '*/*'): boolean {
  const types = accept.split(',').map((part) => part.split(';')[0]?.trim());
  return ['application/json', 'application/*', '*/*'].some((type) => types.includes(type));
}

function openStream(response: ServerResponse, headers: Readonly<Record<string, string>>) {
  response.writeHead(200, headers);
  response.flushHeaders();
  return {
    send(message: object): void {
      response.write(encodeRecord(JSON.stringify(message)));
      if (response.writableLength > unreadMaxBytes) response.destroy();
    },
    end: () => void response.end(),
  };
}
