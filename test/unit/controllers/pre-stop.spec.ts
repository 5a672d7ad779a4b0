import { expect } from 'chai';
import { planTask } from '../../../controllers/task/plan.ts';
import { runStopHooks } from '../../../controllers/task/stop-hooks.ts';
import { TitanError } from '../../../src/api/error.ts';
import { validateJob } from '../../../src/api/job.ts';
import type { Job, TASK, Task } from '../../../src/api/kinds.gen.ts';
import { toTimestamp } from '../../../src/api/object.ts';
import { PARTITION_DEFAULTS } from '../../../src/api/partition.ts';
import type { AgentApi, Session } from '../../../src/mesos/agent/port.ts';
import type { Client } from '../../../src/registry/port.ts';
import { aJob, aTask } from '../../support/builders.ts';
import { aWorld, START } from '../../support/clock.ts';
import { quietLog } from '../../support/registry.ts';

type PreStop = NonNullable<Task['spec']['preStop']>;
type Done = NonNullable<NonNullable<Task['status']>['preStop']>;

const times = { timeoutSeconds: 30, waitSeconds: 0 };
const command: PreStop = { ...times, exec: { command: ['drain'] } };
const request: PreStop = { ...times, httpGet: { port: 'PORT0', path: '/stop' } };

function aHooked(line: string, preStop: PreStop, done?: Done): Task {
  const task = aTask(line);
  const place = { ports: [31_000], containerId: 'c1' };
  const status = { ...task.status, ...place, ...(done ? { preStop: done } : {}) };
  return { ...task, spec: { ...task.spec, preStop }, status };
}

const at = (second: number) => toTimestamp(START + second * 1_000);

describe('before a task is told to stop', () => {
  const cases: readonly (readonly [
    says: string,
    line: string,
    done: Done | undefined,
    more: Partial<PreStop>,
    is: string,
  ])[] = [
    ['its hook begins', '0#0 Running ran=9 deleting', undefined, {}, 'pre-stop, writes, until 135'],
    ['it goes on', '0#0 Running deleting', { startedAt: at(80) }, {}, 'pre-stop until 115'],
    ['it has had its time', '0#0 Running deleting', { startedAt: at(65) }, {}, 'kill'],
    ['it is done', '0#0 Running deleting', { startedAt: at(90), endedAt: at(99) }, {}, 'kill'],
    [
      'it is done and the program is to go on for a while',
      '0#0 Running deleting',
      { startedAt: at(90), endedAt: at(99) },
      { waitSeconds: 20 },
      'wait until 120',
    ],
    [
      'its moment is ahead of the clock',
      '0#0 Running deleting',
      { startedAt: at(999) },
      {},
      'kill',
    ],
    ['it runs and may stay', '0#0 Running', undefined, {}, 'wait until Infinity'],
    ['it has not started', '0#0 Starting deleting', undefined, {}, 'kill'],
    ['it was told already', '0#0 Killing @100 deleting', undefined, {}, 'kill'],
  ];
  for (const [says, line, done, more, is] of cases) {
    it(`${says}: ${is}`, () => {
      const now = START + 100_000;
      const step = planTask(aHooked(line, { ...command, ...more }, done), {
        now,
        connectedSince: START,
        partition: PARTITION_DEFAULTS,
      });
      const writes = step.do === 'pre-stop' && step.status ? ', writes,' : '';
      const until = 'untilAt' in step ? ` until ${(step.untilAt - START) / 1_000}` : '';
      expect(`${step.do}${writes}${until}`).to.equal(is);
    });
  }

  it('a task that ran for too long has its hook as well', () => {
    const step = planTask(aHooked('0#0 Running ran=99', command), {
      now: START + 100_000,
      connectedSince: START,
      partition: PARTITION_DEFAULTS,
      runtimeLimitMs: 50_000,
    });
    expect(step.do).to.equal('pre-stop');
  });
});

describe('a pre-stop hook', () => {
  /** Runs the hook of a task over an agent, and gives what is stored of it. */
  async function played(preStop: PreStop, agent: Partial<AgentApi>, more: object = {}) {
    const { clock, random } = aWorld();
    const { spec, ...rest } = aHooked('0#0 Running deleting', preStop, { startedAt: at(0) });
    const task: Task = { ...rest, spec: { ...spec, ...more } };
    const events: string[] = [];
    let stored = task;
    const client = {
      get: async () => stored,
      updateStatus: async (_kind: typeof TASK, written: Task) => {
        stored = written;
        return written;
      },
    } as unknown as Client;
    const recorder = {
      normal: () => undefined,
      warning: (_task: unknown, reason: string, text: string) =>
        void events.push(`${reason}: ${text}`),
      flush: async () => undefined,
    };
    const hooks = runStopHooks({
      ...{ client, clock, random, log: quietLog, recorder },
      framework: { agents: async () => [{ agentId: 'a1', address: '10.0.0.7:5051' }] as never },
      openAgent: () => ({ close: async () => undefined, ...agent }) as AgentApi,
      readPage: async (url) => {
        if (url !== 'http://10.0.0.7:31000/stop') throw new TitanError('InternalError', url);
        return { status: 404, body: '' };
      },
    });
    hooks.run(task);
    await clock.advance(30_000);
    expect(hooks.idle).to.equal(true);
    return { done: stored.status?.preStop, events };
  }

  /** A session that prints nothing much and ends at once. */
  const runs = (told: Session[] = []) =>
    async function* (session: Session) {
      told.push(session);
      yield { from: 'stdout', data: new Uint8Array() };
    } as AgentApi['run'];

  it('runs its command beside the task', async () => {
    const told: Session[] = [];
    const { done, events } = await played(command, {
      run: runs(told),
      wait: async () => ({ how: 'exited', code: 0 }),
    });
    expect(done).to.deep.equal({ startedAt: at(0), endedAt: at(0), result: 'Succeeded' });
    expect(told.map(({ container, command }) => [container.parent, command])).to.deep.equal([
      [{ id: 'c1' }, ['drain']],
    ]);
    expect(events).to.deep.equal([]);
  });

  it('finds the container of a task in a group', async () => {
    const told: Session[] = [];
    const where = { id: 'c1', parent: { id: 'group' } };
    const agent = {
      containers: async () => [{ at: { id: 'other' } }, { at: where }],
      run: runs(told),
      wait: async () => undefined,
    };
    await played(command, agent, { sidecars: [{ name: 'a', cpus: 1, memoryMiB: 1, diskMiB: 0 }] });
    expect(told[0]?.container.parent).to.deep.equal(where);
  });

  const failures: readonly (readonly [PreStop, Partial<AgentApi>, string])[] = [
    [
      command,
      { run: runs(), wait: async () => ({ how: 'exited', code: 3 }) },
      'its command ended with exit code 3',
    ],
    [
      command,
      { run: runs(), wait: async () => ({ how: 'signaled', signal: 9 }) },
      'its command was ended by signal 9',
    ],
    [request, {}, 'http://10.0.0.7:31000/stop answered with status 404'],
  ];
  for (const [preStop, agent, message] of failures) {
    it(`fails: ${message}`, async () => {
      const { done, events } = await played(preStop, agent);
      expect(done).to.include({ result: 'Failed', message });
      expect(events).to.deep.equal([
        `PreStopFailed: What comes before its stop failed: ${message}`,
      ]);
    });
  }

  it('is ended when its time is over', async () => {
    const { done, events } = await played(command, {
      run: (_session, signal) => silent(signal),
    });
    expect(done).to.include({ endedAt: at(30), result: 'TimedOut' });
    expect(events).to.have.length(1);
  });

  const refused: readonly (readonly [container: Job['spec']['container'], field: string])[] = [
    [{ preStop: times }, 'spec.container.preStop'],
    [{ preStop: { ...command, httpGet: { port: 80, path: '/' } } }, 'spec.container.preStop'],
    [{ runtime: 'Docker', preStop: command }, 'spec.container.preStop.exec'],
    [
      { preStop: { ...times, httpGet: { port: 'web', path: '/' } } },
      'spec.container.preStop.httpGet.port',
    ],
  ];
  for (const [container, field] of refused) {
    it(`is refused where it cannot be done: ${field}`, () => {
      expect(
        validateJob(aJob(container === undefined ? {} : { container })).map((fault) => fault.field),
      ).to.deep.equal([field]);
    });
  }
});

/** Says nothing, and ends when the signal does. */
function silent(signal: AbortSignal): ReturnType<AgentApi['run']> {
  const over = { done: true, value: undefined } as const;
  const next = () =>
    new Promise<typeof over>((resolve) => {
      signal.addEventListener('abort', () => resolve(over));
    });
  return { [Symbol.asyncIterator]: () => ({ next }) };
}
