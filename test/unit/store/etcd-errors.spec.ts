import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { noop } from 'cockatiel';
import { Etcd3 } from 'etcd3';
import { asEtcdError, isAway, wasUnsent } from '../../../src/store/etcd-errors.ts';

describe('errors of etcd', () => {
  it('says of a call that its connection was closed under that it was not sent', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined));
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const { port } = silent.address() as AddressInfo;
    const faultHandling = { host: () => noop, global: noop };
    const client = new Etcd3({ hosts: `127.0.0.1:${port}`, faultHandling });
    const waiting = client.kv.range({ key: Buffer.from('a') }).catch(asEtcdError);
    const [taken] = (await once(silent, 'connection')) as [Socket];
    client.close();
    const error = await waiting;
    taken.destroy();
    await once(silent.close(), 'close');
    expect(error).to.satisfy(isAway);
    expect(error).to.satisfy(wasUnsent);
  });
});
