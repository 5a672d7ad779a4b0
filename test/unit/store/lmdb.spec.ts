import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { virtualClock } from '../../../src/runtime/clock.ts';
import { lmdbStore } from '../../../src/store/lmdb.ts';
import { bytes, del, put, text, watchUntil, write } from '../../contract/store/harness.ts';
import { keepsStoreContract } from '../../contract/store.ts';

keepsStoreContract('lmdbStore', async () => {
  const clock = virtualClock();
  const path = await mkdtemp(join(tmpdir(), 'titan-lmdb-'));
  const store = lmdbStore({ path, clock });
  return {
    store,
    pass: (spanMs) => clock.advance(spanMs),
    cut: async () => undefined,
    async stop() {
      await store.close();
      await rm(path, { recursive: true, force: true });
    },
  };
});

describe('lmdbStore', () => {
  let path: string;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'titan-lmdb-'));
  });
  afterEach(() => rm(path, { recursive: true, force: true }));

  it('keeps values, revisions and history over a restart', async () => {
    const clock = virtualClock();
    const before = lmdbStore({ path, clock });
    const start = await write(before, put('/a', '1'));
    await write(before, put('/a', '2'), put('/b', '1'));
    const last = await write(before, del('/b'));
    const a = await before.get('/a');
    await before.close();

    const store = lmdbStore({ path, clock });
    expect(await store.get('/a')).to.deep.equal(a);
    expect((await store.range('/', { at: start })).entries.map((e) => text(e.value))).to.deep.equal(
      ['1'],
    );
    const events = await watchUntil(store, { prefix: '/', after: start }, (e) => e.length >= 3);
    expect(events.map(({ line }) => line)).to.deep.equal(['/a=2', '/b=1', '/b gone (was 1)']);
    expect(await write(store, put('/c', '1'))).to.be.greaterThan(last);
    await store.close();
  });

  it('lets leases go on running out over a restart', async () => {
    const clock = virtualClock();
    const before = lmdbStore({ path, clock });
    const lease = await before.grantLease(10_000);
    const value = bytes('x');
    await before.transact({ when: [], write: [{ do: 'put', key: '/leased', value, lease }] });
    await clock.advance(4000);
    await before.close();

    const store = lmdbStore({ path, clock });
    const after = await store.revision();
    await clock.advance(5000);
    expect(await store.get('/leased')).to.not.equal(undefined);
    await clock.advance(1001);
    const [gone] = await watchUntil(store, { prefix: '/', after }, (e) => e.length > 0);
    expect(gone?.line).to.equal('/leased gone (was x)');
    await store.close();
  });

  it('bounds its history, and never loses a value that stands', async () => {
    const store = lmdbStore({ path, clock: virtualClock(), historyMax: 100 });
    const first = await write(store, put('/stays', 'x'));
    for (let i = 0; i < 700; i++) await write(store, put(`/k/${i % 7}`, `${i}`));
    const thrown = await store.range('/', { at: first }).catch((error: unknown) => error);
    expect(thrown).to.include({ reason: 'Expired' });
    expect((await store.range('/')).entries).to.have.length(8);
    const after = (await store.revision()) - 99 * 256;
    const events = await watchUntil(store, { prefix: '/', after }, (e) => e.length >= 99);
    expect(events).to.have.length(99);
    await store.close();
  });

  it('has every write that it answered, after its process was killed', async () => {
    const script = join(import.meta.dirname, '../../support/lmdb-writer.ts');
    const writer = spawn(process.execPath, [script, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    for await (const chunk of writer.stdout) {
      said += chunk;
      if (said.length > 50_000) writer.kill('SIGKILL');
    }
    if (writer.exitCode === null && writer.signalCode === null) await once(writer, 'exit');

    const keys = said.split('\n').slice(0, -1);
    expect(keys.length).to.be.greaterThan(1000);
    const store = lmdbStore({ path, clock: virtualClock() });
    for (const key of keys) {
      expect(text((await store.get(key))?.value ?? bytes('lost'))).to.equal(key);
    }
    expect(await write(store, put('/on', 'x'))).to.be.greaterThan(0);
    await store.close();
  });
});
