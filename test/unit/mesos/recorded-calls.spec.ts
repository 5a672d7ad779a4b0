import { expect } from 'chai';
import type { CheckKind } from '../../../src/mesos/local/executor/checks.ts';
import type { TaskEnd } from '../../../src/mesos/local/executor/launcher.ts';
import type { ScriptedCheck } from '../../../src/mesos/local/executor/scripted.ts';
import type { V1Event } from '../../../src/mesos/v1.ts';
import {
  type RecordedCall,
  recordedCalls,
  recordedEvents,
  recordedMessages,
} from '../../support/mesos.ts';
import { withoutMeasures } from '../../support/mesos-normal.ts';
import { type Replayed, type ReplayOptions, replay } from '../../support/mesos-replay.ts';
import { mapTexts, readMessage, recordsOf } from '../../support/protobuf.ts';

const protobuf = 'application/x-protobuf';

/** By SIGKILL, of the process that runs it. */
const killed: TaskEnd = { how: 'executorLost' };

const cases: readonly ReplayOptions[] = [
  { folder: '01-subscribe' },
  {
    folder: '02-launch-kill',
    lateAck: ['unacked TASK_STARTING'],
    scripts: {
      ok: { startMs: 50, runMs: 1_000 },
      exit3: { startMs: 50, runMs: 1_000, exitCode: 3 },
      ignoreterm: { startMs: 50, endMs: Number.POSITIVE_INFINITY },
      'policy-in-task': { startMs: 50, endMs: 1_000, endCode: 0 },
      nocmd: { startMs: 50, runMs: 300, exitCode: 127 },
      noshell: { startMs: 50, runMs: 200 },
      badbinary: { startMs: 50, runMs: 100, exitCode: 1 },
      health: { startMs: 50, check: untilBad },
      unacked: { startMs: 50, runMs: 3_000 },
      m1: { startMs: 50, runMs: 1_000 },
      m2: { startMs: 50, runMs: 1_000 },
      m3: { startMs: 50, runMs: 1_000 },
    },
  },
  {
    folder: '03-launch-group',
    mergesOffers: true,
    scripts: {
      'g1-a': { startMs: 50, runMs: 4_500, check: (_, ranMs) => said(ranMs < 2_000 ? 0 : 5) },
      'g1-b': { startMs: 50, runMs: 5_000, check: () => said(0) },
      'g2-a': { startMs: 50, runMs: 2_000, exitCode: 3 },
      'g3-a': { startMs: 50, endSignal: 9 },
      'g4-c': { startMs: 50, endSignal: 9 },
    },
  },
  { folder: '04-reconcile' },
  {
    folder: '05-decline-revive-suppress',
    incidents: [{ at: 20.93, happen: (cluster) => cluster.disconnectAgent() }],
  },
  {
    folder: '06-invalid-calls',
    offerTimeoutMs: 6_000,
    scripts: {
      e1: { startMs: 50, runMs: 1_000 },
      dup: { startMs: 50, runMs: 2_000 },
      onlymem: { startMs: 50, runMs: 1_000 },
    },
  },
  {
    folder: '07-failover-teardown',
    lateAck: ['survive TASK_RUNNING'],
    incidents: [
      {
        at: 14.81,
        happen(cluster) {
          cluster.disconnectAgent();
          cluster.restartMaster();
        },
      },
      { at: 17.1, happen: (cluster) => cluster.connectAgent() },
    ],
  },
  {
    folder: '11-custom-executor-message',
    incidents: [
      { at: 1.5, happen: ({ machine }) => machine.endExecutor('echo', { how: 'exited', code: 0 }) },
    ],
  },
  {
    folder: '15-executor-killed',
    scripts: { 'g-a': { startMs: 50, endMs: Number.POSITIVE_INFINITY } },
    incidents: [
      { at: 2.95, happen: ({ machine }) => machine.endTask('cmd', killed) },
      {
        at: 6.9,
        happen({ machine }) {
          machine.endTask('g-b', killed);
          machine.endExecutor('ex', killed);
        },
      },
      { at: 10.22, happen: ({ machine }) => machine.endTask('cmd', killed) },
      { at: 12.89, happen: ({ machine }) => machine.endExecutor('ex', killed) },
    ],
  },
  {
    folder: '08-reserve-volume',
    scripts: {
      'w-refine': { startMs: 200, runMs: 2_000 },
      'all-refine': { startMs: 100, runMs: 1_000 },
      'w-old': { startMs: 200, runMs: 2_000 },
      'all-old': { startMs: 100, runMs: 1_000 },
    },
  },
  {
    folder: '09-agent-lost',
    incidents: [
      { at: 1, happen: (cluster) => cluster.suppress('01-pa-SUBSCRIBE') },
      { at: 1.6, happen: (cluster) => cluster.suppress('02-nonpa-SUBSCRIBE') },
      { at: 2.825, happen: (cluster) => cluster.killAgent() },
      { at: 12.4, happen: (cluster) => cluster.startAgent() },
      { at: 14.6, happen: (cluster) => cluster.killAgent() },
      { at: 16, happen: (cluster) => cluster.startAgent() },
      {
        at: 23.4,
        happen(cluster) {
          cluster.killAgent();
          cluster.startAgent({ wiped: true });
        },
      },
      { at: 26.6, happen: (cluster) => cluster.revive('01-pa-SUBSCRIBE') },
      { at: 27.2, happen: (cluster) => cluster.suppress('01-pa-SUBSCRIBE') },
      { at: 27.8, happen: (cluster) => cluster.revive('02-nonpa-SUBSCRIBE') },
      { at: 28.7, happen: (cluster) => cluster.unregisterAgent() },
    ],
  },
  { folder: '10-operator-api', agentAt: 0.15, allocationMs: 500 },
  { folder: '12-maintenance-inverse-offers' },
  { folder: '13-http-basic-auth', credentials: { fwuser: 's3cret' } },
  {
    folder: '14-master-restart-replicated-log',
    incidents: [
      {
        at: 1.46,
        happen(cluster) {
          cluster.restartMaster({
            keepsRegistry: true,
            startup: { silentMs: 600, recoveringMs: 60 },
          });
          cluster.disconnectAgent();
        },
      },
      { at: 5.8, happen: (cluster) => cluster.connectAgent() },
    ],
  },
];

function said(result: number): ScriptedCheck {
  return { result, tookMs: 5 };
}

/** What the checks of the recorded task `health` said: after 4 seconds there is a file `bad`. */
function untilBad(kind: CheckKind, ranMs: number): ScriptedCheck {
  const isBad = ranMs >= 4_000;
  if (kind === 'check') return { result: isBad ? 7 : 0, tookMs: 5 };
  return { result: isBad ? 1 : 0, tookMs: ranMs === 0 ? 10 : 0 };
}

/** The requests that real Mesos was sent, sent to the local master: it gives the same answers. */
describe('recorded requests to the local master', () => {
  for (const one of cases) {
    describe(one.folder, () => {
      let replayed: Replayed;
      before(async () => {
        replayed = await replay(one);
      });

      const calls = recordedCalls(one.folder);
      for (const { name, answer } of calls) {
        if (!answer) continue;
        it(`answers ${name}`, () => {
          const actual = replayed.answers.get(name);
          expect(actual?.status).to.equal(answer.status);
          if (/metrics/i.test(name)) compareGauges(actual?.body ?? '', answer.body);
          else
            expect(read(actual?.body ?? '')).to.deep.equal(read(replayed.translate(answer.body)));
          for (const header of ['content-type', 'allow', 'location', 'www-authenticate']) {
            expect(actual?.headers[header], header).to.equal(answer.headers[header]);
          }
        });
      }

      for (const call of calls.filter(({ stream }) => stream !== undefined)) {
        const compare = comparerOf(call);
        it(`streams ${call.name}`, () => compare(replayed, one, call));
      }
    });
  }
});

/** Ours are some of the recorded ones, with the recorded values. */
function compareGauges(actual: string, recorded: string): void {
  const gauges = gaugesOf(actual);
  expect(Object.keys(gauges).length).to.be.greaterThan(0);
  expect(gaugesOf(recorded)).to.include(gauges);
}

function gaugesOf(body: string): Readonly<Record<string, number>> {
  const json = JSON.parse(body);
  const { metrics } = json.get_metrics ?? {};
  const pairs: readonly { readonly name: string; readonly value: number }[] = metrics ?? [];
  const { 'master/uptime_secs': _uptime, ...rest } = metrics
    ? Object.fromEntries(pairs.map(({ name, value }) => [name, value]))
    : json;
  return rest;
}

function comparerOf({ headers, port }: RecordedCall) {
  if (port !== undefined) return compareExecutorEvents;
  return headers.accept === protobuf ? compareMessages : compareEvents;
}

/** The events of an executor's stream are the same but for the id of its container. */
function compareExecutorEvents(
  replayed: Replayed,
  { folder }: ReplayOptions,
  { name }: RecordedCall,
): void {
  const show = (text: string) =>
    JSON.parse(replayed.translate(text), (key, value) => (key === 'container_id' ? '' : value));
  const bytes = replayed.executorStreams.get(name)?.() ?? Buffer.alloc(0);
  const actual = recordsOf(bytes).map((record) => show(record.toString()));
  const recorded = recordedEvents(folder).filter(({ stream }) => stream === name);
  expect(actual).to.deep.equal(recorded.map(({ event }) => show(JSON.stringify(event))));
}

function compareEvents(
  replayed: Replayed,
  one: ReplayOptions,
  { stream = '', ended }: RecordedCall,
): void {
  const actual = replayed.streams.get(stream);
  const recorded = recordedEvents(one.folder)
    .filter((event) => event.stream === stream)
    .map(({ event }) => JSON.parse(replayed.translate(JSON.stringify(event))) as V1Event);
  expect(lines(actual?.events ?? [])).to.deep.equal(lines(recorded));
  expect(firstOffer(actual?.events ?? [])).to.deep.equal(firstOffer(recorded));
  expect(actual?.ended).to.equal(ended);
}

/** The messages of a protobuf stream have the same fields, with offer numbers put aside. */
function compareMessages(
  replayed: Replayed,
  { folder }: ReplayOptions,
  { name, ended }: RecordedCall,
): void {
  const actual = replayed.streams.get(name);
  const show = (message: Buffer) =>
    mapTexts(readMessage(message), (text) => replayed.translate(text).replace(/-O\d+$/, '-O'));
  const messages = recordsOf(actual?.bytes() ?? Buffer.alloc(0)).map(show);
  expect(messages).to.deep.equal(recordedMessages(folder, name).map(show));
  expect(replayed.answers.get(name)?.headers['content-type']).to.equal(protobuf);
  expect(actual?.ended).to.equal(ended);
}

/**
 * What must be the same: the updates of each task, in order, with a resent one counted once, and
 * the other events but offers and heartbeats.
 */
function lines(events: readonly V1Event[]): readonly string[] {
  const seen = new Set<string>();
  return events
    .flatMap((event) => {
      const status = event.update?.status;
      if (!status) return other(event);
      if (status.uuid !== undefined && seen.has(status.uuid)) return [];
      if (status.uuid !== undefined) seen.add(status.uuid);
      const { task_id, state, source, reason, message, uuid, agent_id, healthy, check_status } =
        status;
      const said = message?.replace(/-O\d+/, '-O');
      const checks = JSON.stringify({ healthy, check_status, data: status.data });
      const parts = [state, source, reason, said, agent_id?.value, uuid && 'uuid', checks];
      return [`update ${task_id.value}: ${parts.map((part) => part ?? '-').join(' | ')}`];
    })
    .map((line, index) => ({ line, task: line.split(':')[0] ?? '', index }))
    .toSorted((a, b) => (a.task === b.task ? a.index - b.index : a.task < b.task ? -1 : 1))
    .map(({ line }) => line);
}

function other(event: V1Event): readonly string[] {
  if (event.error) return [`error ${event.error.message}`];
  if (event.failure) {
    const { agent_id, executor_id, status } = event.failure;
    return [`failure ${agent_id?.value} ${executor_id?.value} ${status}`];
  }
  if (event.message) return [`message ${JSON.stringify(event.message)}`];
  const id = event.subscribed?.framework_id;
  if (id) return [`subscribed ${id.value}`];
  const { status } = event.update_operation_status ?? {};
  if (status) return [`operation ${JSON.stringify({ ...status, uuid: status.uuid && 'uuid' })}`];
  if (event.inverse_offers) {
    return (event.inverse_offers.inverse_offers ?? []).map((one) =>
      JSON.stringify(sorted({ ...one, id: '' })),
    );
  }
  return event.rescind ? ['rescind'] : operatorLines(event);
}

/** The operator API's events have names of their own. */
function operatorLines(event: V1Event): readonly string[] {
  const known = /^(SUBSCRIBED|(AGENT|FRAMEWORK|TASK)_)/.test(event.type ?? '');
  if (!known) return [];
  const text = JSON.stringify(sorted(normalised(event)));
  const [, about = ''] = /"task_id":{"value":"([^"]*)"/.exec(text) ?? [];
  return [`${event.type} ${about}: ${text}`];
}

function firstOffer(events: readonly V1Event[]): unknown {
  const offer = events.find(({ offers }) => offers)?.offers?.offers?.[0];
  return offer && { ...offer, id: '', agent_id: '' };
}

/** JSON as a value, with moments and offer numbers put aside; other text as it is. */
function read(body: string): unknown {
  return /^[[{]/.test(body) ? normalised(withoutMeasures(JSON.parse(body))) : body;
}

const chance = new Set(['uuid', 'timestamp', 'executor_pid', 'container_id']);

/**
 * A value with what chance and time gave it put aside, and lists of objects in one order. What an
 * agent that restarted has not told anew is not compared either.
 */
function normalised(json: unknown): unknown {
  return JSON.parse(JSON.stringify(json), (key, value) => {
    if (key.endsWith('_time') || chance.has(key)) return 'some';
    if (key === 'flags') return Object.keys(value).length > 0;
    if (key.startsWith('status_update_')) return undefined;
    if (Array.isArray(value)) return value.toSorted(byName);
    return typeof value === 'string' ? value.replace(/-O\d+$/, '-O') : value;
  });
}

function byName(a: unknown, b: unknown): number {
  const [left, right] = [nameOf(a), nameOf(b)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Agents, frameworks and tasks by their ids, resources by their role; other lists stay as they are. */
function nameOf(value: unknown): string {
  const { task_id, id, allocation_info, framework_info } = (value ?? {}) as {
    task_id?: { value: string };
    framework_info?: { id: { value: string } };
    id?: unknown;
    allocation_info?: { role: string };
  };
  const known = task_id ?? framework_info?.id;
  return known?.value ?? (typeof id === 'string' ? id : (allocation_info?.role ?? ''));
}

/** With the fields of every object in one order, so that texts can be compared. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, one]) => [key, sorted(one)]));
}
