import { expect } from 'chai';
import fc from 'fast-check';
import { TitanError } from '../../../src/api/error.ts';
import { type GroupOptions, groupCommits } from '../../../src/store/group.ts';
import type { Transaction, TransactionResult } from '../../../src/store/port.ts';
import { del, put, thrownBy } from '../../contract/store/harness.ts';

const ok: TransactionResult = { ok: true, revisions: [] };

function writing(...keys: string[]): Transaction {
  return { when: [], write: keys.map((key) => put(key, key)) };
}

function reading(key: string, written: string): Transaction {
  return { when: [{ key, revision: 1 }], write: [put(written, 'x')] };
}

function wide(name: string, operations: number): Transaction {
  return writing(...Array.from({ length: operations }, (_, i) => `${name}/${i}`));
}

/** A native store that notes what it was given, and answers when it is told to. */
function fakeNative(options: Partial<GroupOptions> = {}) {
  const batches: (readonly Transaction[])[] = [];
  const answers: PromiseWithResolvers<void>[] = [];
  const group = groupCommits({
    async commit(batch) {
      batches.push(batch);
      const answer = Promise.withResolvers<void>();
      answers.push(answer);
      await answer.promise;
      return batch.map(() => ok);
    },
    ...options,
  });
  const lines = () =>
    batches.map((batch) => batch.map(({ write }) => write[0]?.key ?? '').join(' '));
  async function settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (answers.length > 0) {
      answers.shift()?.resolve();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return { group, batches, lines, settle };
}

describe('groupCommits', () => {
  const cases = [
    { name: 'joins what comes together', given: [writing('a'), writing('b')], batches: ['a b'] },
    {
      name: 'never joins two writers of a key',
      given: [writing('a'), writing('b', 'a'), writing('c')],
      batches: ['a c', 'b'],
    },
    {
      name: 'joins readers of a key',
      given: [reading('k', 'a'), reading('k', 'b')],
      batches: ['a b'],
    },
    {
      name: 'keeps a writer behind the readers before it, and readers behind it',
      given: [reading('k', 'a'), writing('k'), reading('k', 'b')],
      batches: ['a', 'k', 'b'],
    },
    {
      name: 'does not wait for itself',
      given: [reading('a', 'a'), reading('b', 'c')],
      batches: ['a c'],
    },
    {
      name: 'leaves a transaction of 128 alone',
      given: [writing('a'), wide('w', 128), writing('b')],
      batches: ['a', 'w/0', 'b'],
    },
    {
      name: 'joins transactions of 28 operations as far as there are places',
      given: Array.from({ length: 10 }, (_, i) => wide(`w${i}`, 28)),
      batches: [Array.from({ length: 9 }, (_, i) => `w${i}/0`).join(' '), 'w9/0'],
    },
    {
      name: 'joins a hundred at most',
      given: Array.from({ length: 101 }, (_, i) => writing(`k${i}`)),
      batches: [Array.from({ length: 100 }, (_, i) => `k${i}`).join(' '), 'k100'],
    },
  ];
  for (const { name, given, batches } of cases) {
    it(name, async () => {
      const native = fakeNative();
      const all = Promise.all(given.map((transaction) => native.group.transact(transaction)));
      await native.settle();
      expect(native.lines()).to.deep.equal(batches);
      expect(await all).to.have.length(given.length);
    });
  }

  it('never joins two transactions of which one writes what the other touches', async () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const keys = fc.uniqueArray(key, { maxLength: 3 });
    const transaction = fc.record({ reads: keys, writes: keys }).map(({ reads, writes }) => ({
      when: reads.map((read) => ({ key: read, revision: 1 })),
      write: writes.map(del),
    }));
    const property = fc.asyncProperty(
      fc.array(transaction, { maxLength: 30 }),
      fc.integer({ min: 1, max: 3 }),
      async (given, inFlightMax) => {
        const native = fakeNative({ inFlightMax });
        const all = Promise.all(given.map((each) => native.group.transact(each)));
        await native.settle();
        await all;
        expect(native.batches.flat()).to.have.length(given.length);
        for (const batch of native.batches) expect(conflicts(batch)).to.equal(0);
        for (const name of ['a', 'b', 'c', 'd', 'e']) {
          const writers = (list: readonly Transaction[]) =>
            list.filter(({ write }) => write.some((operation) => operation.key === name));
          expect(writers(native.batches.flat())).to.deep.equal(writers(given));
        }
      },
    );
    await fc.assert(property, { numRuns: 200 });
  });

  it('sends a second transaction meanwhile only when it is full', async () => {
    const native = fakeNative({ inFlightMax: 2 });
    const first = native.group.transact(writing('first'));
    await new Promise((resolve) => setImmediate(resolve));
    const some = native.group.transact(writing('some'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(native.batches).to.have.length(1);
    const many = Array.from({ length: 100 }, (_, i) => native.group.transact(writing(`m${i}`)));
    await new Promise((resolve) => setImmediate(resolve));
    expect(native.batches.map(({ length }) => length)).to.deep.equal([1, 100]);
    await native.settle();
    await Promise.all([first, some, ...many]);
  });

  it('refuses what passes its bounds, and takes more once there is room', async () => {
    const native = fakeNative({ queueMax: 2 });
    const taken = [native.group.transact(writing('a')), native.group.transact(writing('b'))];
    const refused = await thrownBy(native.group.transact(writing('c')));
    expect(refused).to.include({ reason: 'ServiceUnavailable', retryable: true });
    await native.settle();
    await Promise.all(taken);
    const more = native.group.transact(writing('c'));
    await native.settle();
    expect(await more).to.equal(ok);
  });

  it('tries each alone when one spoils the rest', async () => {
    const group = groupCommits({
      async commit(batch) {
        const bad = batch.some(({ write }) => write[0]?.key === 'bad');
        if (bad) throw new TitanError('NotFound', 'the lease is over');
        return batch.map(() => ok);
      },
    });
    const [good, bad] = await Promise.all([
      group.transact(writing('good')),
      thrownBy(group.transact(writing('bad'))),
    ]);
    expect(good).to.equal(ok);
    expect(bad).to.include({ reason: 'NotFound' });
  });

  it('does not try again what may have been done', async () => {
    let calls = 0;
    const group = groupCommits({
      async commit() {
        calls += 1;
        throw new TitanError('ServiceUnavailable', 'the answer was lost');
      },
    });
    const thrown = [thrownBy(group.transact(writing('a'))), thrownBy(group.transact(writing('b')))];
    for (const error of await Promise.all(thrown))
      expect(error.reason).to.equal('ServiceUnavailable');
    expect(calls).to.equal(1);
  });

  it('ends what is under way and refuses the rest when it is closed', async () => {
    const native = fakeNative();
    const first = native.group.transact(writing('a'));
    await new Promise((resolve) => setImmediate(resolve));
    const waiting = thrownBy(native.group.transact(writing('a')));
    const closing = native.group.close();
    await native.settle();
    await closing;
    expect(await first).to.equal(ok);
    expect(await waiting).to.include({ reason: 'ServiceUnavailable' });
    expect(await thrownBy(native.group.transact(writing('b')))).to.include({
      reason: 'ServiceUnavailable',
    });
  });
});

function conflicts(batch: readonly Transaction[]): number {
  const touches = ({ when, write }: Transaction) =>
    new Set([...when.map(({ key }) => key), ...write.map(({ key }) => key)]);
  return batch.flatMap((one, i) =>
    batch
      .slice(i + 1)
      .filter(
        (other) =>
          one.write.some(({ key }) => touches(other).has(key)) ||
          other.write.some(({ key }) => touches(one).has(key)),
      ),
  ).length;
}
