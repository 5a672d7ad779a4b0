/**
 * A Mesos master in a process of its own, which tells of the lives of tasks and no more. It says where it
 * listens, and to each `Telling` that it is sent, how many updates were acknowledged, once all are.
 */
import type { ServerResponse } from 'node:http';
import { pathToFileURL } from 'node:url';
import { readCall, serveHttp } from '../../src/mesos/local/http-exchange.ts';
import { encodeRecord } from '../../src/mesos/recordio.ts';
import type { V1Call } from '../../src/mesos/v1.ts';
import { systemClock } from '../../src/runtime/clock.ts';

export type Said = { readonly url: string } | Told;

export interface Told {
  readonly acknowledged: number;
  /** Of each update, from when it was due to when it was acknowledged. */
  readonly waitsMs: readonly number[];
}

/** The lives of these tasks are to be told. */
export interface Telling {
  readonly taskIds: readonly string[];
  /**
   * Updates a second, whatever is acknowledged meanwhile: all tasks' first states, then all their second
   * ones. Without it the first states come at once, and of each task the next one when the one before
   * it is acknowledged, as agents do.
   */
  readonly perSecond?: number;
}

export const LIFE = ['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED'];

interface Update {
  readonly taskId: string;
  readonly step: number;
}

function uuidOf(taskId: string, step: number): string {
  return Buffer.from(taskId.slice(-15) + step).toString('base64');
}

/** An update, in the size that agents send. */
export function updateRecord(taskId: string, step: number): string {
  const status = {
    task_id: { value: taskId },
    state: LIFE[step],
    agent_id: { value: 'a1' },
    executor_id: { value: taskId },
    uuid: uuidOf(taskId, step),
    source: 'SOURCE_EXECUTOR',
    timestamp: Date.UTC(2026, 0, 1) / 1_000 + step,
    container_status: { container_id: { value: 'c1' } },
  };
  return encodeRecord(JSON.stringify({ type: 'UPDATE', update: { status } }));
}

/** Updates that are told together where they are paced, as agents of one rack are heard. */
const BURST = 16;
const clock = systemClock();

async function play(say: (said: Said) => void): Promise<void> {
  const dueAt = new Map<string, number>();
  let waitsMs: number[] = [];
  let left = 0;
  let next: (taskId: string, step: number) => void = () => undefined;
  let stream: ServerResponse | undefined;

  function subscribed(response: ServerResponse): void {
    const json = { 'content-type': 'application/json', 'mesos-stream-id': 's1' };
    response.writeHead(200, json);
    const subscribed = { framework_id: { value: 'f1' }, heartbeat_interval_seconds: 3_600 };
    response.write(encodeRecord(JSON.stringify({ type: 'SUBSCRIBED', subscribed })));
    stream = response;
  }

  function tell(updates: readonly Update[], at: number): void {
    for (const { taskId, step } of updates) dueAt.set(uuidOf(taskId, step), at);
    stream?.write(updates.map(({ taskId, step }) => updateRecord(taskId, step)).join(''));
  }

  function acknowledged(taskId: string, uuid: string): void {
    const at = dueAt.get(uuid);
    if (at === undefined) return;
    dueAt.delete(uuid);
    waitsMs.push(performance.now() - at);
    next(taskId, LIFE.findIndex((_, step) => uuidOf(taskId, step) === uuid) + 1);
    if (waitsMs.length === left) say({ acknowledged: left, waitsMs });
  }

  function tellOnReply(taskIds: readonly string[]): void {
    next = (taskId, step) => {
      if (step < LIFE.length) tell([{ taskId, step }], performance.now());
    };
    const first = taskIds.map((taskId) => ({ taskId, step: 0 }));
    tell(first, performance.now());
  }

  async function tellPaced(taskIds: readonly string[], perSecond: number): Promise<void> {
    next = () => undefined;
    const updates = LIFE.flatMap((_, step) => taskIds.map((taskId) => ({ taskId, step })));
    const start = performance.now();
    for (let told = 0; told < updates.length; told += BURST) {
      const at = start + (told * 1_000) / perSecond;
      await clock.sleep(Math.max(0, at - performance.now()));
      tell(updates.slice(told, told + BURST), at);
    }
  }

  const { url } = await serveHttp({ host: '127.0.0.1', port: 0 }, async (request, response) => {
    const call = (await readCall(request, response))?.json as V1Call | undefined;
    if (call?.type === 'SUBSCRIBE') return subscribed(response);
    response.removeHeader('connection');
    response.writeHead(202, { 'content-length': 0 }).end();
    if (call?.acknowledge) acknowledged(call.acknowledge.task_id.value, call.acknowledge.uuid);
  });
  process.on('message', ({ taskIds, perSecond }: Telling) => {
    waitsMs = [];
    left = taskIds.length * LIFE.length;
    if (perSecond === undefined) tellOnReply(taskIds);
    else void tellPaced(taskIds, perSecond);
  });
  say({ url });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await play((said) => process.send?.(said));
}
