/**
 * A Mesos master in a process of its own, which tells of the lives of tasks and no more: each state once
 * the one before it is acknowledged, as agents do. It says where it listens, and to each list of task
 * ids that it is sent, how many updates were acknowledged, once all are.
 */
import type { ServerResponse } from 'node:http';
import { pathToFileURL } from 'node:url';
import { readCall, serveHttp } from '../../src/mesos/local/http-exchange.ts';
import { encodeRecord } from '../../src/mesos/recordio.ts';
import type { V1Call } from '../../src/mesos/v1.ts';

export type Said = { readonly url: string } | { readonly acknowledged: number };

export const LIFE = ['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED'];

/** An update, in the size that agents send. */
export function updateRecord(taskId: string, step: number): string {
  const status = {
    task_id: { value: taskId },
    state: LIFE[step],
    agent_id: { value: 'a1' },
    executor_id: { value: taskId },
    uuid: Buffer.from(taskId.slice(-15) + step).toString('base64'),
    source: 'SOURCE_EXECUTOR',
    timestamp: Date.UTC(2026, 0, 1) / 1_000 + step,
    container_status: { container_id: { value: 'c1' } },
  };
  return encodeRecord(JSON.stringify({ type: 'UPDATE', update: { status } }));
}

async function play(say: (said: Said) => void): Promise<void> {
  const steps = new Map<string, number>();
  let stream: ServerResponse | undefined;
  let acknowledged = 0;

  function subscribed(response: ServerResponse): void {
    const json = { 'content-type': 'application/json', 'mesos-stream-id': 's1' };
    response.writeHead(200, json);
    const subscribed = { framework_id: { value: 'f1' }, heartbeat_interval_seconds: 3_600 };
    response.write(encodeRecord(JSON.stringify({ type: 'SUBSCRIBED', subscribed })));
    stream = response;
  }

  function proceed(taskId: string): void {
    const step = (steps.get(taskId) ?? 0) + 1;
    acknowledged += 1;
    if (step < LIFE.length) {
      steps.set(taskId, step);
      stream?.write(updateRecord(taskId, step));
    } else steps.delete(taskId);
    if (steps.size === 0) say({ acknowledged });
  }

  const { url } = await serveHttp({ host: '127.0.0.1', port: 0 }, async (request, response) => {
    const call = (await readCall(request, response))?.json as V1Call | undefined;
    if (call?.type === 'SUBSCRIBE') return subscribed(response);
    response.writeHead(202, { 'content-length': 0 }).end();
    if (call?.acknowledge) proceed(call.acknowledge.task_id.value);
  });
  process.on('message', (taskIds: readonly string[]) => {
    acknowledged = 0;
    for (const taskId of taskIds) steps.set(taskId, 0);
    stream?.write(taskIds.map((taskId) => updateRecord(taskId, 0)).join(''));
  });
  say({ url });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await play((said) => process.send?.(said));
}
