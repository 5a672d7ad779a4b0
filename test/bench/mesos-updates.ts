import { foldUpdate } from '../../controllers/task/fold.ts';
import type { Task } from '../../src/api/kinds.gen.ts';
import { uidOfMesosTask } from '../../src/api/task.ts';
import { recordDecoder } from '../../src/mesos/recordio.ts';
import type { V1Event } from '../../src/mesos/v1.ts';
import { toEvent } from '../../src/mesos/wire-event.ts';
import { aTask } from '../support/builders.ts';
import { LIFE, updateRecord } from '../support/played-master.ts';
import { type Bench, perCpuSecond, type Trial } from './harness.ts';

const TASKS = 20_000;
/** As much as a socket gives at once. */
const CHUNK_BYTES = 65_536;
const NEWLINE = 10;
const NOW = Date.UTC(2026, 0, 1);

function staged(index: number): Task {
  const task = aTask('0#0 Staging');
  const uid = `20000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
  const status = { ...task.status, mesosTaskId: `web.${uid}` };
  return { ...task, metadata: { ...task.metadata, uid }, status };
}

/** The life of every task, state by state, as a master sends it. */
export function updateStream(taskIds: readonly string[]): readonly Buffer[] {
  const records = LIFE.flatMap((_, step) => taskIds.map((taskId) => updateRecord(taskId, step)));
  const bytes = Buffer.from(records.join(''));
  const count = Math.ceil(bytes.length / CHUNK_BYTES);
  return Array.from({ length: count }, (_, at) =>
    bytes.subarray(at * CHUNK_BYTES, (at + 1) * CHUNK_BYTES),
  );
}

/** The least that anybody does with a stream of updates. @returns how many there were */
export function parseRecords(chunks: readonly Buffer[]): number {
  const bytes = Buffer.concat(chunks);
  let parsed = 0;
  for (let at = 0; at < bytes.length; parsed += 1) {
    const start = bytes.indexOf(NEWLINE, at) + 1;
    const end = start + Number(bytes.toString('latin1', at, start - 1));
    JSON.parse(bytes.toString('utf8', start, end));
    at = end;
  }
  return parsed;
}

async function prepare(): Promise<Trial> {
  const tasks = Array.from({ length: TASKS }, (_, index) => staged(index));
  const chunks = updateStream(tasks.map(({ status }) => status?.mesosTaskId ?? ''));

  function takeIn(): number {
    const store = new Map(tasks.map((task) => [task.metadata.uid, task]));
    const decoder = recordDecoder();
    let taken = 0;

    function take(record: string): void {
      const event = toEvent(JSON.parse(record) as V1Event, 15_000);
      if (event.type !== 'update') return;
      const uid = uidOfMesosTask(event.update.taskId) ?? '';
      const task = store.get(uid);
      const status = task && foldUpdate(task, event.update, NOW);
      if (task === undefined || status === undefined) return;
      store.set(uid, { ...task, status });
      taken += 1;
    }

    for (const chunk of chunks) for (const record of decoder.push(chunk)) take(record);
    if (taken !== TASKS * LIFE.length) throw new Error(`only ${taken} updates had an effect`);
    return taken;
  }

  return {
    ours: () => perCpuSecond(async () => takeIn()),
    bare: () => perCpuSecond(async () => parseRecords(chunks)),
    async stop() {},
  };
}

export const benches: readonly Bench[] = [
  {
    name: 'mesos-updates-memory',
    unit: 'updates/s of processor time',
    about:
      'updates decoded and folded into tasks in memory; bare: a loop over lengths and JSON.parse alone',
    prepare,
  },
];
