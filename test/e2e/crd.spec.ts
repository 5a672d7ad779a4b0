import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startTestApi, type TestApi } from '../support/api-server.ts';
import { part } from '../support/parts.ts';

const CRD = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: crontabs.stable.example.com
spec:
  group: stable.example.com
  scope: Namespaced
  names: {plural: crontabs, singular: crontab, kind: CronTab, shortNames: [ct], categories: [all]}
  versions:
    - name: v1
      served: true
      storage: true
      subresources:
        status: {}
        scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}
      selectableFields:
        - {jsonPath: .spec.cronSpec}
      additionalPrinterColumns:
        - {name: Spec, type: string, jsonPath: .spec.cronSpec, description: When it runs.}
        - {name: Replicas, type: integer, jsonPath: .spec.replicas}
        - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
      schema:
        openAPIV3Schema:
          type: object
          description: CronTab runs something now and then.
          properties:
            spec:
              type: object
              required: [cronSpec]
              x-kubernetes-validations:
                - {rule: self.replicas <= self.maxReplicas, message: replicas must not exceed maxReplicas}
                - {rule: self.cronSpec == oldSelf.cronSpec, message: cronSpec is immutable}
              properties:
                cronSpec: {type: string, description: When it runs., maxLength: 40}
                replicas: {type: integer, minimum: 0, default: 1}
                maxReplicas: {type: integer, default: 3}
            status:
              type: object
              properties:
                replicas: {type: integer}
    - name: v1beta1
      served: true
      storage: false
      deprecated: true
      schema:
        openAPIV3Schema:
          type: object
          x-kubernetes-preserve-unknown-fields: true
`;

const TAB = `
apiVersion: stable.example.com/v1
kind: CronTab
metadata: {name: tab}
spec: {cronSpec: "* * * * *"}
`;

interface Result {
  readonly code: number;
  readonly out: string;
}

for (const name of ['kubectl-1.20', 'kubectl-1.32'] as const) {
  describe(`${name} and definitions of its user`, () => {
    const isOld = name === 'kubectl-1.20';
    const home = mkdtempSync(join(tmpdir(), 'titan-crd-'));
    const file = join(home, 'file.yaml');
    let api: TestApi;

    /** Runs kubectl; words are separated by single spaces. */
    function kubectl(line: string): Promise<Result> {
      const env = { HOME: home, KUBECONFIG: join(home, 'config'), PATH: '/bin:/usr/bin' };
      return new Promise((resolve) => {
        execFile(part(name), line.split(' '), { env, timeout: 15_000 }, (error, stdout, stderr) => {
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

    async function refused(line: string): Promise<string> {
      const { code, out } = await kubectl(line);
      expect(code, `${line}\n${out}`).to.equal(1);
      return out;
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
    after(async () => {
      expect(api.errors).to.deep.equal([]);
      await api.stop();
      rmSync(home, { recursive: true, force: true });
    });

    it('installs a kind, uses it as any other, and takes it away', async () => {
      writeFileSync(file, CRD);
      const crd = 'crd/crontabs.stable.example.com';
      const applied = await ok(`apply -f ${file}`);
      expect(applied).to.include('crontabs.stable.example.com created');
      const waited = await ok(`wait --for=condition=Established --timeout=5s ${crd}`);
      expect(waited).to.include('condition met');
      expect(await ok(`apply -f ${file}`)).to.include('unchanged');
      expect(await ok('api-resources --api-group=stable.example.com --no-headers')).to.match(
        /^crontabs +ct +stable.example.com\/v1 +true +CronTab/,
      );
      expect(await ok('explain crontab.spec --api-version=stable.example.com/v1')).to.include(
        'When it runs.',
      );

      writeFileSync(file, TAB);
      expect(await ok(`apply -f ${file}`)).to.equal('crontab.stable.example.com/tab created');
      expect(await ok('get ct')).to.match(
        /^NAME +SPEC +REPLICAS +AGE\ntab +\* \* \* \* \* +1 +\d+s$/,
      );
      expect(await ok('get all')).to.include('crontab.stable.example.com/tab');
      const column = 'get ct -o custom-columns=N:.metadata.name,M:.spec.maxReplicas --no-headers';
      expect(await ok(column)).to.match(/^tab +3$/);
      expect(await ok('get ct --field-selector spec.cronSpec=x -o name')).to.equal('');
      expect(await ok('scale ct/tab --replicas=3')).to.include('scaled');
      expect(await ok('get crontabs.v1beta1.stable.example.com tab -o name')).to.include(
        isOld ? 'tab' : 'Warning: stable.example.com/v1beta1 CronTab is deprecated',
      );

      expect(await refused('scale ct/tab --replicas=4')).to.include(
        'spec: Invalid value: replicas must not exceed maxReplicas',
      );
      expect(await refused('patch ct tab --type=merge -p {"spec":{"cronSpec":"x"}}')).to.include(
        'The CronTab "tab" is invalid: spec: Invalid value: cronSpec is immutable',
      );
      writeFileSync(file, TAB.replace('cronSpec:', 'bogus: 1, cronSpec:'));
      expect(await refused(`apply -f ${file}`)).to.match(/unknown field "(spec\.)?bogus"/);
      writeFileSync(file, CRD.replaceAll('self.replicas <=', 'self.replcas <='));
      expect(await refused(`apply -f ${file}`)).to.include("undefined field 'replcas'");

      expect(await ok(`delete ${crd} --timeout=10s`)).to.include('deleted');
      expect((await kubectl('get crontabs')).out).to.match(/could not find|have a resource type/);
      writeFileSync(file, CRD);
      await ok(`create -f ${file}`);
      await ok(`wait --for=condition=Established --timeout=5s ${crd}`);
      expect(await ok('get crontabs')).to.include('No resources found');
      await ok(`delete ${crd} --timeout=10s`);
    });
  });
}
