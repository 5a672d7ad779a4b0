import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { part } from '../support/parts.ts';
import { type SecureApi, startSecureApi } from '../support/secure-api.ts';

for (const name of ['kubectl-1.20', 'kubectl-1.32'] as const) {
  describe(`${name} and who may do what`, () => {
    const isOld = name === 'kubectl-1.20';
    const home = mkdtempSync(join(tmpdir(), 'titan-access-'));
    let api: SecureApi;

    function kubectl(user: string, line: string): Promise<string> {
      const env = { HOME: home, KUBECONFIG: join(home, user), PATH: '/bin:/usr/bin' };
      return new Promise((resolve) => {
        execFile(part(name), line.split(' '), { env, timeout: 15_000 }, (_, stdout, stderr) => {
          resolve(`${stdout}${stderr}`.trim());
        });
      });
    }

    before(async () => {
      api = await startSecureApi();
      writeFileSync(join(home, 'admin'), api.kubeconfig(api.admin));
      writeFileSync(join(home, 'ann'), api.kubeconfig(await api.client('ann', 'dev')));
    });
    after(async () => {
      await api.stop();
      rmSync(home, { recursive: true });
      expect(api.errors).to.deep.equal([]);
    });

    it('asks what it may do, before and after it was given a role', async () => {
      expect(await kubectl('admin', 'auth can-i * *')).to.equal('yes');
      expect(await kubectl('ann', 'auth can-i create jobs')).to.match(/^no\b/);
      expect(await kubectl('ann', 'get jobs')).to.equal(
        'Error from server (Forbidden): jobs.titan.dev is forbidden: User "ann" cannot list resource "jobs" in API group "titan.dev" in the namespace "default"',
      );
      const given = await kubectl('admin', 'create rolebinding dev --clusterrole=view --group=dev');
      expect(given).to.equal('rolebinding.rbac.authorization.k8s.io/dev created');
      expect(await kubectl('ann', 'auth can-i list jobs')).to.equal('yes');
      expect(await kubectl('ann', 'auth can-i list secrets')).to.match(/^no\b/);
      expect(await kubectl('ann', 'get jobs')).to.equal('No resources found in default namespace.');
      const rules = await kubectl('ann', 'auth can-i --list');
      expect(rules).to.match(/^\*\.titan\.dev +\[\] +\[\] +\[get list watch\]$/m);
      expect(rules).to.match(/\[\/apis\/\*\] +\[\] +\[get\]/);
    });

    it('takes the place of another', async () => {
      const as = await kubectl('admin', 'auth can-i delete jobs --as=bob --as-group=dev');
      expect(as).to.match(/^no\b/);
      expect(await kubectl('admin', 'auth can-i list jobs --as=bob --as-group=dev')).to.equal(
        'yes',
      );
      expect(await kubectl('ann', 'get jobs --as=bob')).to.include(
        'User "ann" cannot impersonate resource "users"',
      );
    });

    it('makes roles, and lets a service account in with its token', async () => {
      if (isOld) return;
      expect(await kubectl('admin', 'create serviceaccount bot')).to.include('created');
      const role = 'create clusterrole see --verb=get,list --resource=tasks.titan.dev';
      expect(await kubectl('admin', role)).to.include('created');
      const to = 'create clusterrolebinding see --clusterrole=see --serviceaccount=default:bot';
      expect(await kubectl('admin', to)).to.include('created');
      const token = await kubectl('admin', 'create token bot');
      writeFileSync(join(home, 'ca'), api.authority);
      const by = `--server=${api.url} --certificate-authority=${join(home, 'ca')} --token=${token}`;
      expect(await kubectl('none', `${by} get tasks -A`)).to.equal('No resources found');
      expect(await kubectl('none', `${by} get jobs`)).to.include(
        'User "system:serviceaccount:default:bot" cannot list resource "jobs"',
      );
      expect(await kubectl('none', `${by} auth whoami`)).to.match(
        /Username +system:serviceaccount:default:bot/,
      );
      expect(await kubectl('ann', 'auth whoami')).to.match(/Groups +\[dev system:authenticated\]/);
    });
  });
}
