import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** What a proxy does to the bytes that go one way. */
export interface Way {
  /** Each byte comes so much later; the order stays. */
  readonly delayMs?: number;
  readonly bytesPerSecond?: number;
  /** Nothing comes through; what was sent meanwhile does when that is over, as TCP sends again. */
  readonly isHeld?: boolean;
}

export interface Weather {
  readonly toServer?: Way;
  readonly toClient?: Way;
  /** New connections are reset. */
  readonly isRefusing?: boolean;
}

export interface TcpProxy {
  readonly endpoint: string;
  /** Resets every connection that there is; new ones are taken. */
  cut(): void;
  /**
   * Leaves every connection that there is half open: the server sees it end, the client hears nothing more of
   * it. New ones are taken.
   */
  forget(): void;
  /** From now on, for all connections, until told otherwise. */
  setWeather(weather: Weather): void;
  stop(): Promise<void>;
}

interface Pair {
  readonly inner: Socket;
  readonly outer: Socket;
  readonly lanes: readonly Lane[];
}

/** Stands between clients and `endpoint`, so that a test can break and hurt their connections. */
export async function startProxy(endpoint: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(endpoint);
  const pairs = new Set<Pair>();
  const forgotten = new Set<Socket>();
  let weather: Weather = {};
  const server = createServer({ allowHalfOpen: true }, (inner) => {
    inner.on('error', () => {});
    if (weather.isRefusing === true) {
      inner.resetAndDestroy();
      return;
    }
    const outer = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    const toServer = new Lane(inner, outer, () => weather.toServer ?? {});
    const toClient = new Lane(outer, inner, () => weather.toClient ?? {});
    const pair = { inner, outer, lanes: [toServer, toClient] };
    pairs.add(pair);
    const end = () => {
      if (pairs.has(pair)) drop(pair);
    };
    for (const socket of [inner, outer]) socket.setNoDelay(true).on('error', end).on('close', end);
  });

  function drop(pair: Pair): void {
    pairs.delete(pair);
    for (const lane of pair.lanes) lane.end();
    pair.outer.destroy();
    reset(pair.inner);
  }

  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const own = typeof address === 'object' && address !== null ? address.port : 0;
  const cut = () => {
    for (const pair of [...pairs]) drop(pair);
    for (const socket of forgotten) reset(socket);
    forgotten.clear();
  };
  return {
    endpoint: `http://127.0.0.1:${own}`,
    cut,
    forget() {
      for (const pair of [...pairs]) {
        pairs.delete(pair);
        for (const lane of pair.lanes) lane.end();
        pair.outer.destroy();
        pair.inner.resume().once('close', () => forgotten.delete(pair.inner));
        forgotten.add(pair.inner);
      }
    },
    setWeather(next) {
      weather = next;
      for (const { lanes } of pairs) for (const lane of lanes) lane.look();
    },
    async stop() {
      cut();
      await once(server.close(), 'close');
    },
  };
}

/** One that is being ended cannot be reset any more: Node would keep it, and never come to its own end. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

const QUEUE_MAX_BYTES = 1024 * 1024;

/** Passes the bytes of one socket on to another, in their order, when the way lets them through. */
class Lane {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #way: () => Way;
  readonly #queue: { readonly dueMs: number; readonly chunk: Buffer }[] = [];
  #queuedBytes = 0;
  #freeAtMs = 0;
  #hasEnded = false;
  #isOver = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, way: () => Way) {
    this.#from = from;
    this.#to = to;
    this.#way = way;
    from.on('data', (chunk: Buffer) => {
      if (!this.#isOver) this.#take(chunk);
    });
    from.on('end', () => {
      this.#hasEnded = true;
      this.look();
    });
    to.on('drain', () => this.look());
  }

  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#queue.length = 0;
  }

  /** Passes on what may pass now. */
  look(): void {
    clearTimeout(this.#timer);
    if (this.#isOver || this.#way().isHeld === true) return;
    const now = performance.now();
    let head = this.#queue[0];
    while (head !== undefined && head.dueMs <= now && !this.#to.writableNeedDrain) {
      this.#to.write(head.chunk);
      this.#queuedBytes -= head.chunk.length;
      this.#queue.shift();
      head = this.#queue[0];
    }
    if (this.#queuedBytes < QUEUE_MAX_BYTES) this.#from.resume();
    const waitMs = (head?.dueMs ?? now) - now;
    if (waitMs > 0) this.#timer = setTimeout(() => this.look(), waitMs);
    else if (head === undefined && this.#hasEnded) this.#to.end();
  }

  #take(chunk: Buffer): void {
    const { delayMs = 0, bytesPerSecond } = this.#way();
    const now = performance.now();
    const spanMs = bytesPerSecond === undefined ? 0 : (chunk.length / bytesPerSecond) * 1_000;
    this.#freeAtMs = Math.max(now, this.#freeAtMs) + spanMs;
    this.#queue.push({ dueMs: Math.max(now + delayMs, this.#freeAtMs), chunk });
    this.#queuedBytes += chunk.length;
    if (this.#queuedBytes >= QUEUE_MAX_BYTES) this.#from.pause();
    this.look();
  }
}
