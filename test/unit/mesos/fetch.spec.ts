import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { LocalMesos } from '../../../src/mesos/local/start.ts';
import type { V1Uri } from '../../../src/mesos/v1-container.ts';
import { until } from '../../support/mesos.ts';
import { type RawFramework, rawFramework } from '../../support/mesos-framework.ts';
import { startMesosIn } from '../../support/mesos-real.ts';

describe('URIs of a command', () => {
  let folder: string;
  let server: Server;
  let url: string;
  let asked: string[];
  let mesos: LocalMesos;
  let framework: RawFramework;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'titan-fetch-'));
    asked = [];
    server = createServer(({ url: path = '' }, response) => {
      asked.push(path);
      if (path === '/silent') return;
      if (path === '/said') response.end('from http\n');
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    mesos = await startMesosIn(folder);
    framework = rawFramework(mesos.master);
  });

  after(async () => {
    await mesos.stop();
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const launch = (name: string, uris: readonly V1Uri[], value: string) =>
    framework.launch({ name, command: { value, uris } });

  it('are in its sandbox before it starts: files, http, programs and archives', async () => {
    const path = (name: string) => join(folder, name);
    writeFileSync(path('plain'), 'from a file\n');
    writeFileSync(path('program'), '#!/bin/sh\necho from a program\n');
    execFileSync('tar', ['-czf', path('packed.tar.gz'), '-C', folder, 'plain']);
    const uris = [
      { value: path('plain'), output_file: 'below/renamed' },
      { value: `file://${path('program')}`, executable: true },
      { value: `${url}/said` },
      { value: path('packed.tar.gz') },
      { value: path('packed.tar.gz'), output_file: 'whole.tar.gz', extract: false },
    ];
    await launch('fetches', uris, 'cat below/renamed said plain; ./program; ls');
    await framework.reached('fetches', 'TASK_FINISHED');
    const sandbox = join(folder, 'work', 'sandboxes', 'test-agent-01', 'fetches');
    expect(readFileSync(join(sandbox, 'stdout'), 'utf8').split('\n')).to.include.members([
      'from a file',
      'from http',
      'from a program',
      'whole.tar.gz',
    ]);
  });

  const faults: Readonly<Record<string, readonly [() => V1Uri, RegExp]>> = {
    'a file that is not there': [() => ({ value: join(folder, 'none') }), /ENOENT/],
    'what the server has not': [() => ({ value: `${url}/none` }), /the server answered 404/],
    'another machine': [() => ({ value: 'http://192.0.2.1/x' }), /from this machine only/],
    'another scheme': [() => ({ value: 'hdfs://host/x' }), /files and http only/],
    'a place outside the sandbox': [
      () => ({ value: join(folder, 'plain'), output_file: '../up' }),
      /not inside the sandbox/,
    ],
    'an archive that is none': [
      () => ({ value: join(folder, 'plain'), output_file: 'x.tar' }),
      /tar/,
    ],
  };
  for (const [what, [uri, why]] of Object.entries(faults)) {
    it(`fail the task that asks for ${what}`, async () => {
      writeFileSync(join(folder, 'plain'), 'x');
      await launch(what, [uri()], 'true');
      const { reason, message } = await framework.reached(what, 'TASK_FAILED');
      expect(reason).to.equal('REASON_CONTAINER_LAUNCH_FAILED');
      expect(message)
        .to.match(/^Failed to fetch URI '/)
        .and.match(why);
    });
  }

  it('are given up when the task is killed', async () => {
    await launch('waits', [{ value: `${url}/silent` }], 'true');
    await until(() => asked.includes('/silent'), 'the request');
    framework.kill('waits');
    const { message } = await framework.reached('waits', 'TASK_KILLED');
    expect(message).to.equal('Command terminated with signal Terminated');
  });
});
