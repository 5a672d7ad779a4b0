import { execFile, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startTestApi, type TestApi } from '../support/api-server.ts';
import { part } from '../support/parts.ts';

const JOB = `
apiVersion: titan.dev/v1beta1
kind: Job
metadata:
  name: rocker
  labels: {app: rocker}
spec:
  applicationName: nf-rocker
  version: "1.06"
  location: dc1:20
`;

interface Result {
  readonly code: number;
  readonly out: string;
}

for (const name of ['kubectl-1.20', 'kubectl-1.32'] as const) {
  describe(`${name} against the API server`, () => {
    const isOld = name === 'kubectl-1.20';
    const home = mkdtempSync(join(tmpdir(), 'titan-kubectl-'));
    const file = join(home, 'job.yaml');
    const editor = join(home, 'editor');
    let api: TestApi;

    function options() {
      const env = {
        HOME: home,
        KUBECONFIG: join(home, 'config'),
        KUBE_EDITOR: editor,
        PATH: '/bin:/usr/bin',
      };
      return { env, timeout: 15_000 };
    }

    /** Runs kubectl; words are separated by single spaces. Output is trimmed, ages become `AGE`. */
    function kubectl(line: string): Promise<Result> {
      return new Promise((resolve) => {
        execFile(part(name), line.split(' '), options(), (error, stdout, stderr) => {
          const out = `${stdout}${stderr}`.trim().replaceAll(/ +$/gm, '');
          resolve({ code: error === null ? 0 : Number(error.code ?? 1), out });
        });
      });
    }

    async function ok(line: string): Promise<string> {
      const { code, out } = await kubectl(line);
      expect(code, `${line}\n${out}`).to.equal(0);
      return out;
    }

    function jobWith(from: string, to: string): void {
      writeFileSync(file, JOB.replace(from, to));
    }

    async function post(path: string, value: object): Promise<void> {
      const headers = { 'content-type': 'application/json' };
      const url = `${api.url}${path}`;
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(value) });
      expect(response.status).to.equal(201);
    }

    async function setStatus(status: object): Promise<void> {
      const url = `${api.url}/apis/titan.dev/v1beta1/namespaces/default/jobs/rocker/status`;
      const headers = { 'content-type': 'application/merge-patch+json' };
      const body = JSON.stringify({ status });
      expect((await fetch(url, { method: 'PATCH', headers, body })).status).to.equal(200);
    }

    before(async () => {
      api = await startTestApi();
      const config = {
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'test', cluster: { server: api.url } }],
        contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
        users: [{ name: 'test', user: {} }],
        'current-context': 'test',
      };
      writeFileSync(join(home, 'config'), JSON.stringify(config));
    });
    beforeEach(async () => {
      jobWith('', '');
      await kubectl('delete job --all');
    });
    after(async () => {
      expect(api.errors).to.deep.equal([]);
      await api.stop();
      rmSync(home, { recursive: true, force: true });
    });

    it('discovers what is served', async () => {
      const resources = await ok('api-resources --no-headers -o wide');
      expect(resources).to.match(/^jobs +tj +titan.dev\/v1beta1 +true +Job /m);
      expect(resources).to.match(/^configmaps +cm +v1 +true +ConfigMap /m);
      expect((await ok('api-versions')).split('\n')).to.include.members([
        'titan.dev/v1beta1',
        'v1',
      ]);
      expect(await ok('version')).to.include('v1.35.0');
      expect(await ok('get --raw /readyz')).to.equal('ok');
    });

    it('creates, lists and deletes', async () => {
      expect(await ok(`create -f ${file}`)).to.equal('job.titan.dev/rocker created');
      const again = await kubectl(`create -f ${file}`);
      expect(again.code).to.equal(1);
      expect(again.out).to.include('jobs.titan.dev "rocker" already exists');
      expect(await ok('get jobs')).to.match(
        /^NAME +APPLICATION +VERSION +DESIRED +RUNNING +STATUS +AGE\nrocker +nf-rocker +1.06 +\d+s$/,
      );
      expect(await ok('get tj rocker -o wide --no-headers')).to.match(/dc1:20 +1 +512$/);
      expect(await ok('get job -l app=rocker -o name')).to.equal('job.titan.dev/rocker');
      expect(await ok('get job -l app=web')).to.include('No resources found');
      expect(await ok('get job -A --field-selector metadata.name=rocker -o name')).to.include(
        'rocker',
      );
      expect(await ok('get job rocker -o jsonpath={.spec.location}')).to.equal('dc1:20');
      expect(await ok('get job --sort-by=.metadata.name --show-labels')).to.include('app=rocker');
      expect(await ok('get all')).to.include('job.titan.dev/rocker');
      expect(await ok('delete job rocker --dry-run=server')).to.include('deleted (server dry run)');
      expect(await ok('delete job rocker')).to.equal('job.titan.dev "rocker" deleted');
      const gone = await kubectl('get job rocker');
      expect(gone).to.deep.equal({
        code: 1,
        out: 'Error from server (NotFound): jobs.titan.dev "rocker" not found',
      });
    });

    it('pages through long lists', async () => {
      for (let index = 0; index < 7; index += 1) {
        await ok(`create configmap page-${index} --from-literal=a=b`);
      }
      const names = await ok('get cm --chunk-size=3 -o name');
      expect(names.split('\n')).to.have.length(7);
      expect(await ok('get cm --chunk-size=2 --no-headers')).to.match(/^page-0 +1 +\d+s/);
      await ok('delete cm --all');
    });

    it('creates built-in kinds and waits for a namespace to end', async () => {
      expect(await ok('create namespace team')).to.equal('namespace/team created');
      expect(await ok('create configmap c -n team --from-literal=a=b')).to.equal(
        'configmap/c created',
      );
      expect(await ok('get ns team --no-headers')).to.match(/^team +Active +\d+s$/);
      expect(await ok('describe cm c -n team')).to.match(/a:\n-+\nb/);
      expect(await ok('delete ns team')).to.equal('namespace "team" deleted');
      expect((await kubectl('get ns team')).code).to.equal(1);
    });

    it('refuses unknown fields and wrong values with their paths', async () => {
      jobWith('location: dc1:20', 'location: dc1:20\n  bogus: 1');
      const unknown = await kubectl(`create -f ${file}`);
      expect(unknown.code).to.equal(1);
      expect(unknown.out).to.match(isOld ? /unknown field "bogus"/ : /unknown field "spec.bogus"/);
      jobWith('location: dc1:20', 'location: dc1:20\n  ports: -1');
      const wrong = await kubectl(`create -f ${file}`);
      expect(wrong.out).to.include('The Job "rocker" is invalid');
      expect(wrong.out).to.include('spec.ports');
    });

    it('applies from the client, shows differences, and applies on the server', async () => {
      expect(await ok(`apply -f ${file}`)).to.equal('job.titan.dev/rocker created');
      expect(await ok(`apply -f ${file}`)).to.equal('job.titan.dev/rocker unchanged');
      expect(await ok(`diff -f ${file}`)).to.equal('');
      jobWith('"1.06"', '"1.07"');
      const difference = await kubectl(`diff -f ${file}`);
      expect(difference.code).to.equal(1);
      expect(difference.out).to.match(/^-\s+version: "1.06"$/m);
      expect(difference.out).to.match(/^\+\s+version: "1.07"$/m);
      expect(await ok(`apply --dry-run=server -f ${file}`)).to.include(
        'configured (server dry run)',
      );
      expect(await ok(`apply -f ${file}`)).to.equal('job.titan.dev/rocker configured');
      expect(await ok('get job rocker -o jsonpath={.spec.version}')).to.equal('1.07');
      await ok('delete job rocker');
      const serverSide = 'job.titan.dev/rocker serverside-applied';
      expect(await ok(`apply --server-side -f ${file}`)).to.equal(serverSide);
      expect(await ok(`apply --server-side -f ${file}`)).to.equal(serverSide);
      await ok('patch job rocker --type=merge -p {"spec":{"version":"2.0"}}');
      const conflict = await kubectl(`apply --server-side -f ${file}`);
      expect(conflict.code).to.equal(1);
      expect(conflict.out).to.include('Apply failed with 1 conflict');
      expect(conflict.out).to.include('.spec.version');
      expect(await ok(`apply --server-side --force-conflicts -f ${file}`)).to.equal(serverSide);
      expect(await ok('get job rocker -o jsonpath={.spec.version}')).to.equal('1.07');
    });

    it('scales, patches, labels, annotates, edits and replaces', async () => {
      await ok(`create -f ${file}`);
      expect(await ok('scale job/rocker --replicas=60')).to.equal('job.titan.dev/rocker scaled');
      expect(await ok('get job rocker -o jsonpath={.spec.replicas}')).to.equal('60');
      expect(await ok('scale job/rocker --current-replicas=60 --replicas=30')).to.include('scaled');
      const stale = await kubectl('scale job/rocker --current-replicas=60 --replicas=10');
      expect(stale.out).to.include('Expected replicas to be 60, was 30');
      await ok(
        'patch job rocker --type=json -p [{"op":"replace","path":"/spec/version","value":"3"}]',
      );
      expect(await ok('label job rocker tier=gold')).to.include('labeled');
      expect(await ok('annotate job rocker why=test')).to.include('annotated');
      expect(await ok('get job rocker -L tier --no-headers')).to.match(/gold$/);
      writeFileSync(editor, '#!/bin/sh\nsed -i \'s/version: "3"/version: "4"/\' "$1"\n');
      chmodSync(editor, 0o755);
      expect(await ok('edit job rocker')).to.equal('job.titan.dev/rocker edited');
      expect(await ok('get job rocker -o jsonpath={.spec.version}')).to.equal('4');
      expect(await ok(`replace -f ${file}`)).to.equal('job.titan.dev/rocker replaced');
      expect(await ok(`replace --force -f ${file}`)).to.include('job.titan.dev/rocker replaced');
      const strategic = await kubectl('patch job rocker -p {"spec":{"version":"5"}}');
      expect(strategic.code).to.equal(1);
      expect(strategic.out).to.include('application/merge-patch+json');
    });

    it('describes an object with its events', async () => {
      await ok(`create -f ${file}`);
      const uid = await ok('get job rocker -o jsonpath={.metadata.uid}');
      await post('/api/v1/namespaces/default/events', {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: 'rocker.1' },
        involvedObject: {
          apiVersion: 'titan.dev/v1beta1',
          kind: 'Job',
          namespace: 'default',
          name: 'rocker',
          uid,
        },
        type: 'Warning',
        reason: 'NoAgent',
        message: 'no agent has 4 cpus',
        source: { component: 'placement' },
        firstTimestamp: new Date(Date.now() - 130_000).toISOString(),
        lastTimestamp: new Date(Date.now() - 130_000).toISOString(),
        count: 1,
      });
      const text = await ok('describe job rocker');
      expect(text).to.match(/Warning +NoAgent +2m1\ds +placement +no agent has 4 cpus/);
      expect(await ok('get events --no-headers')).to.match(
        /^2m1\ds +Warning +NoAgent +job\/rocker +no agent has 4 cpus$/,
      );
      if (!isOld) expect(await ok('events --for job/rocker')).to.include('NoAgent');
    });

    it('explains every field', async () => {
      const version = '--api-version=titan.dev/v1beta1';
      expect(await ok(`explain job.spec.location ${version}`)).to.include(
        'dc1:20,us-west-2:dc2:40',
      );
      expect(await ok(`explain job.metadata.labels ${version}`)).to.include('map[string]string');
      const all = await ok(`explain job ${version} --recursive`);
      for (const field of ['restartOnSuccess', 'memory', 'conditions', 'ownerReferences']) {
        expect(all).to.include(field);
      }
      expect(await ok('explain ns')).to.include('Namespace');
    });

    it('waits for conditions and for the end', async () => {
      await ok(`create -f ${file}`);
      const late = await kubectl('wait --for=condition=Available job/rocker --timeout=1s');
      expect(late.out).to.include('timed out waiting for the condition');
      const waited = ok('wait --for=condition=Available job/rocker --timeout=10s');
      await setStatus({ conditions: [{ type: 'Available', status: 'True' }] });
      expect(await waited).to.equal('job.titan.dev/rocker condition met');
      const ended = ok('wait --for=delete job/rocker --timeout=10s');
      await ok('delete job rocker --wait=false');
      await ended;
    });

    it('follows changes as they come', async () => {
      await ok(`create -f ${file}`);
      const watching = spawn(part(name), ['get', 'jobs', '-w'], options());
      const lines: string[] = [];
      const seen = (pattern: RegExp) =>
        new Promise<void>((resolve, reject) => {
          const check = () => pattern.test(lines.join('')) && resolve();
          watching.stdout.on('data', check);
          watching.once('close', () => reject(new Error(`no ${pattern} in ${lines.join('')}`)));
          check();
        });
      watching.stdout.on('data', (chunk: Buffer) => lines.push(chunk.toString()));
      await seen(/^rocker +nf-rocker/m);
      await setStatus({ phase: 'Available', desired: 20, running: 20 });
      await seen(/^rocker +nf-rocker +1.06 +20 +20 +Available +\d+s$/m);
      const ended = new Promise((resolve) => watching.once('close', resolve));
      watching.kill('SIGTERM');
      await ended;
    });
  });
}
