import { createHistory, type History, type Outcome } from '../history/operation.ts';
import { pause, until } from '../wait.ts';
import { type Acknowledged, createAcknowledged } from './acknowledged.ts';

/** Clients straight to etcd, one at each member, that write and read the same few keys in turn. */
export interface RawClients {
  /** How long etcd itself takes no writes. */
  readonly acknowledged: Acknowledged;
  /** What etcd itself told: where this is not linearizable, what is made of it need not be. */
  readonly history: History;
  stop(): Promise<void>;
}

const SPACING_MS = 50;
/** What has no answer by then is given up, and the next is tried. */
const DEADLINE_MS = 400;
const FIRST = { deed: 'create', deadlineMs: 10_000 } as const;
const KEYS = 4;

interface WriteOptions {
  readonly deed?: 'create' | 'update';
  readonly deadlineMs?: number;
}

/** Waits until etcd has taken the first values. */
export async function startRawClients(endpoints: readonly string[]): Promise<RawClients> {
  const acknowledged = createAcknowledged();
  const history = createHistory();
  let isOver = false;
  let written = 0;
  let attempts = 0;

  async function write(
    endpoint: string,
    key: string,
    { deed = 'update', deadlineMs }: WriteOptions = {},
  ): Promise<Outcome> {
    const value = `raw${written++}`;
    const end = history.begin();
    const put = { key: base64(key), value: base64(value) };
    const answer = await ask(endpoint, 'put', put, deadlineMs);
    const outcome = answer === undefined ? 'unknown' : 'done';
    if (outcome === 'done') acknowledged.note();
    end({ key, deed, value, outcome });
    return outcome;
  }

  async function read(endpoint: string, key: string): Promise<void> {
    const end = history.begin();
    const answer = await ask(endpoint, 'range', { key: base64(key) });
    const value = answer?.kvs?.[0]?.value;
    if (value === undefined) return;
    end({ key, deed: 'read', value: Buffer.from(value, 'base64').toString(), outcome: 'done' });
  }

  async function play(endpoint: string, own: number): Promise<void> {
    for (let turn = own; !isOver; turn += 1) {
      const key = keyOf(turn % KEYS);
      const operation = turn % 2 === own % 2 ? write(endpoint, key) : read(endpoint, key);
      await Promise.all([operation, pause(SPACING_MS / 2)]);
    }
  }

  /** Of keys that nobody has written, since what had no answer may have been done. */
  async function begin(): Promise<boolean> {
    attempts += 1;
    for (let number = 0; number < KEYS; number += 1) {
      const outcome = await write(endpoints[0] ?? '', keyOf(number), FIRST);
      if (outcome !== 'done') return false;
    }
    return true;
  }

  function keyOf(number: number): string {
    return `raw/${attempts}/${number}`;
  }

  await until('etcd takes the first values', begin);
  const playing = endpoints.map(play);
  return {
    acknowledged,
    history,
    async stop() {
      isOver = true;
      await Promise.all(playing);
    },
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

interface RawAnswer {
  readonly kvs?: readonly { readonly value: string }[];
}

/** @returns nothing where there was no answer, or one that says no */
async function ask(
  endpoint: string,
  call: string,
  body: object,
  deadlineMs = DEADLINE_MS,
): Promise<RawAnswer | undefined> {
  const signal = AbortSignal.timeout(deadlineMs);
  try {
    const request = { method: 'POST', body: JSON.stringify(body), signal };
    const response = await fetch(`${endpoint}/v3/kv/${call}`, request);
    const answer = (await response.json()) as RawAnswer;
    return response.ok ? answer : undefined;
  } catch {
    return undefined;
  }
}
