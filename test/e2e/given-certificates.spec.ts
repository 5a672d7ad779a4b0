import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { KeyPair } from '../../src/auth/port.ts';
import { MASTERS } from '../../src/auth/users.ts';
import { testCertificates } from '../support/access.ts';
import { startIssuer } from '../support/issuer.ts';
import { startProcess } from '../support/titan.ts';

describe('titan serve with certificates and an issuer of ours', function () {
  this.timeout(60_000);

  it('shows and trusts what it was given, and believes the issuer', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'titan-given-'));
    const certificates = await testCertificates();
    const { tls, authority } = certificates;
    const issuer = await startIssuer(tls);
    const write = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const ca = write('ca.crt', authority);
    const flags = [
      ...['serve', '--domain', 'dc1', '--region', 'here', '--mesos', 'http://127.0.0.1:1'],
      ...['--data', join(folder, 'data'), '--listen', '127.0.0.1:0', '--client-ca', ca],
      ...['--tls-cert', write('tls.crt', tls.certificate), '--tls-key', write('tls.key', tls.key)],
      ...['--oidc-issuer', issuer.url, '--oidc-client-id', 'titan'],
      ...['--oidc-username-claim', 'email', '--oidc-prefix', 'oidc:'],
    ];
    const titan = await startProcess(flags, { NODE_EXTRA_CA_CERTS: ca });
    try {
      const [url = ''] = /https:[\w.:/]+/.exec(titan.printed) ?? [];
      expect(url, titan.printed).to.not.equal('');
      expect(titan.printed).not.to.include('kubeconfig');
      const admin = await certificates.client('root', MASTERS);
      const ask = (bearer?: string, as?: KeyPair) => whoami(url, { ca: authority, bearer, as });
      const now = Date.now();
      expect(await ask(undefined, admin)).to.include({ username: 'root' });
      const ann = await issuer.token({ email: 'ann@x', groups: ['dev'] }, now);
      expect(await ask(ann)).to.deep.equal({
        username: 'oidc:ann@x',
        groups: ['oidc:dev', 'system:authenticated'],
      });
      expect(await ask(await issuer.token({ email: 'ann@x', aud: 'other' }, now))).to.equal(401);
      const stranger = await testCertificates();
      expect(await ask(undefined, await stranger.client('root', MASTERS))).to.equal(401);
      stranger.end();
    } finally {
      await titan.end();
      await issuer.stop();
      certificates.end();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  });
});

interface Credentials {
  readonly ca: string;
  readonly bearer: string | undefined;
  readonly as: KeyPair | undefined;
}

/** Who the server says that it is asked by, or the code of its refusal. */
function whoami(url: string, { ca, bearer, as }: Credentials): Promise<unknown> {
  const shown = as === undefined ? {} : { cert: as.certificate, key: as.key };
  const headers = {
    'content-type': 'application/json',
    ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
  };
  const path = `${url}/apis/authentication.k8s.io/v1/selfsubjectreviews`;
  return new Promise((resolve, reject) => {
    const asking = request(path, { method: 'POST', ca, headers, ...shown }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      const body = JSON.parse(Buffer.concat(chunks).toString());
      resolve(response.statusCode === 201 ? body.status.userInfo : response.statusCode);
    });
    asking.once('error', reject);
    asking.end('{}');
  });
}
