import { expect } from 'chai';
import { asTitanError } from '../../../src/api/error.ts';
import { agentApi } from '../../../src/mesos/agent/http.ts';
import type { AgentApi, ContainerAt, Output } from '../../../src/mesos/agent/port.ts';
import { readFixture, serveBytes } from '../../support/mesos.ts';

const folder = '10-operator-api';
const sandbox =
  '/var/mcap/s10/a0/slaves/a10100a7-3e22-44b3-8c05-a99a5c924589-S0/frameworks/a10100a7-3e22-44b3-8c05-a99a5c924589-0000/executors/t1/runs/84ddc605-8639-460c-bb64-797ffe4c76c8';
const executor: ContainerAt = { id: 'c6ac1e9a-3a92-48ff-a635-5c94062ec08e' };
const inExecutor = (id: string): ContainerAt => ({ id, parent: executor });
const { signal } = new AbortController();

/** Asks an agent that answers as it was recorded. @returns what came, and the body that was sent */
async function asked<T>(name: string, ask: (api: AgentApi) => Promise<T>) {
  const server = await serveBytes(() => readFixture(`${folder}/${name}.response.http`));
  const api = agentApi({ url: server.url });
  try {
    const result = await ask(api).catch(asTitanError);
    const [, body = '{}'] = (server.requests[0] ?? '').split('\r\n\r\n');
    return { result, sent: JSON.parse(body), head: server.requests[0] ?? '' };
  } finally {
    await api.close();
    await server.stop();
  }
}

function recordedCall(name: string): unknown {
  const [, body = ''] = readFixture(`${folder}/${name}.request.http`).toString().split('\r\n\r\n');
  return JSON.parse(body);
}

async function all(outputs: AsyncIterable<Output>): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { from, data } of outputs) lines.push(`${from}: ${Buffer.from(data)}`);
  return lines;
}

describe('the client of an agent, against the recorded answers', () => {
  it('lists a sandbox', async () => {
    const { result, sent } = await asked('63-agent-LIST_FILES', (api) => api.files(sandbox));
    expect(sent).to.deep.equal(recordedCall('63-agent-LIST_FILES'));
    expect(result).to.deep.equal([
      { path: `${sandbox}/stderr`, size: 554, mode: 33_188, modifiedAt: 1_795_341_903_000 },
      { path: `${sandbox}/stdout`, size: 5, mode: 33_188, modifiedAt: 1_795_341_903_000 },
    ]);
  });

  it('reads a part of a file', async () => {
    const { result, sent } = await asked('64-agent-READ_FILE', (api) =>
      api.read(`${sandbox}/stdout`, { offset: 0, length: 100 }),
    );
    expect(sent).to.deep.equal(recordedCall('64-agent-READ_FILE'));
    expect(result).to.deep.equal({ size: 5, data: Buffer.from('out1\n') });
  });

  it('shows containers with what they use, nested ones below their parents', async () => {
    const { result } = await asked('47-agent-GET_CONTAINERS-nested', (api) => api.containers());
    expect(result).to.have.length(3);
    expect(result).to.deep.include({
      at: { id: '84ddc605-8639-460c-bb64-797ffe4c76c8' },
      frameworkId: 'a10100a7-3e22-44b3-8c05-a99a5c924589-0000',
      executorId: 't1',
      usage: {
        at: 1_795_341_905_301,
        cpuUserSeconds: 0.12,
        cpuSystemSeconds: 0.02,
        cpusLimit: 0.2,
        memoryBytes: 233_328_640,
        memoryLimitBytes: 67_108_864,
      },
    });
    expect(result).to.deep.include({
      at: inExecutor('197a2875-1524-4016-a4a0-0602f65e1dfa'),
      usage: { at: 1_795_341_905_282, cpusLimit: 0.1, memoryLimitBytes: 33_554_432 },
    });
  });

  it('runs a command beside a task, and tells its output from its errors', async () => {
    const command = ['sh', '-c', 'echo session-out'];
    const { result, sent, head } = await asked('66-agent-LAUNCH_NESTED_CONTAINER_SESSION', (api) =>
      all(api.run({ container: inExecutor('sess1'), command }, signal)),
    );
    expect(result).to.deep.equal(['stdout: session-out\n', 'stderr: session-err\n']);
    expect(sent.launch_nested_container_session).to.deep.equal({
      container_id: { value: 'sess1', parent: { value: executor.id } },
      command: { shell: false, value: 'sh', arguments: command },
    });
    expect(head).to.match(/^accept: application\/recordio\r$/im);
    expect(head).to.match(/^message-accept: application\/json\r$/im);
  });

  it('waits for a container, and removes it', async () => {
    const waited = await asked('69-agent-WAIT_CONTAINER', (api) => api.wait(inExecutor('nest3')));
    expect(waited.sent).to.deep.equal(recordedCall('69-agent-WAIT_CONTAINER'));
    expect(waited.result).to.deep.equal({ how: 'exited', code: 6 });
    const removed = await asked('70-agent-REMOVE_CONTAINER', (api) =>
      api.remove(inExecutor('nest3')),
    );
    expect(removed.sent).to.deep.equal(recordedCall('70-agent-REMOVE_CONTAINER'));
    expect(removed.result).to.equal(undefined);
  });

  const refusals: readonly (readonly [
    string,
    (api: AgentApi) => Promise<unknown>,
    string,
    RegExp,
  ])[] = [
    [
      '65-agent-READ_FILE-missing',
      (api) => api.read(`${sandbox}/nosuch`, { offset: 0 }),
      'NotFound',
      /READ_FILE: it answered 404$/,
    ],
    [
      '71-agent-WAIT_CONTAINER-unknown',
      (api) => api.wait({ id: 'nosuch' }),
      'NotFound',
      /Container nosuch cannot be found/,
    ],
    [
      '72-agent-KILL_CONTAINER-unknown',
      (api) => api.kill({ id: 'nosuch' }, 15),
      'NotFound',
      /or is already killed/,
    ],
    [
      '73-agent-ATTACH_CONTAINER_OUTPUT',
      (api) => all(api.attach(inExecutor('197a2875-1524-4016-a4a0-0602f65e1dfa'), signal)),
      'ServiceUnavailable',
      /switchboard server was disabled/,
    ],
  ];
  for (const [name, ask, reason, said] of refusals) {
    it(`says what is wrong: ${name}`, async () => {
      const { result } = await asked(name, ask);
      expect(result).to.include({ reason });
      expect((result as Error).message).to.match(said);
    });
  }

  it('says that an agent does not answer', async () => {
    const server = await serveBytes(() => Buffer.alloc(0));
    await server.stop();
    const api = agentApi({ url: server.url });
    const thrown = asTitanError(await api.containers().catch((error) => error));
    expect(thrown).to.include({ reason: 'ServiceUnavailable', retryable: true });
    await api.close();
  });
});
