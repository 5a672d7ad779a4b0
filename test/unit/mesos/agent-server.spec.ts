import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseAgentsSpec } from '../../../src/mesos/local/agents-spec.ts';
import { type LocalMesos, startLocalMesos } from '../../../src/mesos/local/start.ts';
import type { V1GetAgents } from '../../../src/mesos/v1.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { systemRandom } from '../../../src/runtime/random.ts';
import { quiet } from '../../support/mesos.ts';

/** The agents' own API, on the ports that the master tells of. */
describe("local agents' own HTTP API", () => {
  let folder: string;
  let mesos: LocalMesos;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'titan-mesos-'));
    mesos = await startLocalMesos({
      name: 'test',
      agents: parseAgentsSpec('2x4cpu,4GiB'),
      workFolder: join(folder, 'work'),
      imagesFolder: join(folder, 'images'),
      listen: { host: '127.0.0.1', port: 0 },
      clock: systemClock(),
      random: systemRandom(),
      log: quiet,
      agentApi: true,
    });
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
    ['{"type":"GET_CONTAINERS"}', `${invalid} The local agent does not answer GET_CONTAINERS`],
    ['{}', `${invalid} Expecting 'type' to be present`],
    ['[]', 'Failed to convert JSON into Call protobuf: Expecting a JSON object'],
  ] as const) {
    it(`refuses ${body}`, async () => {
      expect(await ask(body)).to.deep.equal([400, text]);
    });
  }

  it('knows no other path', async () => {
    expect(await ask('{}', '/state')).to.deep.equal([404, '404 Not Found.']);
  });
});
