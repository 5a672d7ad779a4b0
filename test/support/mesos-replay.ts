/** Sends recorded requests to a local master, on a clock that goes as the recording's did. */
import { LocalAgent } from '../../src/mesos/local/agent/agent.ts';
import { serveAgent } from '../../src/mesos/local/agent/server.ts';
import {
  type Script,
  type ScriptedMachine,
  scriptedMachine,
} from '../../src/mesos/local/executor/scripted.ts';
import { createMaster, type LocalMaster } from '../../src/mesos/local/master/master.ts';
import { serveMaster } from '../../src/mesos/local/master/server.ts';
import type { MasterOptions } from '../../src/mesos/local/master/state.ts';
import { memoryVault } from '../../src/mesos/local/vault.ts';
import type { V1Event } from '../../src/mesos/v1.ts';
import { virtualClock } from '../../src/runtime/clock.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { quiet, type RecordedCall, recordedAgent, recordedCalls, recordedEvents } from './mesos.ts';
import { recordedNames } from './mesos-names.ts';
import { type ReplayAnswer, sendRecorded } from './mesos-send.ts';

export interface ReplayOptions {
  readonly folder: string;
  readonly scripts?: Readonly<Record<string, Script>>;
  readonly offerTimeoutMs?: number;
  readonly credentials?: Readonly<Record<string, string>>;
  /** Default: 250, for the recordings to be gone through faster. */
  readonly allocationMs?: number;
  /** When the agent registers, in seconds. Default: before the first call. */
  readonly agentAt?: number;
  /** What happened to the cluster at a moment of the recording, in seconds. */
  readonly incidents?: readonly { readonly at: number; happen(replay: Cluster): void }[];
  /** Updates, as `task STATE`, that are acknowledged only when they came twice. */
  readonly lateAck?: readonly string[];
  /** Whether offers that came in pieces were declined at once, to be had as one. */
  readonly mergesOffers?: boolean;
}

/** What an incident may do. */
export interface Cluster {
  /** Over what the one before kept, or over nothing. */
  restartMaster(more?: {
    readonly keepsRegistry: boolean;
    readonly startup?: MasterOptions['startup'];
  }): void;
  /** The agent's process ends; its tasks run on. */
  killAgent(): void;
  /** A new life of the agent, over what the one before kept or over nothing. */
  startAgent(more?: { readonly wiped: boolean }): void;
  unregisterAgent(): void;
  /** What the recording's frameworks did too, without that it was recorded. */
  suppress(stream: string): void;
  revive(stream: string): void;
  disconnectAgent(): void;
  connectAgent(): void;
  /** What the agent runs tasks on. */
  readonly machine: ScriptedMachine;
}

export interface ReplayStream {
  readonly events: V1Event[];
  /** What came over the wire, to the end of the recording. */
  bytes(): Buffer;
  ended: boolean;
}

export interface Replayed {
  readonly answers: ReadonlyMap<string, ReplayAnswer>;
  readonly streams: ReadonlyMap<string, ReplayStream>;
  /** What came over the wire in streams of executors, by name. */
  readonly executorStreams: ReadonlyMap<string, () => Buffer>;
  /** The recorded master's id in a text becomes ours. */
  translate(text: string): string;
}

interface LiveStream extends ReplayStream {
  readonly id: string;
  readonly name: string;
  readonly offers: Set<string>;
  frameworkId: string;
  isClosed: boolean;
  /** Settles when the answer's body is over. */
  over: Promise<void>;
  close(): void;
}

const stepMs = 100;

export async function replay(options: ReplayOptions): Promise<Replayed> {
  const calls = recordedCalls(options.folder);
  const recordedOnes = recordedEvents(options.folder);
  const names = recordedNames(recordedOnes);
  const clock = virtualClock();
  const random = seededRandom(1);
  const origin = clock.now();
  const machine = scriptedMachine({
    clock,
    random,
    script: ({ task }) => options.scripts?.[task.task_id.value] ?? { startMs: 50 },
  });
  const streams = new Map<string, LiveStream>();
  const answers = new Map<string, ReplayAnswer>();
  const executorStreams = new Map<string, () => Buffer>();
  const seen = new Map<string, number>();
  const firstId = recordedMasterId(options.folder);
  const incidents = [...(options.incidents ?? [])];
  let opening = '';
  let registry = memoryVault();
  let agentVault = memoryVault();
  let core = newMaster();
  let ours = '';
  let agent = newAgent();
  incidents.unshift({ at: options.agentAt ?? 0, happen: () => agent.connect(core) });
  ours = idOf(core);

  function newAgent(): LocalAgent {
    return new LocalAgent({
      info: recordedAgent,
      launcher: machine,
      vault: agentVault,
      clock,
      random,
      log: quiet,
      startDelayMs: 50,
      endpoint: '127.0.0.1:5051',
    });
  }

  function newMaster(startup?: MasterOptions['startup']): LocalMaster {
    const { offerTimeoutMs, credentials } = options;
    return createMaster({
      clock,
      random,
      log: quiet,
      vault: registry,
      cluster: 'test',
      ...(startup ? { startup } : {}),
      ...(credentials ? { credentials } : {}),
      allocationMs: options.allocationMs ?? 250,
      agentTimeoutMs: 3_000,
      ...(offerTimeoutMs === undefined ? {} : { offerTimeoutMs }),
    });
  }

  /** Listens in on every stream, and acknowledges what comes. */
  const listening: LocalMaster = {
    register: (hello, link) => core.register(hello, link),
    operator(call, from = {}) {
      const { openWatch } = from;
      if (!openWatch) return core.operator(call, from);
      return core.operator(call, {
        ...from,
        openWatch(id) {
          const sink = openWatch(id);
          const stream = listen(id, opening);
          return {
            send(event) {
              stream.events.push(structuredClone(event));
              sink.send(event);
            },
            end: () => sink.end(),
          };
        },
      });
    },
    get: (path) => core.get(path),
    notReady: () => core.notReady(),
    get credentials() {
      return core.credentials;
    },
    closed: (id) => core.closed(id),
    stop: () => core.stop(),
    scheduler(call, from) {
      const { open } = from;
      if (!open) return core.scheduler(call, from);
      return core.scheduler(call, {
        ...from,
        open(id) {
          const sink = open(id);
          const stream = listen(id, opening);
          return {
            send(event) {
              note(stream, event);
              sink.send(event);
            },
            end() {
              if (!stream.isClosed) stream.ended = true;
              sink.end();
            },
          };
        },
      });
    },
  };

  function listen(id: string, name: string): LiveStream {
    const stream: LiveStream = {
      id,
      name,
      events: [],
      ended: false,
      offers: new Set(),
      frameworkId: '',
      isClosed: false,
      bytes: () => Buffer.alloc(0),
      over: Promise.resolve(),
      close() {},
    };
    streams.set(name, stream);
    return stream;
  }

  function note(stream: LiveStream, event: V1Event): void {
    stream.events.push(structuredClone(event));
    names.note(event);
    if (event.subscribed) stream.frameworkId = event.subscribed.framework_id.value;
    for (const { id } of event.offers?.offers ?? []) stream.offers.add(id.value);
    if (event.rescind) stream.offers.delete(event.rescind.offer_id.value);
    const status = event.update?.status;
    if (status?.uuid === undefined) return;
    const times = (seen.get(status.uuid) ?? 0) + 1;
    seen.set(status.uuid, times);
    const isLate = options.lateAck?.includes(`${status.task_id.value} ${status.state}`) === true;
    if (isLate && times < 2) return;
    const acknowledge = {
      agent_id: status.agent_id,
      task_id: status.task_id,
      uuid: status.uuid,
    };
    const framework_id = { value: stream.frameworkId };
    clock.after(5, () => {
      core.scheduler({ type: 'ACKNOWLEDGE', framework_id, acknowledge }, { streamId: stream.id });
    });
  }

  const cluster: Cluster = {
    restartMaster({ keepsRegistry, startup } = { keepsRegistry: false }) {
      for (const stream of streams.values()) stream.isClosed = true;
      core.stop();
      if (!keepsRegistry) registry = memoryVault();
      core = newMaster(startup);
    },
    killAgent: () => agent.stop({ keepTasks: true }),
    startAgent({ wiped } = { wiped: false }) {
      if (wiped) agentVault = memoryVault();
      agent = newAgent();
      agent.connect(core);
    },
    unregisterAgent: () => agent.unregister(),
    suppress(name) {
      const stream = named(streams, name);
      tellMaster(stream, { type: 'SUPPRESS' });
      decline(stream);
    },
    revive: (name) => tellMaster(named(streams, name), { type: 'REVIVE' }),
    disconnectAgent: () => agent.disconnect(),
    connectAgent: () => agent.connect(core),
    machine,
  };

  async function goTo(atMs: number): Promise<void> {
    while (clock.now() - origin < atMs) {
      const left = Math.ceil(atMs - (clock.now() - origin));
      await clock.advance(Math.min(left, stepMs));
      while (incidents[0] && incidents[0].at * 1000 <= clock.now() - origin) {
        incidents.shift()?.happen(cluster);
      }
      closeDue();
      if (options.mergesOffers) mergeOffers();
    }
  }

  function mergeOffers(): void {
    for (const stream of streams.values()) {
      if (stream.offers.size > 1 && !stream.isClosed) decline(stream);
    }
  }

  function closeDue(): void {
    for (const { name, closedAt } of calls) {
      const stream = streams.get(name);
      if (!stream || stream.isClosed || !closedAt) continue;
      if (closedAt * 1000 <= clock.now() - origin) stream.close();
    }
  }

  /** An offer that stands in the recording must stand here: the newest one, all in one piece. */
  async function standIn(recorded: string, stream: LiveStream | undefined): Promise<string> {
    const known = names.offers.get(recorded);
    if (known !== undefined || !stream) return known ?? recorded;
    const wasRescinded = recordedOnes.some(
      ({ event, at }) =>
        event.rescind?.offer_id.value === recorded && at * 1000 <= clock.now() - origin,
    );
    if (wasRescinded) return recorded;
    for (let tries = 0; stream.offers.size !== 1 && tries < 80; tries++) {
      if (stream.offers.size > 1) decline(stream);
      await clock.advance(stepMs);
    }
    const [actual = recorded] = stream.offers;
    names.offers.set(recorded, actual);
    return actual;
  }

  function decline(stream: LiveStream): void {
    const offer_ids = [...stream.offers].map((value) => ({ value }));
    stream.offers.clear();
    const decline = { offer_ids, filters: { refuse_seconds: 0 } };
    tellMaster(stream, { type: 'DECLINE', decline });
  }

  function tellMaster(stream: LiveStream, call: object): void {
    const framework_id = { value: stream.frameworkId };
    core.scheduler({ framework_id, ...call }, { streamId: stream.id });
  }

  function translate(text: string): string {
    return [...streams.values()].reduce(
      (translated, stream) => {
        const recorded = calls.find(({ name }) => name === stream.name)?.streamId;
        return recorded === undefined ? translated : translated.replaceAll(recorded, stream.id);
      },
      text.replaceAll(firstId, ours),
    );
  }

  function streamOf(call: RecordedCall): LiveStream | undefined {
    const id = call.headers['mesos-stream-id'];
    const opened = id === undefined ? undefined : calls.find(({ streamId }) => streamId === id);
    return opened && streams.get(opened.name);
  }

  async function prepare(call: RecordedCall): Promise<string> {
    let body = call.body;
    const stream = streamOf(call);
    for (const [recorded] of new Set(body.matchAll(/[0-9a-f-]{36}-O\d+/g))) {
      const actual = await standIn(recorded, stream);
      stream?.offers.delete(actual);
      body = body.replaceAll(`"${recorded}"`, `"${actual}"`);
    }
    for (const [recorded, uuid] of names.uuids) body = body.replaceAll(recorded, uuid);
    return translate(body);
  }

  /** Ends what the recording left open, and waits until all of it was read. */
  async function readOut(): Promise<void> {
    const open = [...streams.values()].filter(({ isClosed, ended }) => !isClosed && !ended);
    for (const stream of open) stream.isClosed = true;
    core.stop();
    await Promise.all(open.map(({ over }) => over));
  }

  const server = await serveMaster({ master: () => listening, host: '127.0.0.1', port: 0 });
  const agentServer = await serveAgent({ host: '127.0.0.1', port: 0, agent: () => agent });
  try {
    for (const call of calls) {
      await goTo(call.at * 1000);
      opening = call.name;
      const wanted = call.headers['mesos-stream-id'];
      const streamId = streamOf(call)?.id ?? wanted;
      const headers = {
        ...call.headers,
        ...(streamId === undefined ? {} : { 'mesos-stream-id': streamId }),
      };
      const { port } = call.port === undefined ? server : agentServer;
      const sent = await sendRecorded(port, call, headers, await prepare(call));
      const { answer, close } = sent;
      answers.set(call.name, answer);
      if (call.stream && call.port !== undefined) executorStreams.set(call.name, sent.bytes);
      const stream = streams.get(call.name);
      if (!stream) continue;
      stream.bytes = sent.bytes;
      stream.over = sent.over;
      stream.close = () => {
        stream.isClosed = true;
        close(() => core.closed(stream.id));
      };
    }
    await goTo((calls.at(-1)?.at ?? 0) * 1000 + 1_500);
    await readOut();
  } finally {
    core.stop();
    await agentServer.stop();
    await server.stop();
  }
  return { answers, streams, executorStreams, translate };
}

function named(streams: ReadonlyMap<string, LiveStream>, name: string): LiveStream {
  const stream = streams.get(name);
  if (!stream) throw new Error(`There is no stream ${name}`);
  return stream;
}

function idOf(master: LocalMaster): string {
  const body = master.operator({ type: 'GET_MASTER' })?.body as {
    readonly get_master: { readonly master_info: { readonly id: string } };
  };
  return body.get_master.master_info.id;
}

function recordedMasterId(folder: string): string {
  const first = recordedEvents(folder).find(({ event }) => event.subscribed?.framework_id);
  return first?.event.subscribed?.framework_id.value.slice(0, 36) ?? '';
}
