import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startOf } from '../../../src/mesos/local/executor/proc.ts';
import type { LocalMesos } from '../../../src/mesos/local/start.ts';
import { encodeRecord, recordDecoder } from '../../../src/mesos/recordio.ts';
import { until } from '../../support/mesos.ts';
import { type RawFramework, rawFramework } from '../../support/mesos-framework.ts';
import { startMesosIn } from '../../support/mesos-real.ts';

const json = { 'content-type': 'application/json', accept: 'application/json' };
const recordio = {
  'content-type': 'application/recordio',
  'message-content-type': 'application/json',
};

/** What operators run inside containers, and read of their files. */
describe("inside a local agent's containers", () => {
  let folder: string;
  let mesos: LocalMesos;
  let framework: RawFramework;
  let port: number;
  let parent: { readonly value: string };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'titan-inside-'));
    mesos = await startMesosIn(folder);
    framework = rawFramework(mesos.master);
    const value = 'ln -s /etc/passwd out; echo $$ >pid; exec sleep 300';
    await framework.launch({
      name: 'host',
      command: { value, environment: { variables: [{ name: 'SAID', value: 'well' }] } },
    });
    const status = await framework.reached('host', 'TASK_RUNNING');
    // It runs as soon as its shell does, which may have done nothing yet.
    await until(
      () => globSync('work/sandboxes/*/*/pid', { cwd: folder }).length > 0,
      'its last file',
    );
    parent = status.container_status?.container_id ?? { value: '' };
    port = mesos.agents[0]?.info.port ?? 0;
  });

  after(async () => {
    await mesos.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function post(headers: Record<string, string>, body?: object): ClientRequest {
    const options = { host: '127.0.0.1', port, path: '/api/v1', method: 'POST', headers };
    const outgoing = request(options).on('error', () => {});
    if (body) outgoing.end(JSON.stringify(body));
    return outgoing;
  }

  const answered = (outgoing: ClientRequest): Promise<IncomingMessage> =>
    new Promise((resolve) => {
      outgoing.once('response', resolve);
    });

  async function ask(body: object): Promise<readonly [number | undefined, string]> {
    const answer = await answered(post(json, body));
    return [answer.statusCode, Buffer.concat(await answer.toArray()).toString()];
  }

  async function openSession(name: string, value: string) {
    const container_id = { value: name, parent };
    const outgoing = post(json, {
      type: 'LAUNCH_NESTED_CONTAINER_SESSION',
      launch_nested_container_session: { container_id, command: { value } },
    });
    const answer = await answered(outgoing);
    const decoder = recordDecoder();
    const said: string[] = [];
    answer.on('data', (bytes: Buffer) => {
      for (const record of decoder.push(bytes)) {
        said.push(Buffer.from(JSON.parse(record).data.data, 'base64').toString());
      }
    });
    let isOver = false;
    answer.once('end', () => {
      isOver = true;
    });
    answer.on('error', () => {});
    return {
      container_id,
      text: () => said.join(''),
      over: () => until(() => isOver, `the end of ${name}`),
      close: () => outgoing.destroy(),
    };
  }

  const wait = (container_id: object) =>
    ask({ type: 'WAIT_NESTED_CONTAINER', wait_nested_container: { container_id } });

  it('has the environment and the folder of its parent, and input from those who attach', async () => {
    const session = await openSession('talk', 'echo $SAID; ls; cat; exit 4');
    const input = (more: object) =>
      encodeRecord(
        JSON.stringify({ type: 'ATTACH_CONTAINER_INPUT', attach_container_input: more }),
      );
    const data = (text: string) => {
      const bytes = Buffer.from(text).toString('base64');
      const process_io = { type: 'DATA', data: { type: 'STDIN', data: bytes } };
      return input({ type: 'PROCESS_IO', process_io });
    };
    const outgoing = post(recordio);
    outgoing.write(input({ type: 'CONTAINER_ID', container_id: session.container_id }));
    outgoing.write(data('from outside\n'));
    outgoing.end(data(''));
    expect((await answered(outgoing)).statusCode).to.equal(200);
    await session.over();
    expect(session.text()).to.match(/^well\nout\npid\nstderr\nstdout\nfrom outside\n$/);
    expect((await wait(session.container_id))[1]).to.match(/"exit_status":1024/);
  });

  it('ends a session with the connection of who opened it', async () => {
    const session = await openSession('brief', 'echo $$; exec sleep 300');
    await until(() => session.text().endsWith('\n'), 'its process number');
    session.close();
    await until(() => startOf(Number(session.text())) === undefined, 'its end');
  });

  it('ends what was launched when asked, and tells who waits', async () => {
    const container_id = { value: 'long', parent };
    const launch_container = { container_id, command: { value: 'exec sleep 300' } };
    expect(await ask({ type: 'LAUNCH_CONTAINER', launch_container })).to.deep.equal([200, '']);
    const waiting = wait(container_id);
    const remove = { type: 'REMOVE_NESTED_CONTAINER', remove_nested_container: { container_id } };
    expect((await ask(remove))[0]).to.equal(500);
    const kill_container = { container_id, signal: 15 };
    expect(await ask({ type: 'KILL_CONTAINER', kill_container })).to.deep.equal([200, '']);
    expect((await waiting)[1]).to.match(/"exit_status":15/);
    expect(await ask(remove)).to.deep.equal([200, '']);
    expect((await wait(container_id))[0]).to.equal(404);
  });

  it('refuses containers that stand alone or whose parent is not there', async () => {
    const command = { value: 'true' };
    const launch = (container_id: object) =>
      ask({ type: 'LAUNCH_CONTAINER', launch_container: { container_id, command } });
    expect((await launch({ value: 'alone' }))[0]).to.equal(501);
    expect(await launch({ value: 'x', parent: { value: 'nosuch' } })).to.deep.equal([
      404,
      'Container nosuch cannot be found',
    ]);
  });

  for (const name of ['out', '.executor/pid', '../../../agents', '../..', 'nosuch']) {
    it(`gives away no file outside the sandbox: ${name}`, async () => {
      const path = `/frameworks/${framework.id}/executors/host/runs/latest/${name}`;
      const read = { type: 'READ_FILE', read_file: { path, offset: 0 } };
      expect(await ask(read)).to.deep.equal([404, '']);
      const list = { type: 'LIST_FILES', list_files: { path } };
      expect(await ask(list)).to.deep.equal([404, '']);
    });
  }
});
