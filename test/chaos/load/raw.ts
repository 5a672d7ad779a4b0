import { pause } from '../wait.ts';
import { type Acknowledged, createAcknowledged } from './acknowledged.ts';

/** Writers straight to etcd, one at each member: how long etcd itself takes no writes. */
export interface RawWriters {
  readonly acknowledged: Acknowledged;
  stop(): Promise<void>;
}

const SPACING_MS = 50;
/** A write that has no answer by then is given up, and the next one tried. */
const DEADLINE_MS = 400;

export function startRawWriters(endpoints: readonly string[]): RawWriters {
  const acknowledged = createAcknowledged();
  let isOver = false;

  async function play(endpoint: string): Promise<void> {
    while (!isOver) {
      const [next] = await Promise.all([put(endpoint), pause(SPACING_MS)]);
      if (next) acknowledged.note();
    }
  }

  const playing = endpoints.map(play);
  return {
    acknowledged,
    async stop() {
      isOver = true;
      await Promise.all(playing);
    },
  };
}

async function put(endpoint: string): Promise<boolean> {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const body = JSON.stringify({ key: base64(`raw/${endpoint}`), value: base64('x') });
  const signal = AbortSignal.timeout(DEADLINE_MS);
  try {
    const response = await fetch(`${endpoint}/v3/kv/put`, { method: 'POST', body, signal });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
