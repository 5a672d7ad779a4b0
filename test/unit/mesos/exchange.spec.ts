import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { asTitanError } from '../../../src/api/error.ts';
import { type HttpMaster, httpMaster } from '../../../src/mesos/http.ts';
import type { TaskUpdate } from '../../../src/mesos/port.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { quiet, readFixture } from '../../support/mesos.ts';

const framework = { name: 'titan', user: 'root', roles: ['titan'], failoverTimeoutMs: 60_000 };
const ACCEPTED = 'HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n';
const TASK_ID = /"task_id":\{"value":"(t\d)"\}/g;

/** A connection on which acknowledgements come: what came at once, as task ids. */
type Heard = (connection: number, taskIds: readonly string[], socket: Socket) => void;

/** A master that keeps its stream open, and leaves acknowledgements to `hear`. */
async function playMaster(hear: Heard) {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    let connection: number | undefined;
    socket.on('data', (bytes) => {
      const text = bytes.toString('latin1');
      if (text.includes('"SUBSCRIBE"')) {
        socket.write(readFixture('01-subscribe/01-fw-SUBSCRIBE.stream.raw'));
        return;
      }
      const ids = [...text.matchAll(TASK_ID)].map(([, id = '']) => id);
      if (connection === undefined) {
        connections += 1;
        connection = connections;
      }
      hear(connection, ids, socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** Runs `use` with a subscription that stands. */
async function subscribed(url: string, use: (master: HttpMaster) => Promise<void>): Promise<void> {
  const master = httpMaster({ masters: [url], clock: systemClock(), log: quiet });
  const leaving = new AbortController();
  const events = master.subscribe(framework, leaving.signal)[Symbol.asyncIterator]();
  expect((await events.next()).value).to.include({ type: 'subscribed' });
  await use(master);
  leaving.abort();
  await master.close();
}

function anUpdate(index: number): TaskUpdate {
  return { taskId: `t${index}`, agentId: 'a1', uuid: `u${index}`, state: 'TASK_RUNNING', at: 0 };
}

describe('acknowledgements over HTTP', () => {
  it('go out together, in order, on one connection, before any of them is answered', async () => {
    const heard: string[] = [];
    const master = await playMaster((connection, ids, socket) => {
      heard.push(`${connection}: ${ids.join(' ')}`);
      socket.write(ACCEPTED.repeat(ids.length));
    });
    await subscribed(master.url, async ({ acknowledge }) => {
      await Promise.all([0, 1, 2, 3].map((index) => acknowledge(anUpdate(index))));
      await Promise.all([4, 5].map((index) => acknowledge(anUpdate(index))));
    });
    expect(heard).to.deep.equal(['1: t0 t1 t2 t3', '1: t4 t5']);
    master.stop();
  });

  it('are sent again where the connection breaks before their answers; only the first one fails', async () => {
    const heard: string[] = [];
    const master = await playMaster((connection, ids, socket) => {
      heard.push(`${connection}: ${ids.join(' ')}`);
      if (connection === 1) socket.end(ACCEPTED);
      else socket.write(ACCEPTED.repeat(ids.length));
    });
    await subscribed(master.url, async ({ acknowledge }) => {
      const ends = await Promise.all(
        [0, 1, 2, 3].map((index) =>
          acknowledge(anUpdate(index)).then(
            () => 'acknowledged',
            (error) => asTitanError(error).reason,
          ),
        ),
      );
      expect(ends).to.deep.equal([
        'acknowledged',
        'ServiceUnavailable',
        'acknowledged',
        'acknowledged',
      ]);
    });
    expect(heard).to.deep.equal(['1: t0 t1 t2 t3', '2: t2 t3']);
    master.stop();
  });

  it('that the master refuses fail alone', async () => {
    const master = await playMaster((_, ids, socket) => {
      const refusal = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nnot!';
      socket.write(ids.map((id) => (id === 't1' ? refusal : ACCEPTED)).join(''));
    });
    await subscribed(master.url, async ({ acknowledge }) => {
      const ends = await Promise.allSettled([0, 1, 2].map((index) => acknowledge(anUpdate(index))));
      expect(ends.map(({ status }) => status)).to.deep.equal([
        'fulfilled',
        'rejected',
        'fulfilled',
      ]);
      const [, refused] = ends;
      const why = refused?.status === 'rejected' ? asTitanError(refused.reason).message : '';
      expect(why).to.match(/refused ACKNOWLEDGE with 403: not!/);
    });
    master.stop();
  });
});
