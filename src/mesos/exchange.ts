/** Calls whose answers are short: read whole, without a stream for each. */
import type { Socket } from 'node:net';
import { Agent, buildConnector, type Dispatcher } from 'undici';

/** An answer, once it is there whole. */
export interface Reply {
  readonly statusCode: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly text: string;
}

/**
 * Makes one call.
 *
 * @param sending is called when the call is about to be written to its connection
 * @returns the answer, whatever its status; rejects with the library's error where none came
 */
export function exchange(
  dispatcher: Dispatcher,
  call: Dispatcher.DispatchOptions,
  sending: () => void = () => undefined,
): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const parts: Buffer[] = [];
  let statusCode = 0;
  let headers: Reply['headers'] = {};
  dispatcher.dispatch(call, {
    onRequestStart: sending,
    onResponseStart(_, status, given) {
      statusCode = status;
      headers = given;
    },
    onResponseData(_, part) {
      parts.push(part);
    },
    onResponseEnd() {
      const text = parts.length === 0 ? '' : Buffer.concat(parts).toString();
      resolve({ statusCode, headers, text });
    },
    onResponseError: (_, error) => reject(error),
  });
  return promise;
}

/** Sends calls to a master over one connection, without waiting for the answers to those before. */
export interface Pipeline {
  post(call: Dispatcher.DispatchOptions): Promise<Reply>;
  close(): Promise<void>;
}

/**
 * A connection for many small calls that may arrive twice, as they do where it breaks before the answer:
 * what is unanswered then is sent again over the next one. Those of one turn are written together. With
 * `waitingMax` unanswered the others wait.
 */
export function pipeline(
  connection: buildConnector.BuildOptions,
  waitingMax: number,
  timeoutMs: number,
): Pipeline {
  const open = buildConnector(connection);
  let socket: Socket | undefined;
  let gathering: Socket | undefined;
  const agent = new Agent({
    connect(options, done) {
      open(options, (...[error, opened]) => {
        if (error !== null) return done(error, null);
        socket = opened;
        done(null, opened);
      });
    },
    connections: 1,
    pipelining: waitingMax,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });

  /** Holds back what is written until the turn is over. */
  function gather(): void {
    if (socket === undefined || gathering === socket) return;
    const held = socket;
    gathering = held;
    held.cork();
    process.nextTick(() => {
      gathering = undefined;
      held.uncork();
    });
  }

  return {
    post: (call) => exchange(agent, { ...call, idempotent: true, blocking: false }, gather),
    close: () => agent.destroy(),
  };
}
