import { expect } from 'chai';
import { createSender } from '../../../controllers/placement/sender.ts';
import type { Task } from '../../../src/api/kinds.gen.ts';
import { keyOf, keyText } from '../../../src/api/object.ts';
import { virtualClock } from '../../../src/runtime/clock.ts';
import { aTask } from '../../support/builders.ts';
import { quietLog } from '../../support/registry.ts';

/** What is launched of tasks that were bound, where the store knows `now` of one of them by then. */
async function launchedOf(bound: readonly Task[], now: Task | undefined) {
  const launched: string[] = [];
  const written: (string | undefined)[] = [];
  const known = new Map(bound.map((task) => [keyText(keyOf(task)), task]));
  const [first] = bound;
  if (first !== undefined && now === undefined) known.delete(keyText(keyOf(first)));
  else if (now !== undefined) known.set(keyText(keyOf(now)), now);
  const sender = createSender({
    clock: virtualClock(),
    log: quietLog,
    home: { name: 'dc1', region: 'us-east-1' },
    claims: { mount: () => ({ operations: [], pieces: [] }), undo: async () => undefined },
    backlog: { groupOf: () => 'default' },
    tasks: { get: (key: string) => known.get(key) },
    framework: {
      launch: async (_: string, launches: readonly { readonly taskId: string }[]) => {
        launched.push(...launches.map(({ taskId }) => taskId));
      },
    },
    client: { updateStatus: async (_: unknown, task: Task) => written.push(task.status?.reason) },
  } as never);
  await sender.launchAll(bound, { valueFor: () => undefined } as never);
  return { launched, written };
}

describe('a task whose binding took long', () => {
  const staging = (name: string, slot: number): Task => {
    const task = aTask(`${slot}#0 Staging`);
    const status = { phase: 'Staging', agentId: 'A', mesosTaskId: `${name}.1` } as Task['status'];
    return { ...task, status } as Task;
  };
  const [one, two] = [staging('one', 0), staging('two', 1)];

  it('is launched where it is as it was', async () => {
    expect((await launchedOf([one, two], one)).launched).to.deep.equal(['one.1', 'two.1']);
  });

  it('is not launched once it has ended, is gone, or is another', async () => {
    const ended = { ...one, status: { ...one.status, phase: 'Lost' } } as Task;
    const other = { ...one, metadata: { ...one.metadata, uid: 'other' } } as Task;
    for (const now of [ended, other, undefined]) {
      expect(await launchedOf([one, two], now)).to.deep.equal({ launched: ['two.1'], written: [] });
    }
  });

  it('is not launched once it is deleted, and that is said', async () => {
    const metadata = { ...one.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' };
    const { launched, written } = await launchedOf([one, two], { ...one, metadata } as Task);
    expect(launched).to.deep.equal(['two.1']);
    expect(written).to.deep.equal(['Deleted']);
  });
});
