import { expect } from 'chai';
import { createDoubts } from '../../../controllers/placement/doubts.ts';
import type { Binding } from '../../../controllers/placement/plan.ts';
import { createSender, type SenderOptions } from '../../../controllers/placement/sender.ts';
import { TitanError } from '../../../src/api/error.ts';
import type { Task } from '../../../src/api/kinds.gen.ts';
import { createBacklog } from '../../../src/scheduling/backlog/backlog.ts';
import { anAgent, aTask } from '../../support/builders.ts';
import { aWorld } from '../../support/clock.ts';
import { quietLog } from '../../support/registry.ts';
import { aSnapshot, aView } from '../../support/scheduling.ts';

/** A sender whose store refuses the bindings of these slots; every write that went through is kept. */
function aSender(
  refused: readonly string[],
  reason: 'Conflict' | 'ServiceUnavailable' = 'Conflict',
) {
  const written: Task[] = [];
  const tasks = ['0', '1', '2'].map((slot) => aTask(`${slot}#0 Pending`));
  const snapshot = aSnapshot([aView('a1')]);
  const backlog = createBacklog({ name: 'dc1', region: 'us-east-1' });
  for (const task of tasks) {
    backlog.putTask(task);
    const ask = { scalars: { cpus: 1_000 } };
    snapshot.bind({ key: task.metadata.uid, job: 'default/web', ask }, 'a1');
  }
  let heard: (change: { now: Task }) => void = () => undefined;
  const stored = new Map(tasks.map((task) => [task.metadata.uid, task]));
  let woken = 0;
  const doubts = createDoubts(
    {
      by: (_, uid) => [stored.get(uid)].filter((task) => task !== undefined),
      onChange(listener) {
        heard = (change) => listener({ key: '', before: undefined, ...change });
        return () => undefined;
      },
    },
    () => {
      woken += 1;
    },
  );
  const options = {
    client: {
      async updateStatus(_: unknown, task: Task) {
        const isBinding = task.status?.phase === 'Staging';
        if (isBinding && refused.includes(task.spec.slot)) throw new TitanError(reason, 'changed');
        written.push(task);
        return task;
      },
    },
    clock: aWorld().clock,
    log: quietLog,
    home: { name: 'dc1', region: 'us-east-1' },
    framework: {},
    tasks: { get: (key: string) => tasks.find(({ metadata }) => key.endsWith(metadata.name)) },
    agents: { get: () => anAgent('a1') },
    backlog,
    snapshot,
    claims: { attach: async () => undefined, undo: async () => undefined },
    doubts,
  } as unknown as SenderOptions;
  const bind = (gang?: string) => {
    const bindings = tasks.map(
      (task): Binding => ({
        task,
        agent: 'a1',
        ports: [],
        items: [],
        resourceSets: [],
        ...(gang === undefined ? {} : { gang }),
      }),
    );
    return createSender(options).bindAll({ bindings } as unknown as Parameters<
      ReturnType<typeof createSender>['bindAll']
    >[0]);
  };
  /** The store turns out to hold this. */
  const find = (task: Task) => {
    stored.set(task.metadata.uid, task);
    heard({ now: task });
    return woken;
  };
  const settle = () => createSender(options).settle();
  const lost = () =>
    written.filter(({ status }) => status?.phase === 'Lost').map(({ spec }) => spec.slot);
  return { bind, find, settle, written, lost, snapshot, tasks };
}

const slotsOf = (tasks: readonly Task[]) => tasks.map(({ spec }) => spec.slot);

describe('binding tasks to agents', () => {
  it('sends none of a gang of which one member cannot be bound, and ends those that were', async () => {
    const { bind, lost, written } = aSender(['1']);
    expect(await bind('gang/web')).to.deep.equal([]);
    expect(lost()).to.deep.equal(['0', '2']);
    expect(written.at(-1)?.status).to.include({ reason: 'GangIncomplete', fault: 'System' });
  });

  it('sends the others where tasks do not start together, and gives the room of the one back', async () => {
    const { bind, lost, snapshot, tasks } = aSender(['1']);
    expect(slotsOf(await bind())).to.deep.equal(['0', '2']);
    expect(lost()).to.deep.equal([]);
    expect(snapshot.tasks.has(tasks[1]?.metadata.uid ?? '')).to.equal(false);
  });

  it('ends at once what turns out to be bound though the store did not say so', async () => {
    const { bind, find, settle, lost, tasks } = aSender(['1'], 'ServiceUnavailable');
    expect(slotsOf(await bind())).to.deep.equal(['0', '2']);
    await settle();
    expect(lost()).to.deep.equal([]);
    const [sent, doubtful] = tasks.map(
      (task): Task => ({ ...task, status: { phase: 'Staging', mesosTaskId: task.metadata.uid } }),
    );
    expect(sent && find(sent)).to.equal(0);
    expect(doubtful && find(doubtful)).to.equal(1);
    await settle();
    await settle();
    expect(lost()).to.deep.equal(['1']);
  });

  it('sends a whole gang', async () => {
    const { bind } = aSender([]);
    expect(slotsOf(await bind('gang/web'))).to.deep.equal(['0', '1', '2']);
  });
});
