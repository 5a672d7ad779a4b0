import { TASK, type Task } from '../../src/api/kinds.gen.ts';
import { startInformers } from '../../src/compose/informers.ts';
import { readSchemas } from '../../src/compose/schemas.ts';
import { createRegistry } from '../../src/registry/registry.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Log } from '../../src/runtime/port.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Entry, Store } from '../../src/store/port.ts';

const PREFIX = '/titan/registry/titan.dev/tasks/default/';

function jobOf(index: number): string {
  return `job-${String(index % 500).padStart(4, '0')}`;
}

function nameOf(index: number): string {
  return `${jobOf(index)}-dc1-${index}-0`;
}

/** A task as it is stored in production, of about 2 KB, by its number. */
export function taskDocument(index: number) {
  const job = jobOf(index);
  const name = nameOf(index);
  const hex = index.toString(16).padStart(12, '0');
  const time = '2026-01-01T00:00:00Z';
  const object = {
    apiVersion: 'titan.dev/v1beta1',
    kind: 'Task',
    metadata: {
      name,
      namespace: 'default',
      uid: `20000000-0000-4000-8000-${hex}`,
      generation: 1,
      creationTimestamp: time,
      labels: {
        'titan.dev/job': job,
        'titan.dev/revision': '5d8f7c',
        'titan.dev/slot': `${index}`,
      },
      finalizers: ['titan.dev/task'],
      ownerReferences: [
        {
          apiVersion: 'titan.dev/v1beta1',
          kind: 'Job',
          name: job,
          uid: `10000000-0000-4000-8000-${String(index % 500).padStart(12, '0')}`,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
      managedFields: [
        {
          manager: 'titan',
          operation: 'Update',
          apiVersion: 'titan.dev/v1beta1',
          time,
          fieldsType: 'FieldsV1',
          fieldsV1: {
            'f:metadata': {
              'f:finalizers': { '.': {}, 'v:"titan.dev/task"': {} },
              'f:labels': {
                '.': {},
                'f:titan.dev/job': {},
                'f:titan.dev/revision': {},
                'f:titan.dev/slot': {},
              },
              'f:ownerReferences': { '.': {}, 'k:{"uid":"10000000"}': {} },
            },
            'f:spec': {
              'f:agent': {},
              'f:cpus': {},
              'f:jobName': {},
              'f:memoryMiB': {},
              'f:slot': {},
            },
          },
        },
      ],
    },
    spec: {
      jobName: job,
      slot: `${index}`,
      attempt: 0,
      retries: 0,
      revision: '5d8f7c',
      applicationName: 'payments',
      version: '1.06',
      cpus: 1,
      memoryMiB: 512,
      diskMiB: 1_024,
      ports: 1,
      killWaitSeconds: 30,
      image: `registry.example.com/teams/payments/${job}:1.06`,
      command: ['./bin/serve', '--config', '/etc/service/config.yaml', '--port', '$PORT0'],
      env: [
        { name: 'REGION', value: 'us-east-1' },
        { name: 'STAGE', value: 'production' },
        { name: 'INDEX', value: `${index}` },
      ],
      agent: `agent-${index % 1000}.dc1.example.com`,
    },
    status: {
      phase: 'Running',
      agentId: `5f3c2d8e-1111-4222-8333-${String(index % 1000).padStart(12, '0')}-S${index % 1000}`,
      mesosTaskId: `${name}.20000000-0000-4000-8000-${hex}`,
      startedAt: time,
      ports: [31_000 + (index % 1000)],
      phaseSince: time,
      boundAt: time,
    },
  };
  return { name, key: PREFIX + name, object, value: Buffer.from(JSON.stringify(object)) };
}

const COUNT = 200_000;
const MEGABYTE = 1024 * 1024;

/** A store of `COUNT` tasks that keeps none of them: what is measured is what reads it. */
function vastStore(): Store {
  const inner = memoryStore({ clock: systemClock() });
  const inOrder = Array.from({ length: COUNT }, (_, index) => ({ name: nameOf(index), index }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ index }) => index);
  const places = new Map(inOrder.map((index, place) => [PREFIX + nameOf(index), place]));
  return {
    ...inner,
    async range(prefix, options = {}) {
      if (prefix !== '/titan/registry/') return inner.range(prefix, options);
      const { limit = 1_000, after = '' } = options;
      const from = (places.get(after) ?? -1) + 1;
      const entries = inOrder.slice(from, from + limit).map((index): Entry => {
        const { key, value } = taskDocument(index);
        return { key, value, revision: (index + 1) * 256 };
      });
      return { entries, more: from + limit < COUNT, revision: COUNT * 256 };
    },
    revision: async () => COUNT * 256,
    watch: (prefix, _, signal) => inner.watch(prefix, { after: 0 }, signal),
  };
}

/** A registry that has them all, whose controllers follow them, and that was asked for all of them once. */
async function ours(): Promise<unknown> {
  const clock = systemClock();
  const random = systemRandom();
  const log: Log = { info() {}, warn() {}, error() {}, child: () => log };
  const crds = readSchemas();
  const store = vastStore();
  const registry = createRegistry({ store, clock, random, log, domain: 'dc1', crds });
  const { signal } = new AbortController();
  await registry.start(signal);
  const client = registry.client({ manager: 'bench' });
  const informers = await startInformers({ client, clock, random, log }, signal);
  const definition = registry.find(TASK.group, TASK.version, TASK.plural);
  if (definition === undefined) throw new Error('tasks are not served');
  const { items } = await registry.list(definition, { resourceVersion: '0' });
  for (const { bytes } of items) if (bytes.length === 0) throw new Error('nothing to serve');
  if (informers.tasks.size !== COUNT) throw new Error('tasks are missing');
  return [registry, informers];
}

async function bare(): Promise<unknown> {
  const decoder = new TextDecoder();
  return Array.from(
    { length: COUNT },
    (_, index) => JSON.parse(decoder.decode(taskDocument(index).value)) as Task,
  );
}

/** As a program it says what memory `ours` or `bare` holds. */
if (import.meta.main) {
  const kept = await (process.argv[2] === 'ours' ? ours() : bare());
  for (let times = 0; times < 3; times += 1) {
    globalThis.gc?.();
    await systemClock().sleep(100);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  const figures = { rss: rss / MEGABYTE, heap: (heapUsed + external) / MEGABYTE };
  process.stdout.write(JSON.stringify(kept === undefined ? {} : figures));
  process.exit(0);
}
