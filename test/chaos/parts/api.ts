import { Agent, request } from 'node:https';
import { until } from '../wait.ts';

/** The API of one replica, as a client with a deadline sees it. */
export interface Api {
  /** @throws Error when no answer came: `wasSent` says whether the server may have had the request */
  ask(method: string, path: string, options?: AskOptions): Promise<Answer>;
  close(): void;
}

export interface AskOptions {
  readonly body?: unknown;
  readonly type?: string;
  readonly deadlineMs?: number;
}

export interface Answer {
  readonly code: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of every kind are looked into
  readonly body: any;
  readonly warning: string;
}

export class NoAnswer extends Error {
  readonly wasSent: boolean;

  constructor(cause: NodeJS.ErrnoException) {
    super(`no answer: ${cause.message}`, { cause });
    this.wasSent = cause.code !== 'ECONNREFUSED';
  }
}

export interface ApiOptions {
  readonly port: number;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const DEADLINE_MS = 3_000;

export function createApi({ port, ca, cert, key }: ApiOptions): Api {
  const agent = new Agent({ ca, cert, key, keepAlive: true });
  return {
    close: () => agent.destroy(),
    ask(method, path, { body, type = 'application/json', deadlineMs = DEADLINE_MS } = {}) {
      const { promise, resolve, reject } = Promise.withResolvers<Answer>();
      const signal = AbortSignal.timeout(deadlineMs);
      const content = body === undefined ? '' : JSON.stringify(body);
      // Said for every method: without it the body of a DELETE would be taken for another request.
      const headers = { 'content-type': type, 'content-length': Buffer.byteLength(content) };
      const place = { host: '127.0.0.1', port, path, method, headers, agent, signal };
      const asking = request(place, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', (error) => reject(new NoAnswer(error)));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const isJson = response.headers['content-type'] === 'application/json';
          resolve({
            code: response.statusCode ?? 0,
            body: isJson ? JSON.parse(text) : text,
            warning: String(response.headers.warning ?? ''),
          });
        });
      });
      asking.on('error', (error) => reject(new NoAnswer(error)));
      asking.end(content);
      return promise;
    },
  };
}

/** For `catch`: no answer is none, and anything else is a fault of ours. */
export function noAnswer(thrown: unknown): undefined {
  if (!(thrown instanceof NoAnswer)) throw thrown;
  return undefined;
}

/** Asks until there is an answer that says yes or no, of the store and not of a cache that may be old. */
export async function persist(api: Api, ...request: Parameters<Api['ask']>): Promise<Answer> {
  let answer: Answer | undefined;
  await until(`${request[0]} ${request[1]} is answered`, async () => {
    answer = await api.ask(...request).catch(noAnswer);
    return answer !== undefined && answer.code < 429 && answer.warning === '';
  });
  return answer as Answer;
}
