import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { systemClock } from '../../../src/runtime/clock.ts';
import { etcdStore } from '../../../src/store/etcd.ts';
import { attempt, put, thrownBy, watchUntil, write } from '../../contract/store/harness.ts';
import { keepsStoreContract } from '../../contract/store.ts';
import { type EtcdCluster, startEtcd } from '../../support/etcd.ts';
import { part } from '../../support/parts.ts';
import { startProxy, type TcpProxy } from '../../support/proxy.ts';

const run = promisify(execFile);

const random = { next: () => 0.5, uuid: () => '00000000-0000-4000-8000-000000000000' };

describe('etcd', () => {
  let cluster: EtcdCluster;
  let proxy: TcpProxy;
  let made = 0;
  before(async () => {
    cluster = await startEtcd();
    proxy = await startProxy(cluster.endpoints[0] ?? '');
  });
  after(async () => {
    await proxy.stop();
    await cluster.stop();
  });

  keepsStoreContract('etcdStore', async () => {
    made += 1;
    const clock = systemClock();
    const prefix = `/store-${made}`;
    const store = etcdStore({ endpoints: [proxy.endpoint], prefix, clock, random });
    return {
      store,
      pass: (spanMs) => clock.sleep(spanMs),
      cut: async () => proxy.cut(),
      stop: () => store.close(),
    };
  });

  function open(prefix: string, endpoints = cluster.endpoints) {
    return etcdStore({ endpoints, prefix, clock: systemClock(), random });
  }

  it('lets a quiet watch come as far as the newest revision, though only others write', async () => {
    const [quiet, loud] = [open('/quiet'), open('/loud')];
    const after = await quiet.revision();
    const stop = new AbortController();
    const watching = (async () => {
      for await (const { events, revision } of quiet.watch('/', { after }, stop.signal)) {
        expect(events).to.deep.equal([]);
        if (revision > after) return revision;
      }
      return 0;
    })();
    const written = await write(loud, put('/a', '1'));
    expect(await quiet.revision()).to.be.at.least(written);
    expect(await watching).to.be.at.least(written);
    stop.abort();
    await Promise.all([quiet.close(), loud.close()]);
  });

  it('leaves values readable to etcdctl, and reads what etcdctl put', async () => {
    const store = open('/hand');
    const [endpoint = ''] = cluster.endpoints;
    const env = { ETCDCTL_API: '3', ETCDCTL_ENDPOINTS: endpoint };
    await write(store, put('/b', 'x'), put('/a', '{"kind":"Job"}'));
    const shown = await run(part('etcdctl'), ['get', '/hand/a', '--print-value-only'], { env });
    expect(shown.stdout).to.equal('{"kind":"Job"}\n1\n');

    const after = await store.revision();
    await run(part('etcdctl'), ['put', '/hand/c', 'by hand'], { env });
    const [event] = await watchUntil(store, { prefix: '/', after }, (all) => all.length > 0);
    expect(event?.line).to.equal('/c=by hand');
    expect((await store.get('/c'))?.revision).to.equal(event?.revision);
    await store.close();
  });

  it('still reads when the space is used up, and says why it does not write', async () => {
    const full = await startEtcd({ flags: ['--quota-backend-bytes', '4000000'] });
    const store = open('', full.endpoints);
    const big = 'x'.repeat(500_000);
    let refused: unknown;
    for (let i = 0; i < 50 && refused === undefined; i++) {
      refused = await write(store, put(`/k/${i}`, big)).then(
        () => undefined,
        (error) => error,
      );
    }
    expect(refused).to.include({ reason: 'ServiceUnavailable' });
    expect(String(refused)).to.contain('its space is used up');
    for (let i = 0; i < 10; i++) {
      expect(await store.get('/k/0')).to.not.equal(undefined);
      await thrownBy(write(store, put('/more', big)));
    }
    await store.close();
    await full.stop();
  });

  it('goes on with the members that are left, and loses no event', async () => {
    const three = await startEtcd({ members: 3 });
    const store = open('', three.endpoints);
    const after = await store.revision();
    const total = 120;
    const watching = watchUntil(store, { prefix: '/', after }, (all) => all.length >= total);
    for (let i = 0; i < total; i++) {
      if (i === 30) await three.member(0).kill();
      if (i === 60) await three.member(0).restart();
      if (i === 70) await three.member(1).kill();
      const create = () => attempt(store, [{ key: `/${i}`, revision: 0 }], put(`/${i}`, 'x'));
      while ((await create().catch(() => undefined)) === undefined);
    }
    const keys = (await watching).map(({ key }) => key);
    expect(keys).to.deep.equal(Array.from({ length: total }, (_, i) => `/${i}`));
    await store.close();
    await three.stop();
  }).timeout(60_000);

  it('leaves a member that stands still before its calls run out', async () => {
    const three = await startEtcd({ members: 3 });
    const store = open('', three.endpoints);
    const alone = open('', three.endpoints.slice(0, 1));
    await Promise.all([store.get('/a'), alone.get('/a')]);
    const stopped = three.member(0).pid ?? 0;
    process.kill(stopped, 'SIGSTOP');
    const another = (): Promise<string> => store.get('/a').then(() => 'another member', another);
    const first = await Promise.race([
      alone.get('/a').then(String, () => 'out of time'),
      another(),
    ]);
    expect(first).to.equal('another member');
    const write = await store.transact({ when: [], write: [put('/a', 'x')] });
    expect(write.ok).to.equal(true);
    process.kill(stopped, 'SIGCONT');
    await Promise.all([store.close(), alone.close()]);
    await three.stop();
  }).timeout(60_000);

  it('waits for the member in use where every member is as slow', async () => {
    const three = await startEtcd({ members: 3 });
    const proxies = await Promise.all(three.endpoints.map(startProxy));
    const store = open(
      '',
      proxies.map(({ endpoint }) => endpoint),
    );
    await store.transact({ when: [], write: [put('/a', 'x')] });
    for (const each of proxies) each.setWeather({ toServer: { delayMs: 800 } });
    const write = await store.transact({ when: [], write: [put('/a', 'y')] });
    expect(write.ok).to.equal(true);
    await store.close();
    await Promise.all(proxies.map((each) => each.stop()));
    await three.stop();
  }).timeout(60_000);
});
