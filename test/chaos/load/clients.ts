import type { Random } from '../../../src/runtime/port.ts';
import type { History, Operation, Outcome } from '../history/operation.ts';
import { type Answer, type Api, NoAnswer, persist } from '../parts/api.ts';
import { pause } from '../wait.ts';
import { type Acknowledged, createAcknowledged } from './acknowledged.ts';

/** Clients that create, update, delete and read the same few objects, and note what they are told. */
export interface Clients {
  readonly acknowledged: Acknowledged;
  /** Answers that say neither yes nor no, or that did not come. */
  readonly unknown: number;
  /** Ends when every client has had its last answer. */
  stop(): Promise<void>;
}

export interface ClientsOptions {
  readonly apis: readonly Api[];
  readonly history: History;
  readonly random: Random;
  readonly clients: number;
  readonly keys: number;
  /** What the names of the keys begin with: a history begins with keys that nobody has written. */
  readonly prefix?: string;
  /** All clients together. */
  readonly perSecond: number;
}

/** What a client was told last of an object that is there. */
interface Known {
  readonly value: string;
  readonly version: string;
}

/** What it believes; absent: it does not know, and reads first. */
type Belief = Known | 'none' | undefined;

interface Plan {
  readonly deed: Operation['deed'];
  readonly key: string;
  readonly known: Known | undefined;
}

const FOLDER = '/api/v1/namespaces/default/configmaps';
const PREFIX = 'chaos';
/** Of 100 operations so many are reads, deletes, updates of whatever there is, and on keys of other clients. */
const SHARES = { read: 10, delete: 6, blind: 4, foreign: 20 };

export function startClients(options: ClientsOptions): Clients {
  const { apis, history, random, clients, keys, perSecond, prefix = PREFIX } = options;
  const acknowledged = createAcknowledged();
  let isOver = false;
  let unknown = 0;
  let written = 0;

  async function play(_: unknown, own: number): Promise<void> {
    const all = new Map<string, Belief>();
    const spacingMs = (1_000 * clients) / perSecond;
    let dueAt = performance.now() + random.next() * spacingMs;
    while (!isOver) {
      await pause(Math.max(0, dueAt - performance.now()));
      dueAt = Math.max(dueAt + spacingMs, performance.now());
      const key = `${prefix}-${drawKey(own)}`;
      all.set(key, await operate(plan(key, all.get(key))));
    }
  }

  /** Mostly one that others seldom use, so that most writes succeed. */
  function drawKey(own: number): number {
    const any = Math.floor(random.next() * keys);
    return random.next() * 100 < SHARES.foreign ? any : any - (any % clients) + own;
  }

  function plan(key: string, belief: Belief): Plan {
    const chance = random.next() * 100;
    if (belief === undefined || chance < SHARES.read)
      return { deed: 'read', key, known: undefined };
    if (belief === 'none') return { deed: 'create', key, known: undefined };
    if (chance < SHARES.read + SHARES.delete) return { deed: 'delete', key, known: belief };
    const isBlind = chance < SHARES.read + SHARES.delete + SHARES.blind;
    return { deed: 'update', key, known: isBlind ? undefined : belief };
  }

  /** @returns what is believed of the object afterwards */
  async function operate(planned: Plan): Promise<Belief> {
    const { deed, key, known } = planned;
    const asked = Math.floor(random.next() * apis.length);
    const api = apis[asked] as Api;
    const of = `replica-${asked} at ${new Date().toISOString()}`;
    const value = deed === 'create' || deed === 'update' ? `w${written++}` : undefined;
    const end = history.begin();
    const answer = await send(api, planned, value);
    const outcome = outcomeOf(deed, answer);
    if (outcome === 'unknown') unknown += 1;
    if (outcome === 'done' && deed !== 'read') acknowledged.note();
    const now = believed(deed, outcome, answer);
    const found = now === 'none' ? undefined : now;
    if (tells(deed, outcome)) end({ key, deed, outcome, ...inquiry(known), value, ...found, of });
    return now;
  }

  const playing = Array.from({ length: clients }, play);
  return {
    acknowledged,
    get unknown() {
      return unknown;
    },
    async stop() {
      isOver = true;
      await Promise.all(playing);
    },
  };
}

/** Whether an answer belongs into the history. */
function tells(deed: Operation['deed'], outcome: Outcome | 'refused'): outcome is Outcome {
  return outcome !== 'refused' && !(outcome === 'unknown' && deed === 'read');
}

function believed(
  deed: Operation['deed'],
  outcome: Outcome | 'refused',
  answer: Answer | undefined,
): Belief {
  if (outcome === 'absent') return 'none';
  if (outcome !== 'done') return undefined;
  return deed === 'delete' ? 'none' : knownOf(answer);
}

function inquiry(known: Known | undefined): { readonly expects?: string } {
  return known === undefined ? {} : { expects: known.value };
}

/** Reads every key from every replica, as the last part of a history. */
export async function readAll({
  apis,
  history,
  keys,
  prefix = PREFIX,
}: Omit<ClientsOptions, 'random' | 'clients' | 'perSecond'>) {
  for (const api of apis) {
    for (let number = 0; number < keys; number += 1) {
      const key = `${prefix}-${number}`;
      const end = history.begin();
      const answer = await persist(api, 'GET', `${FOLDER}/${key}`);
      if (answer.code === 404) end({ key, deed: 'read', outcome: 'absent' });
      else end({ key, deed: 'read', outcome: 'done', ...knownOf(answer) });
    }
  }
}

async function send(
  api: Api,
  { deed, key, known }: Plan,
  value?: string,
): Promise<Answer | undefined> {
  const path = deed === 'create' ? FOLDER : `${FOLDER}/${key}`;
  const version = known === undefined ? {} : { resourceVersion: known.version };
  const metadata = { name: key, namespace: 'default', ...version };
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value } };
  try {
    switch (deed) {
      case 'read':
        return await api.ask('GET', path);
      case 'create':
        return await api.ask('POST', path, { body: object });
      case 'update':
        return await api.ask('PUT', path, { body: object });
      case 'delete':
        return await api.ask('DELETE', path, {
          body: { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: version },
        });
    }
  } catch (thrown) {
    if (!(thrown instanceof NoAnswer)) throw thrown;
    return thrown.wasSent ? undefined : NOT_SENT;
  }
}

const NOT_SENT: Answer = { code: 429, body: undefined, warning: '' };

/** `refused`: it was surely not done, and nothing can be told of the object. */
function outcomeOf(deed: Operation['deed'], answer: Answer | undefined): Outcome | 'refused' {
  if (answer === undefined) return 'unknown';
  const { code, body, warning } = answer;
  // A read that the cache answers because the store is away may be old, and says so.
  if (deed === 'read' && warning !== '') return 'refused';
  if (code === 400 || code === 422) throw new Error(`${deed}: ${JSON.stringify(body)}`);
  if (code < 300) return 'done';
  if (code === 404) return 'absent';
  if (code === 409) return body?.reason === 'AlreadyExists' ? 'exists' : 'conflict';
  return code >= 500 ? 'unknown' : 'refused';
}

function knownOf(answer: Answer | undefined): Known {
  const { metadata, data } = answer?.body ?? {};
  return { value: data.value, version: metadata.resourceVersion };
}
