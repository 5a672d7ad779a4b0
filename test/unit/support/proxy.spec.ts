import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { startProxy, type TcpProxy } from '../../support/proxy.ts';

describe('the proxy', () => {
  let server: Server;
  let proxy: TcpProxy;
  /** The server's ends of the connections that were made. */
  const taken: Socket[] = [];
  const clients: Socket[] = [];

  beforeEach(async () => {
    server = createServer((socket) => {
      socket.on('error', () => {}).on('data', (chunk) => socket.write(chunk));
      taken.push(socket);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    proxy = await startProxy(`http://127.0.0.1:${port}`);
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await proxy.stop();
    taken.length = 0;
    server.close();
  });

  function open(): Socket {
    const client = connect(Number(new URL(proxy.endpoint).port), '127.0.0.1');
    client.on('error', () => {});
    clients.push(client);
    return client;
  }

  /** Sends a text and waits until it has come back. */
  async function echo(client: Socket, text: string): Promise<string> {
    client.write(text);
    let back = '';
    while (back.length < text.length) back += (await once(client, 'data'))[0];
    return back;
  }

  /** How a connection ended: the error's code, or nothing where it ended well. */
  function ending(client: Socket): Promise<string | undefined> {
    let code: string | undefined;
    client.on('error', (error: NodeJS.ErrnoException) => {
      code = error.code;
    });
    return new Promise((resolve) => client.once('close', () => resolve(code)));
  }

  it('passes bytes both ways, and the end of either', async () => {
    const client = open();
    expect(await echo(client, 'one')).to.equal('one');
    client.end('two');
    expect((await once(client, 'data')).toString()).to.equal('two');
    await once(client, 'close');
  });

  it('delays and throttles without changing the order', async () => {
    const client = open();
    await echo(client, 'warm');
    proxy.setWeather({ toServer: { delayMs: 60 }, toClient: { bytesPerSecond: 10_000 } });
    const begin = performance.now();
    const text = Array.from({ length: 200 }, (_, index) => `${index},`).join('');
    expect(await echo(client, text)).to.equal(text);
    expect(performance.now() - begin).to.be.at.least(60 + text.length / 10 - 2);
  });

  for (const way of ['toServer', 'toClient'] as const) {
    it(`holds what goes ${way}, and lets it go again`, async () => {
      const client = open();
      await echo(client, 'warm');
      proxy.setWeather({ [way]: { isHeld: true } });
      const answer = echo(client, 'held');
      const other = open();
      await once(other, 'connect');
      expect(client.bytesRead).to.equal(4);
      proxy.setWeather({});
      expect(await answer).to.equal('held');
    });
  }

  it('resets what there is, and takes or refuses what is new', async () => {
    const [first, second] = [open(), open()];
    await Promise.all([echo(first, 'a'), echo(second, 'a')]);
    const ends = [first, second].map(ending);
    proxy.cut();
    expect(await Promise.all(ends)).to.deep.equal(['ECONNRESET', 'ECONNRESET']);
    expect(await echo(open(), 'b')).to.equal('b');
    proxy.setWeather({ isRefusing: true });
    expect(await ending(open())).to.equal('ECONNRESET');
    proxy.setWeather({});
    expect(await echo(open(), 'c')).to.equal('c');
  });

  it('cuts what its server has just ended, and keeps nothing of it', async () => {
    const sockets = () =>
      process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    const others = sockets();
    const client = open();
    await echo(client, 'one');
    proxy.setWeather({ toClient: { isHeld: true } });
    taken[0]?.end();
    for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
    proxy.setWeather({});
    proxy.cut();
    client.destroy();
    while (sockets() > others) await new Promise(setImmediate);
  });

  it('leaves connections half open: the server sees the end, the client nothing', async () => {
    const client = open();
    await echo(client, 'a');
    const gone = once(taken[0] as Socket, 'close');
    proxy.forget();
    await gone;
    client.write('b');
    expect(await echo(open(), 'c')).to.equal('c');
    expect([client.destroyed, client.bytesRead]).to.deep.equal([false, 1]);
  });
});
