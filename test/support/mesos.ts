/** Helpers for tests of Mesos: quiet logs, recorded answers, agents like the recorded one. */
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import type { Launch, MasterEvent, ResourcePiece } from '../../src/mesos/port.ts';
import type { V1AgentInfo, V1Event } from '../../src/mesos/v1.ts';
import type { Log } from '../../src/runtime/port.ts';

export const quiet: Log = { info() {}, warn() {}, error() {}, child: () => quiet };

const fixtures = new URL('../fixtures/mesos/', import.meta.url);

export function readFixture(path: string): Buffer {
  return readFileSync(new URL(path, fixtures));
}

/** A call as it was recorded, with its answer or the name of the stream that it opened. */
export interface RecordedCall {
  readonly name: string;
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** Where it went to an agent and not to the master. */
  readonly port?: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly answer?: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  readonly stream?: string;
  readonly streamId?: string;
  /** Whether the master ended the stream. */
  readonly ended?: boolean;
  /** When the recording closed the stream, in seconds; `null` where it did not. */
  readonly closedAt?: number | null;
}

export interface RecordedEvent {
  readonly at: number;
  readonly stream: string;
  readonly event: V1Event;
}

export function recordedCalls(folder: string): readonly RecordedCall[] {
  return JSON.parse(readFixture(`${folder}/calls.json`).toString());
}

export function recordedEvents(folder: string): readonly RecordedEvent[] {
  return JSON.parse(readFixture(`${folder}/events.json`).toString());
}

/** The events of a stream that was recorded as protobuf. */
export function recordedMessages(folder: string, stream: string): readonly Buffer[] {
  const lines = readFixture(`${folder}/${stream}.events.base64.txt`).toString().trim().split('\n');
  return lines.map((line) => Buffer.from(line, 'base64'));
}

/** The agent of the recordings, as a local one. */
export const recordedAgent: V1AgentInfo = {
  hostname: 'localhost',
  port: 5051,
  resources: [
    { name: 'cpus', type: 'SCALAR', scalar: { value: 4 } },
    { name: 'mem', type: 'SCALAR', scalar: { value: 2048 } },
    { name: 'disk', type: 'SCALAR', scalar: { value: 4096 } },
    { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 31000, end: 31100 }] } },
  ],
  attributes: [
    { name: 'rack', type: 'TEXT', text: { value: 'r1' } },
    { name: 'zone', type: 'TEXT', text: { value: 'z1' } },
  ],
};

export interface ByteServer {
  readonly url: string;
  /** The requests that came, head and body. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

/** A server that answers each connection's first request with given bytes, and leaves it open. */
export async function serveBytes(answers: (request: string) => Buffer): Promise<ByteServer> {
  const requests: string[] = [];
  const sockets = new Set<import('node:net').Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('data', (bytes) => {
      requests.push(bytes.toString('latin1'));
      socket.write(answers(bytes.toString('latin1')));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

export function aLaunch(taskId: string, more: Partial<Launch> = {}): Launch {
  return {
    taskId,
    name: taskId,
    cpus: 0.1,
    memoryMiB: 32,
    diskMiB: 0,
    ports: [],
    command: ['sleep', '60'],
    environment: {},
    killGraceMs: 1_000,
    labels: {},
    ...more,
  };
}

/** Waits, in real time, until something holds. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  limitMs = 8_000,
): Promise<void> {
  const started = performance.now();
  while (!(await holds())) {
    if (performance.now() - started > limitMs) throw new Error(`It never came to be: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** One line for an event, as `*.port.txt` has it. */
export function eventLines(event: MasterEvent): readonly string[] {
  switch (event.type) {
    case 'subscribed':
      return [`subscribed ${event.frameworkId} heartbeatMs=${event.heartbeatMs}`];
    case 'offers':
      return event.offers.flatMap(({ id, agentId, hostname, resources, attributes, ...rest }) => {
        const { cpus, memoryMiB, diskMiB } = resources;
        const ports = resources.ports.map(({ begin, end }) => `${begin}-${end}`).join(',');
        const named = Object.entries(attributes).map(([name, value]) => `${name}=${value}`);
        return [
          `offer ${id} of ${agentId} at ${hostname} cpus=${cpus} mem=${memoryMiB} disk=${diskMiB} ports=${ports} ${named.join(',')}`,
          ...(rest.away ? [`  away ${JSON.stringify(rest.away)}`] : []),
          ...rest.pieces.flatMap(specialPiece),
        ];
      });
    case 'update': {
      const { taskId, state, agentId, uuid, source, reason, message, at } = event.update;
      const { healthy, check } = event.update;
      const rest = [agentId, uuid, source, reason, message].map((part) => part ?? '-');
      const checks = check || healthy !== undefined ? [JSON.stringify({ healthy, check })] : [];
      return [[`update ${taskId}`, state, ...rest, String(at), ...checks].join(' | ')];
    }
    case 'rescind':
      return [`rescind ${event.offerId}`];
    case 'failure':
      return [
        ['failure', event.agentId ?? '-', event.executorId ?? [], event.status ?? []]
          .flat()
          .join(' '),
      ];
    case 'error':
      return [`error ${event.message}`];
    case 'heartbeat':
      return ['heartbeat'];
    case 'operation':
      return [`operation ${JSON.stringify(event.update)}`];
    case 'inverseOffers':
      return event.inverseOffers.map((each) => `inverse offer ${JSON.stringify(each)}`);
    case 'rescindInverse':
      return [`rescind inverse ${event.inverseOfferId}`];
    case 'message': {
      const { agentId, executorId, data } = event.message;
      return [`message ${executorId} of ${agentId}: ${Buffer.from(data).toString()}`];
    }
    case 'unknown':
      return [`unknown ${event.name}`];
  }
}

/** What of an offer is reserved or more than plain. */
function specialPiece(piece: ResourcePiece): readonly string[] {
  const { reservations, volume, revocable } = piece;
  if (reservations.length === 0 && volume === undefined && !revocable) return [];
  return [`  ${JSON.stringify(piece)}`];
}
