import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { LocalMesos } from '../../../src/mesos/local/start.ts';
import type { V1GetAgents } from '../../../src/mesos/v1.ts';
import { startMesosIn } from '../../support/mesos-real.ts';

/** The agents' own API, on the ports that the master tells of. */
describe("local agents' own HTTP API", () => {
  let folder: string;
  let mesos: LocalMesos;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'titan-mesos-'));
    mesos = await startMesosIn(folder, '2x4cpu,4GiB');
  });

  after(async () => {
    await mesos.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function ports(): Promise<readonly (number | undefined)[]> {
    const answer = mesos.master.operator({ type: 'GET_AGENTS' })?.body as V1GetAgents;
    return (answer.get_agents?.agents ?? []).map(({ agent_info }) => agent_info.port);
  }

  async function ask(body: string, path = '/api/v1'): Promise<readonly [number, string]> {
    const [port] = await ports();
    const headers = { 'content-type': 'application/json' };
    const url = `http://127.0.0.1:${port}${path}`;
    const answer = await fetch(url, { method: 'POST', headers, body });
    return [answer.status, await answer.text()];
  }

  it('listens on a port for each agent', async () => {
    const [one, two] = await ports();
    expect(one).not.to.equal(two);
    expect(await ask('{"type":"GET_HEALTH"}')).to.deep.equal([
      200,
      '{"type":"GET_HEALTH","get_health":{"healthy":true}}',
    ]);
  });

  const invalid = 'Failed to validate agent::Call:';
  for (const [body, text] of [
    ['{"type":"PRUNE_IMAGES"}', `${invalid} The local agent does not answer PRUNE_IMAGES`],
    ['{"type":"WAIT_CONTAINER"}', `${invalid} Expecting 'wait_container' to be present`],
    ['{}', `${invalid} Expecting 'type' to be present`],
    ['[]', 'Failed to convert JSON into Call protobuf: Expecting a JSON object'],
  ] as const) {
    it(`refuses ${body}`, async () => {
      expect(await ask(body)).to.deep.equal([400, text]);
    });
  }

  it('knows no other path', async () => {
    expect(await ask('{}', '/nothing')).to.deep.equal([404, '404 Not Found.']);
  });
});
