/**
 * A flood of reads in a process of its own: first as many as are answered one after the other on a few connections,
 * which is the capacity, then `times` as many a second, whatever becomes of them. Its parent says when, by a message.
 */
import { Agent, request } from 'node:https';
import { readKeys } from '../parts/cluster.ts';
import { pause } from '../wait.ts';

/** The parent's word, and what came of it. */
export type FloodOrder =
  | { readonly do: 'measure'; readonly seconds: number }
  | { readonly do: 'flood'; readonly seconds: number; readonly perSecond: number };

export interface FloodCount {
  readonly seconds: number;
  /** By the code of the answer; `timeout` and `error` where none came. */
  readonly answers: Readonly<Record<string, number>>;
  /** The longest that an answer took. */
  readonly longestMs: number;
}

const [kubeconfig = '', port = '', path = ''] = process.argv.slice(2);
const CONNECTIONS = 8;
/** More than a user may have under way. */
const SOCKETS_MAX = 400;
/** As impatient as clients of Kubernetes seldom are. */
const DEADLINE_MS = 10_000;
const TICK_MS = 20;

const keys = readKeys(kubeconfig);
const agent = new Agent({ ...keys, keepAlive: true, maxSockets: SOCKETS_MAX });

function ask(): Promise<string> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const asking = request({ host: '127.0.0.1', port, path, agent, signal }, (answer) => {
      answer.resume();
      answer.once('error', () => resolve('error'));
      answer.once('end', () => resolve(String(answer.statusCode)));
    });
    asking.once('error', ({ name }) => resolve(/Abort|Timeout/.test(name) ? 'timeout' : 'error'));
    asking.end();
  });
}

function createCount() {
  const answers: Record<string, number> = {};
  let longestMs = 0;
  const beganAt = performance.now();
  return {
    async one(): Promise<void> {
      const askedAt = performance.now();
      const code = await ask();
      longestMs = Math.max(longestMs, performance.now() - askedAt);
      answers[code] = (answers[code] ?? 0) + 1;
    },
    done: (): FloodCount => ({
      seconds: (performance.now() - beganAt) / 1_000,
      answers,
      longestMs,
    }),
  };
}

async function measure(seconds: number): Promise<FloodCount> {
  const count = createCount();
  const endAt = performance.now() + seconds * 1_000;
  async function play(): Promise<void> {
    while (performance.now() < endAt) await count.one();
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, play));
  return count.done();
}

async function flood(seconds: number, perSecond: number): Promise<FloodCount> {
  const count = createCount();
  const beganAt = performance.now();
  const underWay = new Set<Promise<void>>();
  for (let sent = 0; performance.now() < beganAt + seconds * 1_000; await pause(TICK_MS)) {
    const due = ((performance.now() - beganAt) * perSecond) / 1_000;
    for (; sent < due; sent += 1) {
      const asking = count.one();
      underWay.add(asking);
      void asking.then(() => underWay.delete(asking));
    }
  }
  await Promise.all(underWay);
  return count.done();
}

process.on('message', async (order: FloodOrder) => {
  const { seconds } = order;
  process.send?.(
    await (order.do === 'measure' ? measure(seconds) : flood(seconds, order.perSecond)),
  );
});
