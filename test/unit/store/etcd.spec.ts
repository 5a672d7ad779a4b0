import { systemClock } from '../../../src/runtime/clock.ts';
import { etcdStore } from '../../../src/store/etcd.ts';
import { keepsStoreContract } from '../../contract/store.ts';
import { type EtcdCluster, startEtcd, startProxy, type TcpProxy } from '../../support/etcd.ts';

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
});
