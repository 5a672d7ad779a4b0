/** The agent's v1 operator API over HTTP, as far as logs, exec and statistics need it. */
import { Agent, type Dispatcher, request } from 'undici';
import { asTitanError, type Reason, TitanError } from '../../api/error.ts';
import type { Millis } from '../../api/object.ts';
import { type HttpOptions, headersFor } from '../http.ts';
import { recordDecoder } from '../recordio.ts';
import type { AgentApi, Output } from './port.ts';
import { fromContainer, type ProcessIo, toContainers, toEnd, toFiles, toOutput } from './wire.ts';

export interface AgentHttpOptions extends Omit<HttpOptions, 'masters'> {
  /** Where the agent answers, such as `http://10.0.0.7:5051`. */
  readonly url: string;
}

type Call = Readonly<Record<string, unknown>>;

const callTimeoutMs: Millis = 15_000;

export function agentApi({ url, credentials, authority }: AgentHttpOptions): AgentApi {
  const trust = authority === undefined ? {} : { connect: { ca: authority } };
  const calls = new Agent({ ...trust, headersTimeout: callTimeoutMs, bodyTimeout: callTimeoutMs });
  /** Of what lasts as long as a container does. */
  const streams = new Agent({ ...trust, headersTimeout: 0, bodyTimeout: 0 });

  async function post(call: Call, more: PostOptions): Promise<Dispatcher.ResponseData> {
    const { dispatcher, signal, streamed = false } = more;
    const response = await request(new URL('/api/v1', url), {
      method: 'POST',
      dispatcher,
      headers: {
        ...headersFor(credentials, undefined),
        ...(streamed
          ? { accept: 'application/recordio', 'message-accept': 'application/json' }
          : {}),
      },
      body: JSON.stringify(call),
      ...(signal ? { signal } : {}),
    }).catch((error) => {
      throw unreachable(url, error);
    });
    if (response.statusCode >= 200 && response.statusCode < 300) return response;
    const said = await response.body.text();
    throw refused(call, response.statusCode, said);
  }

  async function ask<T>(call: Call, dispatcher: Dispatcher = calls): Promise<T> {
    const response = await post(call, { dispatcher });
    const text = await response.body.text().catch((error) => {
      throw unreachable(url, error);
    });
    return (text === '' ? {} : JSON.parse(text)) as T;
  }

  async function* stream(call: Call, signal: AbortSignal): AsyncGenerator<Output> {
    const response = await post(call, { dispatcher: streams, signal, streamed: true });
    const decoder = recordDecoder();
    try {
      for await (const chunk of response.body) {
        for (const record of decoder.push(chunk)) {
          const output = toOutput(JSON.parse(record) as ProcessIo);
          if (output) yield output;
        }
      }
    } catch (error) {
      if (!signal.aborted) throw unreachable(url, error);
    } finally {
      response.body.destroy();
    }
  }

  return {
    async files(path) {
      return toFiles(await ask({ type: 'LIST_FILES', list_files: { path } }));
    },
    async read(path, part) {
      type Answer = { readonly read_file: { readonly size: number; readonly data?: string } };
      const call = { type: 'READ_FILE', read_file: { path, ...part } };
      const { read_file: file } = await ask<Answer>(call);
      return { size: file.size, data: Buffer.from(file.data ?? '', 'base64') };
    },
    async containers() {
      const which = { show_nested: true, show_standalone: false };
      return toContainers(await ask({ type: 'GET_CONTAINERS', get_containers: which }));
    },
    run({ container, command, user }, signal) {
      const [value] = command;
      const session = {
        container_id: fromContainer(container),
        command: { shell: false, value, arguments: command, ...(user ? { user } : {}) },
      };
      const type = 'LAUNCH_NESTED_CONTAINER_SESSION';
      return stream({ type, launch_nested_container_session: session }, signal);
    },
    attach: (container, signal) =>
      stream(
        {
          type: 'ATTACH_CONTAINER_OUTPUT',
          attach_container_output: { container_id: fromContainer(container) },
        },
        signal,
      ),
    async wait(container) {
      const waited = { container_id: fromContainer(container) };
      return toEnd(await ask({ type: 'WAIT_CONTAINER', wait_container: waited }, streams));
    },
    async kill(container, signal) {
      const killed = { container_id: fromContainer(container), signal };
      await ask({ type: 'KILL_CONTAINER', kill_container: killed });
    },
    async remove(container) {
      const removed = { container_id: fromContainer(container) };
      await ask({ type: 'REMOVE_CONTAINER', remove_container: removed });
    },
    async close() {
      await Promise.all([calls.destroy(), streams.destroy()]);
    },
  };
}

interface PostOptions {
  readonly dispatcher: Dispatcher;
  readonly signal?: AbortSignal;
  readonly streamed?: boolean;
}

const reasons: Readonly<Record<number, Reason>> = {
  400: 'Invalid',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
};

function refused({ type }: Call, status: number, said: string): TitanError {
  const why = said === '' ? `it answered ${status}` : `it answered ${status}: ${said}`;
  return new TitanError(
    reasons[status] ?? 'ServiceUnavailable',
    `The Mesos agent refused ${String(type)}: ${why}`,
  );
}

function unreachable(url: string, error: unknown): TitanError {
  if (error instanceof TitanError) return error;
  const why = asTitanError(error).message;
  const message = `The Mesos agent at ${url} can't be asked: ${why}`;
  return new TitanError('ServiceUnavailable', message, { cause: error });
}
