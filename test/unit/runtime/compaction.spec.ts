import { expect } from 'chai';
import { hasReason } from '../../../src/api/error.ts';
import { virtualClock } from '../../../src/runtime/clock.ts';
import { compactForever } from '../../../src/runtime/compaction.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import { quietLog } from '../../support/registry.ts';

describe('compactForever', () => {
  it('forgets what is older than ten minutes, and keeps the last five', async () => {
    const clock = virtualClock();
    const store = memoryStore({ clock });
    const ending = new AbortController();
    const put = (value: string) =>
      store.transact({
        when: [],
        write: [{ do: 'put', key: '/a', value: new TextEncoder().encode(value) }],
      });
    const readable = (at: number) =>
      store.range('/', { at }).then(
        () => true,
        (thrown) => !hasReason(thrown, 'Expired'),
      );

    await put('1');
    const old = await store.revision();
    await put('2');
    await put('3');
    const running = compactForever({ store, clock, log: quietLog }, ending.signal);
    await clock.advance(1);
    await put('3');
    const young = await store.revision();
    await put('4');
    await clock.advance(299_000);
    expect(await readable(old)).to.equal(true);
    await clock.advance(2_000);
    expect(await readable(old)).to.equal(false);
    expect(await readable(young)).to.equal(true);

    ending.abort();
    await clock.settle();
    await running;
    await store.close();
  });
});
