import { expect } from 'chai';
import { launchOf } from '../../../controllers/placement/launch.ts';
import { createMailbox } from '../../../controllers/task/messages.ts';
import { createTeller } from '../../../controllers/task/teller.ts';
import { executorIdOf, heardOf, joinHeard, messageDue } from '../../../src/api/executor.ts';
import { validateJob } from '../../../src/api/job.ts';
import type { Job, Task } from '../../../src/api/kinds.gen.ts';
import { revisionOf } from '../../../src/api/revision.ts';
import { taskShape } from '../../../src/api/task-shape.ts';
import { toLaunches } from '../../../src/mesos/wire-task.ts';
import type { Client } from '../../../src/registry/port.ts';
import type { Informer } from '../../../src/runtime/informer.ts';
import { aJob, aTask } from '../../support/builders.ts';
import { aWorld, START } from '../../support/clock.ts';
import { quietLog } from '../../support/registry.ts';

type Executor = NonNullable<Job['spec']['executor']>;

const worker: Executor = {
  command: ['./worker'],
  cpus: 0.5,
  memory: 64,
  disk: 0,
  shared: false,
};

function aWorker(line: string, executor: Partial<Executor> = {}): Task {
  const task = aTask(line);
  const shape = taskShape(aJob({ executor: { ...worker, ...executor } }));
  return { ...task, spec: { ...task.spec, ...shape } };
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe('an executor of a job’s own', () => {
  const refused: readonly (readonly [spec: Partial<Job['spec']>, field: string])[] = [
    [{ executor: worker, container: { command: ['true'] } }, 'spec.container'],
    [
      {
        executor: worker,
        sidecars: [{ name: 'a', command: ['true'], cpus: 0.1, memory: 64, disk: 0 }],
      },
      'spec.sidecars',
    ],
    [{ executor: worker, volumes: [{ name: 'a', emptyDir: {} }] }, 'spec.volumes'],
    [{ executor: { ...worker, memory: 'much' } }, 'spec.executor.memory'],
    [{ executorMessage: { sequence: 1, text: 'hello' } }, 'spec.executorMessage'],
  ];
  for (const [spec, field] of refused) {
    it(`is refused with what would be ignored: ${field}`, () => {
      expect(validateJob(aJob(spec)).map((fault) => fault.field)).to.include(field);
    });
  }

  it('is placed with its task, and is the same for all tasks that share it', () => {
    const tasks = ['0#0 Staging', '1#0 Staging'].map((line) => aWorker(line, { shared: true }));
    expect(tasks[0]?.spec).to.include({ cpus: 1.5, memoryMiB: 576 });
    expect(new Set(tasks.map(executorIdOf)).size).to.equal(1);
    const home = { name: 'dc1', region: 'us-east-1' };
    const scalar = (name: string, value: number) => ({ name, type: 'SCALAR', scalar: { value } });
    const pieces = [scalar('cpus', 2.5), scalar('mem', 2_000), scalar('disk', 4_000)];
    const place = { frameworkId: 'f', agentId: 'a1', pieces };
    const [operation] = toLaunches(
      tasks.map((task) => launchOf(task, home)),
      place,
    );
    const infos = operation?.launch?.task_infos ?? [];
    expect(infos.map(({ command }) => command)).to.deep.equal([undefined, undefined]);
    expect(infos[0]?.executor).to.deep.include({ type: 'CUSTOM', name: 'web' });
    expect(infos[1]?.executor).to.deep.equal(infos[0]?.executor);
  });

  it('is one for each task unless shared, and a message makes no new version of it', () => {
    expect(executorIdOf(aWorker('0#0 Running'))).to.match(/^web-dc1-0-0\./);
    const told = aJob({ executor: worker, executorMessage: { sequence: 1, text: 'a' } });
    expect(revisionOf(told)).to.equal(revisionOf(aJob({ executor: worker })));
    expect(revisionOf(told)).not.to.equal(revisionOf(aJob()));
  });
});

describe('messages of executors', () => {
  it('are counted, and the last ten are kept; what is no text comes as base64', () => {
    const all = Array.from({ length: 12 }, (_, at) => heardOf(bytes(`m${at}`), START));
    const heard = all.reduce((sum, each) => joinHeard(sum, each));
    expect(heard.received).to.equal(12);
    expect(heard.last.map(({ text }) => text).join(' ')).to.equal(
      'm2 m3 m4 m5 m6 m7 m8 m9 m10 m11',
    );
    expect(heardOf(new Uint8Array([0xff, 0xfe]), START).last[0]?.text).to.equal('base64://4=');
    expect(heardOf(bytes('é'.repeat(5_000)), START).last[0]?.text).to.have.length(1_024);
  });

  const due: readonly (readonly [line: string, sent: number | undefined, isDue: boolean])[] = [
    ['0#0 Running', undefined, true],
    ['0#0 Running', 2, true],
    ['0#0 Running', 3, false],
    ['0#0 Running', 4, false],
    ['0#0 Starting', undefined, false],
    ['0#0 Failed', undefined, false],
  ];
  for (const [line, messageSequence, isDue] of due) {
    it(`are ${isDue ? '' : 'not '}due to a task ${line} that was sent ${messageSequence ?? 'none'}`, () => {
      const task = aWorker(line);
      const status = { ...task.status, ...(messageSequence ? { messageSequence } : {}) };
      const job = aJob({ executor: worker, executorMessage: { sequence: 3, text: 'a' } });
      expect(messageDue({ ...task, status }, job) !== undefined).to.equal(isDue);
    });
  }

  /** A store of tasks that are all on one agent. */
  function aStore(first: readonly Task[]) {
    const store = new Map(first.map((task) => [`default/${task.metadata.name}`, task]));
    const client = {
      async updateStatus(_kind: unknown, task: Task) {
        store.set(`default/${task.metadata.name}`, task);
        return task;
      },
    } as unknown as Client;
    const tasks = {
      by: () => [...store.values()],
      get: (key: string) => store.get(key),
    } as unknown as Informer<Task>;
    return { client, tasks, all: () => [...store.values()] };
  }

  it('reach an executor that tasks share once, and are noted of each', async () => {
    const lines = ['0#0 Running', '1#0 Running', '2#0 Staging'];
    const { client, tasks, all } = aStore(lines.map((line) => aWorker(line, { shared: true })));
    const sent: string[] = [];
    const framework = {
      message: async ({ data }: { data: Uint8Array }) => {
        sent.push(new TextDecoder().decode(data));
      },
    };
    const tell = createTeller({ client, framework, tasks });
    const job = aJob({ executor: worker, executorMessage: { sequence: 3, text: 'reload' } });
    const round = () => Promise.all(all().map((task) => tell(task, job)));
    await round();
    await round();
    await round();
    expect(sent).to.deep.equal(['reload']);
    const noted = all().map(({ status }) => status?.messageSequence);
    expect(noted).to.deep.equal([3, 3, undefined]);
  });

  it('are shown on the task whose executor said them, many at once in one write', async () => {
    const { clock } = aWorld();
    const { client, tasks, all } = aStore([aWorker('0#0 Running'), aWorker('1#0 Running')]);
    const mailbox = createMailbox({ client, clock, log: quietLog, tasks });
    const [first] = all();
    const executorId = first?.status?.mesosTaskId ?? '';
    for (const text of ['a', 'b', 'c']) {
      mailbox.take({ agentId: 'a1', executorId, data: bytes(text) });
    }
    mailbox.take({ agentId: 'a1', executorId: 'another', data: bytes('lost') });
    await clock.advance(1_000);
    const heard = all().map(({ status }) => status?.executorMessages);
    expect(heard[0]?.received).to.equal(3);
    expect(heard[0]?.last.map(({ text }) => text)).to.deep.equal(['a', 'b', 'c']);
    expect(heard[1]).to.equal(undefined);
  });
});
