import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { connect as connectTls } from 'node:tls';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * A client in a thread of its own that costs as little as it can: what is measured is the server. It
 * sends requests that are made beforehand, and of the answers only counts what it must.
 */
export interface LoadWork {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** Asked for one after the other instead of `path`, each once. */
  readonly paths?: readonly string[];
  readonly accept: string;
  /** A bearer token. */
  readonly token?: string;
  /** Over TLS, with a client certificate; all as PEM. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly connections: number;
  /** Requests in all; or `lines`: each connection reads one answer until it has had so many lines. */
  readonly requests?: number;
  readonly lines?: number;
}

export interface LoadDone {
  readonly seconds: number;
  readonly bytes: number;
}

const HEAD_END = '\r\n\r\n';

async function run(work: LoadWork): Promise<void> {
  const each = Array.from({ length: work.connections }, () => open(work));
  const sockets = await Promise.all(each);
  const credentials = work.token === undefined ? '' : `Authorization: Bearer ${work.token}\r\n`;
  const requestOf = (path: string) =>
    Buffer.from(
      `GET ${path} HTTP/1.1\r\nHost: ${work.host}\r\nAccept: ${work.accept}\r\n${credentials}\r\n`,
    );
  await told();
  const begin = performance.now();
  const rest = stayAwake();
  const bytes = await ask(work, sockets, requestOf);
  rest();
  for (const socket of sockets) socket.destroy();
  const seconds = (performance.now() - begin) / 1_000;
  parentPort?.postMessage({ seconds, bytes } satisfies LoadDone);
}

/** Says `open`, and waits for the word to begin: starting a thread is no part of the load. */
function told(): Promise<void> {
  return new Promise((resolve) => {
    parentPort?.once('message', () => resolve());
    parentPort?.postMessage('open');
  });
}

/**
 * Polls its sockets without ever sleeping. A server that outruns a sleeping client pays for waking it at nearly
 * every write, one that lets it sleep seldom does not: that is a matter of the client, not of the server.
 */
function stayAwake(): () => void {
  let next = setImmediate(poll);
  function poll(): void {
    next = setImmediate(poll);
  }
  return () => clearImmediate(next);
}

async function ask(
  { path, paths = [path], lines, requests: total }: LoadWork,
  sockets: readonly Socket[],
  requestOf: (path: string) => Buffer,
): Promise<number> {
  if (lines !== undefined) return readers(sockets, requestOf(path), lines);
  let bytes = 0;
  for (const one of paths) bytes += await requests(sockets, requestOf(one), total ?? 1);
  return bytes;
}

function open({ host, port, tls }: LoadWork): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const done = () => resolve(socket);
    const socket: Socket =
      tls === undefined ? connect(port, host, done) : connectTls({ ...tls, host, port }, done);
    socket.setNoDelay(true);
    socket.once('error', reject);
  });
}

/** One request after the other on each connection. */
async function requests(
  sockets: readonly Socket[],
  request: Buffer,
  total: number,
): Promise<number> {
  let left = total;
  let bytes = 0;
  await Promise.all(
    sockets.map(async (socket) => {
      while (left > 0) {
        left -= 1;
        bytes += await answer(socket, request);
      }
    }),
  );
  return bytes;
}

/** Reads one whole answer: by its content-length, or to the last chunk. */
function answer(socket: Socket, request: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    let expected: number | undefined;
    let size = 0;
    function onData(chunk: Buffer): void {
      size += chunk.length;
      try {
        expected ??= expectedSize(chunk);
      } catch (thrown) {
        reject(thrown);
      }
      if (size < (expected ?? 0) || (expected === UNKNOWN && !endsChunks(chunk))) return;
      socket.off('data', onData);
      resolve(size);
    }
    socket.on('data', onData);
    socket.write(request);
  });
}

/** The size of a chunked answer is not known before its end. */
const UNKNOWN = 0;

/** What the head, which comes in one piece, says of the size of the whole. */
function expectedSize(chunk: Buffer): number {
  const end = chunk.indexOf(HEAD_END);
  const text = chunk.subarray(0, end).toString('latin1');
  if (end < 0 || !text.startsWith('HTTP/1.1 200')) throw new Error(text.slice(0, 200));
  const length = /content-length: (\d+)/i.exec(text)?.[1];
  return length === undefined ? UNKNOWN : end + HEAD_END.length + Number(length);
}

function endsChunks(chunk: Buffer): boolean {
  return chunk.subarray(-7).toString('latin1').endsWith('\r\n0\r\n\r\n') || chunk.equals(LAST);
}

const LAST = Buffer.from('0\r\n\r\n');

/** Says `ready` when every connection has had its head, then reads until each has had its lines. */
async function readers(
  sockets: readonly Socket[],
  request: Buffer,
  lines: number,
): Promise<number> {
  let waiting = sockets.length;
  function served(): void {
    waiting -= 1;
    if (waiting === 0) parentPort?.postMessage('ready');
  }
  const sizes = await Promise.all(
    sockets.map((socket) => {
      const all = reader(socket, lines, served);
      socket.write(request);
      return all;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Resolves with what it read when it has had so many lines; `served` is called after the head. */
function reader(socket: Socket, lines: number, served: () => void): Promise<number> {
  let bytes = 0;
  let seen = 0;
  let isOpen = false;
  return new Promise((resolve) => {
    socket.once('data', () => {
      served();
      socket.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        seen += linesIn(chunk) + (isOpen && chunk[0] === NEWLINE ? 1 : 0);
        isOpen = chunk.at(-1) === BRACE;
        if (seen >= lines) resolve(bytes);
      });
    });
  });
}

/** Every event is a line that ends in `}`; nothing inside one does. */
function linesIn(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(EVENT_END); at >= 0; at = chunk.indexOf(EVENT_END, at + 2))
    count += 1;
  return count;
}

const EVENT_END = '}\n';
const BRACE = 125;
const NEWLINE = 10;

if (parentPort !== null) await run(workerData as LoadWork);
