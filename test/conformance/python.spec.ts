import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { type ClientApi, startClientApi } from '../support/client-api.ts';
import { bringPart } from '../support/parts.ts';

const RUN_MS = 60_000;

describe("Python's client against the API server", function () {
  this.timeout(300_000);
  let api: ClientApi;
  let python: string;
  const home = mkdtempSync(join(tmpdir(), 'titan-python-'));
  before(async () => {
    python = await bringPart('python-kubernetes');
    api = await startClientApi();
    writeFileSync(join(home, 'config'), api.kubeconfigText);
  });
  after(async () => {
    await api?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  it('works with objects, patches, built-in kinds and watches', async () => {
    const env = { HOME: home, KUBECONFIG: join(home, 'config'), PATH: '/usr/bin:/bin' };
    const script = ['-B', 'test/conformance/python/client.py'];
    const { stdout } = await promisify(execFile)(python, script, { env, timeout: RUN_MS });
    expect(stdout).to.equal('OK objects\nOK patches\nOK maps\nOK watches\n');
    expect(api.errors).to.deep.equal([]);
  });
});
