import { once } from 'node:events';
import { createServer } from 'node:http';
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
});
