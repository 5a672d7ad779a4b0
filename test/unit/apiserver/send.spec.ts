import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect } from 'chai';
import { send } from '../../../src/apiserver/send.ts';
import { virtualClock } from '../../../src/runtime/clock.ts';

describe('send', () => {
  it('cuts off a client that takes nothing, and asks for no more than it could send', async () => {
    const clock = virtualClock();
    let pulled = 0;
    let ended = false;
    async function* endless() {
      try {
        for (;;) {
          pulled += 1;
          yield Buffer.alloc(256 * 1024);
        }
      } finally {
        ended = true;
      }
    }
    let sent: Promise<void> | undefined;
    const server = createServer((_, response) => {
      const answer = { code: 200, headers: {}, body: endless() };
      sent = send(answer, { response, clock, warnings: [], auditId: 'x', headOnly: false });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.pause();
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(server, 'request');
    for (let before = -1; before !== pulled; ) {
      before = pulled;
      for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
    }
    const held = pulled;
    expect(ended).to.equal(false);
    await clock.advance(61_000);
    await sent;
    expect(ended).to.equal(true);
    expect(pulled - held).to.be.at.most(1);
    expect(held).to.be.lessThan(400);
    socket.destroy();
    server.close();
  });

  it('asks for the next chunk only once the last may be changed', async () => {
    const clock = virtualClock();
    const size = 256 * 1024;
    const count = 60;
    async function* changing() {
      const bytes = Buffer.alloc(size);
      for (let each = 1; each <= count; each += 1) yield bytes.fill(each);
    }
    const server = createServer((_, response) => {
      const answer = { code: 200, headers: {}, body: changing() };
      void send(answer, { response, clock, warnings: [], auditId: 'x', headOnly: false });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const asking = get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
    const [answer] = (await once(asking, 'response')) as [IncomingMessage];
    for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
    const told = Buffer.concat(await answer.toArray());
    expect(told.length).to.equal(count * size);
    for (let each = 1; each <= count; each += 1) {
      const chunk = told.subarray((each - 1) * size, each * size);
      expect(chunk.equals(Buffer.alloc(size, each)), `chunk ${each}`).to.equal(true);
    }
    server.close();
  });
});
