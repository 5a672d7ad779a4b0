import { expect } from 'chai';
import fc from 'fast-check';
import { exitOf, memoryEndOf } from '../../../controllers/task/end.ts';
import { foldUpdate, isRevenant } from '../../../controllers/task/fold.ts';
import { planTask } from '../../../controllers/task/plan.ts';
import { foldSidecar } from '../../../controllers/task/sidecar.ts';
import type { Task } from '../../../src/api/kinds.gen.ts';
import { toTimestamp } from '../../../src/api/object.ts';
import { PARTITION_DEFAULTS } from '../../../src/api/partition.ts';
import {
  isReady,
  isTerminal,
  mesosTaskId,
  phaseOf,
  rankOf,
  sidecarOfMesosTask,
  taskName,
  uidOfMesosTask,
} from '../../../src/api/task.ts';
import type { MesosState, TaskUpdate } from '../../../src/mesos/port.ts';
import { aTask } from '../../support/builders.ts';
import { START } from '../../support/clock.ts';

function anUpdate(state: MesosState, at = START + 1, more: Partial<TaskUpdate> = {}): TaskUpdate {
  return { taskId: 'x', state, at, ...more };
}

/** The task after the updates, in their order. */
function told(task: Task, ...updates: readonly TaskUpdate[]): Task {
  let now = task;
  for (const update of updates) {
    const status = foldUpdate(now, update, START + 1_000);
    if (status !== undefined) now = { ...now, status };
  }
  return now;
}

describe('what Mesos says of a task', () => {
  const cases: readonly {
    readonly task: string;
    readonly update: TaskUpdate;
    readonly is: readonly [phase: string, fault?: string, more?: string | number];
  }[] = [
    { task: '0#0 Staging', update: anUpdate('TASK_STARTING'), is: ['Starting'] },
    { task: '0#0 Staging', update: anUpdate('TASK_RUNNING'), is: ['Running'] },
    { task: '0#0 Running', update: anUpdate('TASK_STARTING'), is: ['Running'] },
    { task: '0#0 Running', update: anUpdate('TASK_FINISHED'), is: ['Succeeded', 'None', 0] },
    {
      task: '0#0 Running',
      update: anUpdate('TASK_FAILED', START, { message: 'Command exited with status 3' }),
      is: ['Failed', 'Program', 3],
    },
    {
      task: '0#0 Running',
      update: anUpdate('TASK_FAILED', START, { message: 'Command terminated with signal Killed' }),
      is: ['Failed', 'Program', 'SIGKILL'],
    },
    {
      task: '0#0 Running',
      update: anUpdate('TASK_FAILED', START, { reason: 'REASON_EXECUTOR_TERMINATED' }),
      is: ['Failed', 'System'],
    },
    {
      task: '0#0 Running',
      update: anUpdate('TASK_FAILED', START, { reason: 'REASON_CONTAINER_LIMITATION_MEMORY' }),
      is: ['Failed', 'Program'],
    },
    { task: '0#0 Running', update: anUpdate('TASK_LOST'), is: ['Lost', 'System'] },
    { task: '0#0 Staging', update: anUpdate('TASK_DROPPED'), is: ['Lost', 'System'] },
    { task: '0#0 Staging', update: anUpdate('TASK_ERROR'), is: ['Failed', 'System'] },
    { task: '0#0 Killing deleting', update: anUpdate('TASK_KILLED'), is: ['Killed', 'None'] },
    { task: '0#0 Running', update: anUpdate('TASK_UNREACHABLE'), is: ['Unreachable'] },
    { task: '0#0 Running', update: anUpdate('TASK_UNKNOWN'), is: ['Unreachable'] },
    { task: '0#0 Unreachable', update: anUpdate('TASK_RUNNING'), is: ['Running'] },
    { task: '0#0 Unreachable ran=5', update: anUpdate('TASK_STARTING'), is: ['Unreachable'] },
    { task: '0#0 Killing deleting', update: anUpdate('TASK_RUNNING'), is: ['Killing'] },
    { task: '0#0 Lost System', update: anUpdate('TASK_RUNNING'), is: ['Lost', 'System'] },
    { task: '0#0 Pending', update: anUpdate('TASK_RUNNING'), is: ['Pending'] },
  ];

  for (const { task, update, is } of cases) {
    it(`${task}, ${update.state} ${update.reason ?? update.message ?? ''}: ${is.join(' ')}`, () => {
      const { phase, fault, exitCode, signal } = told(aTask(task), update).status ?? {};
      const seen = [phase, fault, exitCode ?? signal];
      expect(seen.slice(0, is.length)).to.deep.equal(is);
    });
  }

  it('takes what a kill after a time-out ends for lost', () => {
    const task = aTask('0#0 Staging');
    const timedOut: Task = {
      ...task,
      status: { ...task.status, killsSent: 1, reason: 'StagingTimeout' },
    };
    const ended = told(timedOut, anUpdate('TASK_KILLED'));
    expect(ended.status).to.include({ phase: 'Lost', fault: 'System', reason: 'StagingTimeout' });
  });

  it('takes what is stopped because it ran for too long for failed, by its own fault', () => {
    const running = aTask('0#0 Running ran=100');
    const world = { now: START + 1_000, connectedSince: START, partition: PARTITION_DEFAULTS };
    const step = planTask(running, { ...world, runtimeLimitMs: 101_000 });
    if (step.do !== 'kill') throw new Error(`${step.do}, not killed`);
    expect(planTask(running, { ...world, runtimeLimitMs: 101_001 }).do).to.equal('wait');
    const stopping = { ...running, status: step.status };
    const away = told(stopping, anUpdate('TASK_UNREACHABLE'), anUpdate('TASK_RUNNING', START + 2));
    const ended = told(away, anUpdate('TASK_KILLED', START + 3));
    expect(ended.status).to.include({ phase: 'Failed', fault: 'Program' });
    expect(ended.status?.reason).to.equal('RuntimeLimitExceeded');
  });

  it('kills what does not stop without grace, again and again, and says so', () => {
    const asked = { phaseSince: toTimestamp(START), killsSent: 3, phase: 'Killing' } as const;
    const task = { ...aTask('0#0 Killing deleting'), status: { ...asked, mesosTaskId: 'x' } };
    const world = { connectedSince: START, partition: PARTITION_DEFAULTS };
    const soon = planTask(task, { ...world, now: START + 100_000 });
    expect(soon).to.deep.include({ do: 'kill', graceMs: 20_000 });
    const late = planTask(task, { ...world, now: START + 200_000 });
    if (late.do !== 'kill') throw new Error(`${late.do}, not killed`);
    expect([late.graceMs, late.status.reason]).to.deep.equal([0, 'StopOverdue']);
  });

  it('is killed again soon where its agent comes back, however often it had been killed before', () => {
    const asked = { phaseSince: toTimestamp(START), killsSent: 11, phase: 'Killing' } as const;
    const task = { ...aTask('0#0 Killing deleting'), status: { ...asked, mesosTaskId: 'x' } };
    const back = told(task, anUpdate('TASK_UNREACHABLE'), anUpdate('TASK_RUNNING', START + 2));
    const world = { connectedSince: START, partition: PARTITION_DEFAULTS };
    expect(phaseOf(back)).to.equal('Killing');
    expect(planTask(back, { ...world, now: START + 11_000 }).do).to.equal('kill');
  });

  it('reads what memory a container took that was ended because of it', () => {
    const message =
      'Memory limit exceeded: Requested: 32MB Maximum Used: 33.5MB\n\nMEMORY STATISTICS:';
    const reason = 'REASON_CONTAINER_LIMITATION_MEMORY';
    const ended = told(aTask('0#0 Running'), anUpdate('TASK_FAILED', START, { reason, message }));
    expect(ended.status).to.include({ fault: 'Program', outOfMemory: true, peakMemoryMiB: 34 });
    expect(memoryEndOf('REASON_COMMAND_EXECUTOR_FAILED', message)).to.deep.equal({});
    expect(memoryEndOf(reason, 'no amount')).to.deep.equal({ outOfMemory: true });
  });

  it('takes no notice of what is older than what it knows, but for answers to questions', () => {
    const cutOff = told(aTask('0#0 Running'), anUpdate('TASK_UNREACHABLE', START + 50));
    expect(phaseOf(told(cutOff, anUpdate('TASK_RUNNING', START + 10)))).to.equal('Unreachable');
    const answer = anUpdate('TASK_RUNNING', START + 10, { reason: 'REASON_RECONCILIATION' });
    expect(phaseOf(told(cutOff, answer))).to.equal('Running');
  });

  it('sees that what was given up is alive after all', () => {
    expect(isRevenant(aTask('0#0 Lost System'), anUpdate('TASK_RUNNING'))).to.equal(true);
    expect(isRevenant(aTask('0#0 Lost System'), anUpdate('TASK_UNREACHABLE'))).to.equal(false);
    expect(isRevenant(aTask('0#0 Running'), anUpdate('TASK_RUNNING'))).to.equal(false);
  });

  it('never takes a task back, in whatever order and number updates come', () => {
    const states: readonly MesosState[] = [
      ...([
        'TASK_STAGING',
        'TASK_STARTING',
        'TASK_RUNNING',
        'TASK_KILLING',
        'TASK_FINISHED',
      ] as const),
      ...(['TASK_FAILED', 'TASK_KILLED', 'TASK_LOST', 'TASK_UNREACHABLE', 'TASK_UNKNOWN'] as const),
    ];
    const anyUpdate = fc.tuple(fc.constantFrom(...states), fc.nat(100), fc.boolean());
    fc.assert(
      fc.property(fc.array(anyUpdate, { maxLength: 20 }), (found) => {
        let task = aTask('0#0 Staging');
        let furthest = 0;
        for (const [state, at, asked] of found) {
          const reason = asked ? { reason: 'REASON_RECONCILIATION' } : {};
          const next = told(task, anUpdate(state, START + at, reason));
          if (isTerminal(task)) expect(next).to.equal(task);
          const rank = phaseOf(next) === 'Unreachable' ? furthest : rankOf(phaseOf(next));
          expect(rank).to.be.at.least(furthest);
          furthest = rank;
          task = next;
        }
      }),
    );
  });

  it('reads how a program ended', () => {
    expect(exitOf('Command exited with status 137')).to.deep.equal({ exitCode: 137 });
    expect(exitOf('Command terminated with signal Segmentation fault (core dumped)')).to.deep.equal(
      {
        signal: 'SIGSEGV',
      },
    );
    expect(exitOf('health check timed out')).to.deep.equal({});
  });
});

const partition = PARTITION_DEFAULTS;

describe('what probes and sidecars say of a task', () => {
  const checked = (exitCode: number, at: number) =>
    anUpdate('TASK_RUNNING', START + at, { check: { type: 'command', exitCode } });

  it('is kept, though the phase stays', () => {
    const running = aTask('0#0 Running');
    const ready = told(running, checked(0, 1));
    expect(ready.status).to.include({ ready: true, probeResult: 'exit code 0', phase: 'Running' });
    const not = told(ready, checked(7, 2), anUpdate('TASK_RUNNING', START + 3, { healthy: true }));
    expect(not.status).to.include({ ready: false, probeResult: 'exit code 7', healthy: true });
    expect(foldUpdate(not, checked(7, 2), START)).to.equal(undefined);
    expect(told(not, checked(0, 1)).status).to.include({ ready: false });
  });

  it('makes a task that Mesos killed for its health a failed one', () => {
    const killed = anUpdate('TASK_KILLED', START + 5, { healthy: false });
    const task = told(aTask('0#0 Running'), anUpdate('TASK_KILLING', START + 4), killed);
    expect(task.status).to.include({ phase: 'Failed', fault: 'Program', reason: 'Unhealthy' });
  });

  const sidecar = { name: 'proxy', cpus: 0.1, memoryMiB: 32, diskMiB: 0 };
  const base = aTask('0#0 Running');
  const group: Task = { ...base, spec: { ...base.spec, sidecars: [sidecar] } };
  function about(task: Task, ...updates: readonly TaskUpdate[]): Task {
    let now = task;
    for (const update of updates) {
      const status = foldSidecar(now, 'proxy', update);
      if (status !== undefined) now = { ...now, status };
    }
    return now;
  }

  it('shows sidecars, and never takes them backwards', () => {
    const up = about(group, anUpdate('TASK_RUNNING'), anUpdate('TASK_STARTING'));
    expect(up.status?.sidecars).to.deep.equal([{ name: 'proxy', phase: 'Running' }]);
    expect(up.status?.phase).to.equal('Running');
    expect(foldSidecar(up, 'proxy', anUpdate('TASK_RUNNING'))).to.equal(undefined);
    expect(foldSidecar(up, 'stranger', anUpdate('TASK_RUNNING'))).to.equal(undefined);
    const over = about(up, anUpdate('TASK_FINISHED'), anUpdate('TASK_RUNNING'));
    expect(over.status?.sidecars?.[0]?.phase).to.equal('Succeeded');
  });

  it('blames the sidecar that failed for the end of the group', () => {
    const failed = about(group, anUpdate('TASK_FAILED', START, { message: 'exited with 3' }));
    const ended = told(failed, anUpdate('TASK_KILLED'));
    expect(ended.status).to.include({
      phase: 'Failed',
      fault: 'Program',
      reason: 'SidecarFailed',
      message: 'its sidecar proxy failed: exited with 3',
    });
    expect(told(group, anUpdate('TASK_KILLED')).status).to.include({ phase: 'Killed' });
  });

  it('is ready when every readiness probe is content', () => {
    const readinessProbe = {
      ...{ initialDelaySeconds: 0, periodSeconds: 1, timeoutSeconds: 1 },
      exec: { command: ['true'] },
    };
    const both: Task = {
      ...base,
      spec: { ...base.spec, readinessProbe, sidecars: [{ ...sidecar, readinessProbe }] },
    };
    const half = told(both, checked(0, 1));
    expect([isReady(base), isReady(both), isReady(half)]).to.deep.equal([true, false, false]);
    expect(isReady(about(half, checked(0, 1)))).to.equal(true);
  });

  it('tells its own tasks and sidecars from others by their ids', () => {
    const uid = '0123abcd-0000-4000-8000-000000000001';
    expect(sidecarOfMesosTask(`web-0.${uid}.proxy`)).to.deep.equal({
      uid,
      name: 'proxy',
      taskId: `web-0.${uid}`,
    });
    expect(sidecarOfMesosTask(`web-0.${uid}`)).to.equal(undefined);
    expect(uidOfMesosTask(`web-0.${uid}.proxy`)).to.equal(undefined);
  });
});

describe('what is done about a task', () => {
  const cases: readonly {
    readonly task: string;
    readonly batch?: true;
    readonly second: number;
    readonly does: string;
  }[] = [
    { task: '0#0 Running', second: 9_999, does: 'wait' },
    { task: '0#0 Pending', second: 9_999, does: 'wait' },
    { task: '0#0 Pending deleting', second: 0, does: 'release' },
    { task: '0#0 Failed Program deleting', second: 0, does: 'release' },
    { task: '0#0 Running deleting', second: 0, does: 'kill' },
    { task: '0#0 Staging', second: 59, does: 'wait' },
    { task: '0#0 Staging', second: 60, does: 'ask' },
    { task: '0#0 Staging', second: 299, does: 'ask' },
    { task: '0#0 Staging', second: 300, does: 'kill' },
    { task: '0#0 Staging', batch: true, second: 719, does: 'ask' },
    { task: '0#0 Staging', batch: true, second: 720, does: 'kill' },
    { task: '0#0 Starting', second: 299, does: 'wait' },
    { task: '0#0 Starting', second: 300, does: 'kill' },
    { task: '0#0 Starting', batch: true, second: 719, does: 'wait' },
    { task: '0#0 Starting', batch: true, second: 720, does: 'kill' },
    { task: '0#0 Staging', second: -3_600, does: 'kill' },
    { task: '0#0 Unreachable', second: -3_600, does: 'wait' },
    { task: '0#0 Unreachable', second: 299, does: 'wait' },
    { task: '0#0 Unreachable', second: 300, does: 'let-replace' },
    { task: '0#0 Unreachable away', second: 3_599, does: 'wait' },
    { task: '0#0 Unreachable away', second: 3_600, does: 'give-up' },
    { task: '0#0 Unreachable deleting', second: 299, does: 'wait' },
    { task: '0#0 Unreachable deleting', second: 300, does: 'give-up' },
  ];

  for (const { task, batch = false, second, does } of cases) {
    it(`${task}${batch ? ' of a batch job' : ''} after ${second} s: ${does}`, () => {
      const step = planTask(aTask(task), {
        now: START + second * 1000,
        connectedSince: START,
        partition,
        ...(batch ? { runtimeLimitMs: 3_600_000 } : {}),
      });
      expect(step.do).to.equal(does);
    });
  }

  it('counts no time in which Mesos was away, and does nothing without it', () => {
    const task = aTask('0#0 Unreachable');
    const now = START + 1_000_000;
    expect(planTask(task, { now, connectedSince: undefined, partition }).do).to.equal('wait');
    expect(planTask(task, { now, connectedSince: now - 10_000, partition }).do).to.equal('wait');
  });

  it('sends a kill again although a clock an hour ahead says when it was sent first, and not all the time', () => {
    const first = planTask(aTask('0#0 Running deleting'), {
      now: START + 3_600_000,
      connectedSince: START,
      partition,
    });
    let task = aTask('0#0 Running deleting');
    if (first.do === 'kill') task = { ...task, status: first.status };
    let kills = 0;
    for (let second = 0; second < 300; second += 1) {
      const step = planTask(task, { now: START + second * 1000, connectedSince: START, partition });
      if (step.do !== 'kill') continue;
      kills += 1;
      task = { ...task, status: step.status };
    }
    expect(kills).to.be.within(2, 6);
  });

  it('sends a kill again and again, less and less often', () => {
    let task = aTask('0#0 Running deleting');
    const sentAt: number[] = [];
    for (let second = 0; second < 1_000; second += 1) {
      const step = planTask(task, { now: START + second * 1000, connectedSince: START, partition });
      if (step.do !== 'kill') continue;
      sentAt.push(second);
      task = { ...task, status: step.status };
    }
    expect(sentAt).to.deep.equal([0, 10, 30, 70, 150, 310, 610, 910]);
  });
});

describe('the names of a task', () => {
  it('come back out of its Mesos id', () => {
    const task = aTask('0#0 Running');
    expect(uidOfMesosTask(mesosTaskId(task))).to.equal(task.metadata.uid);
    expect(uidOfMesosTask('someone-elses-task')).to.equal(undefined);
  });

  it('stay within bounds, and stay apart', () => {
    expect(taskName('web', 'dc1', '0', 3)).to.equal('web-dc1-0-3');
    const long = (slot: string) => taskName('web', 'dc1', slot.padEnd(240, 'x'), 1);
    expect(long('a')).to.have.length.of.at.most(200);
    expect(long('a')).to.not.equal(long('b'));
  });
});
