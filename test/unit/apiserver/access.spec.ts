import { connect } from 'node:http2';
import { expect } from 'chai';
import type { KeyPair } from '../../../src/auth/port.ts';
import { type SecureApi, startSecureApi } from '../../support/secure-api.ts';

const JOBS = '/apis/titan.dev/v1beta1/namespaces/default/jobs';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts';

function aJob(name: string) {
  const spec = { applicationName: 'rocker', version: '1', location: 'dc1:1' };
  return { apiVersion: 'titan.dev/v1beta1', kind: 'Job', metadata: { name }, spec };
}

function binding(role: string, subject: Record<string, string>, name = role) {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [subject],
  };
}

const impersonator = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'be-bob' },
  rules: [{ verbs: ['impersonate'], apiGroups: [''], resources: ['users'] }],
};

describe('who may come in', () => {
  let api: SecureApi;
  let ann: KeyPair;
  before(async () => {
    api = await startSecureApi();
    ann = await api.client('ann', 'dev');
  });
  after(async () => {
    await api.stop();
    expect(api.errors).to.deep.equal([]);
  });

  /** Asks until the roles that were just written are known. */
  async function until(code: number, ask: () => ReturnType<SecureApi['ask']>): Promise<void> {
    for (let turn = 0; turn < 200; turn += 1) {
      if ((await ask()).code === code) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect((await ask()).code).to.equal(code);
  }

  it('tells strangers whether it is well, and which version it is; nothing else', async () => {
    for (const path of ['/version', '/healthz', '/livez', '/readyz', '/readyz/store']) {
      expect((await api.ask(path)).code, path).to.equal(200);
    }
    for (const path of ['/', '/api', '/apis', '/metrics', '/openapi/v3', JOBS, '/nothing']) {
      const { code, body } = await api.ask(path);
      expect(code, path).to.equal(401);
      expect(body).to.deep.include({ message: 'Unauthorized', reason: 'Unauthorized' });
    }
    expect((await api.ask('/version', { method: 'POST' })).code).to.equal(401);
  });

  it('refuses credentials that do not hold, also where strangers may come', async () => {
    const other = await startSecureApi();
    const foreign = await other.client('ann', 'system:masters');
    await other.stop();
    expect((await api.ask('/version', { as: foreign })).code).to.equal(401);
    for (const authorization of ['Bearer x.y.z', 'Basic YTpi', 'Bearer', '']) {
      const { code } = await api.ask('/version', { headers: { authorization } });
      expect(code, authorization).to.equal(401);
    }
  });

  it('says in the words of Kubernetes what somebody may not do', async () => {
    const cases = [
      [
        'GET',
        JOBS,
        'jobs.titan.dev is forbidden: User "ann" cannot list resource "jobs" in API group "titan.dev" in the namespace "default"',
      ],
      [
        'GET',
        `${JOBS}?watch=1`,
        'jobs.titan.dev is forbidden: User "ann" cannot watch resource "jobs" in API group "titan.dev" in the namespace "default"',
      ],
      [
        'PATCH',
        `${JOBS}/web/status`,
        'jobs.titan.dev "web" is forbidden: User "ann" cannot patch resource "jobs/status" in API group "titan.dev" in the namespace "default"',
      ],
      [
        'DELETE',
        '/apis/titan.dev/v1beta1/agents',
        'agents.titan.dev is forbidden: User "ann" cannot deletecollection resource "agents" in API group "titan.dev" at the cluster scope',
      ],
      [
        'GET',
        '/api/v1/namespaces/x',
        'namespaces "x" is forbidden: User "ann" cannot get resource "namespaces" in API group "" in the namespace "x"',
      ],
      ['GET', '/metrics', 'forbidden: User "ann" cannot get path "/metrics"'],
      ['POST', '/nothing', 'forbidden: User "ann" cannot post path "/nothing"'],
    ] as const;
    for (const [method, path, message] of cases) {
      const { code, body } = await api.ask(path, { method, as: ann });
      expect({ code, message: body.message, reason: body.reason }).to.deep.equal({
        code: 403,
        message,
        reason: 'Forbidden',
      });
    }
    expect((await api.ask('/apis', { as: ann })).code).to.equal(200);
  });

  it('refuses questions that cannot be answered', async () => {
    const may = 'authorization.k8s.io/v1/subjectaccessreviews';
    const resourceAttributes = { verb: 'get', resource: 'jobs' };
    const nonResourceAttributes = { verb: 'get', path: '/livez' };
    const cases = [
      [may, { user: 'x' }, 'exactly one of nonResourceAttributes or resourceAttributes'],
      [may, { resourceAttributes }, 'at least one of user or group must be specified'],
      [
        may,
        { user: 'x', resourceAttributes, nonResourceAttributes },
        'spec.nonResourceAttributes: Invalid value: cannot be specified in combination',
      ],
      ['authorization.k8s.io/v1/selfsubjectrulesreviews', {}, 'no namespace on request'],
      ['authentication.k8s.io/v1/tokenreviews', {}, 'token is required for TokenReview'],
    ] as const;
    const odd = { kind: [{ toString: null }] };
    const asked = { method: 'POST', as: api.admin, body: odd };
    const { code: refused } = await api.ask(`/apis/${may}`, asked);
    expect(refused).to.equal(400);
    for (const [path, spec, says] of cases) {
      const asking = { method: 'POST', as: api.admin, body: { spec } };
      const { code, body } = await api.ask(`/apis/${path}`, asking);
      expect(code, body.message).to.be.oneOf([400, 422]);
      expect(body.message).to.include(says);
    }
  });

  it('lets somebody do what a role says once they are bound to it, and no longer after', async () => {
    const body = binding('edit', {
      kind: 'Group',
      apiGroup: RBAC.split('/')[2] ?? '',
      name: 'dev',
    });
    const path = `${RBAC}/namespaces/default/rolebindings`;
    const made = await api.ask(path, { method: 'POST', as: api.admin, body });
    expect(made.code, JSON.stringify(made.body)).to.equal(201);
    await until(200, () => api.ask(JOBS, { as: ann }));
    const create = await api.ask(JOBS, { method: 'POST', as: ann, body: aJob('a') });
    expect(create.code).to.equal(201);
    expect((await api.ask('/apis/titan.dev/v1beta1/jobs', { as: ann })).code).to.equal(403);
    expect((await api.ask(`${RBAC}/clusterroles`, { as: ann })).code).to.equal(403);
    await api.ask(`${path}/edit`, { method: 'DELETE', as: api.admin });
    await until(403, () => api.ask(JOBS, { as: ann }));
  });

  it('lets nobody give away more than they have', async () => {
    const eve = await api.client('eve');
    const subject = { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'eve' };
    const path = `${RBAC}/namespaces/default/rolebindings`;
    const bind = (role: string, name: string, as = eve) =>
      api.ask(path, { method: 'POST', as, body: binding(role, subject, name) });
    expect((await bind('admin', 'first', api.admin)).code).to.equal(201);
    await until(200, () => api.ask(path, { as: eve }));
    const refused = await bind('cluster-admin', 'more');
    expect(refused.body.message).to.match(
      /^rolebindings\.rbac\.authorization\.k8s\.io "more" is forbidden: user "eve" .* is attempting to grant RBAC permissions not currently held:/,
    );
    expect((await bind('no-such-role', 'later')).code).to.equal(403);
    expect((await bind('view', 'less')).code).to.equal(201);
    const rules = [{ verbs: ['*'], apiGroups: [''], resources: ['secrets'] }];
    const type = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role' };
    const roles = path.replace('rolebindings', 'roles');
    const role = { ...type, metadata: { name: 'r' }, rules: [{ ...rules[0], verbs: ['get'] }] };
    expect((await api.ask(roles, { method: 'POST', as: eve, body: role })).code).to.equal(201);
    const patch = { method: 'PATCH', as: eve, body: { rules } };
    expect((await api.ask(`${roles}/r`, patch)).code).to.equal(403);
    expect((await api.ask(`${roles}/r?dryRun=All`, patch)).code).to.equal(403);
    const more = { method: 'POST', as: eve, body: { ...role, metadata: { name: 's' }, rules } };
    expect((await api.ask(`${roles}?dryRun=All`, more)).code).to.equal(403);
    await api.ask(`${path}/first`, { method: 'DELETE', as: api.admin });
  });

  it('lets nobody create by another verb who may not create', async () => {
    const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
    const rule = { verbs: ['get', 'update', 'patch'], apiGroups: ['*'], resources: ['leases'] };
    const type = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' };
    const role = { ...type, metadata: { name: 'changer' }, rules: [rule] };
    await api.ask(`${RBAC}/clusterroles`, { method: 'POST', as: api.admin, body: role });
    const subject = { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'kim' };
    const bindings = `${RBAC}/namespaces/default/rolebindings`;
    const body = binding('changer', subject);
    await api.ask(bindings, { method: 'POST', as: api.admin, body });
    const kim = await api.client('kim');
    await until(404, () => api.ask(`${leases}/a`, { as: kim }));
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'a' } };
    const put = (as: KeyPair) => api.ask(`${leases}/a`, { method: 'PUT', as, body: lease });
    const message =
      'leases.coordination.k8s.io "a" is forbidden: User "kim" cannot create resource "leases" in API group "coordination.k8s.io" in the namespace "default"';
    expect((await put(kim)).body.message).to.equal(message);
    const apply = await api.ask(`${leases}/a?fieldManager=m`, {
      method: 'PATCH',
      as: kim,
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: lease,
    });
    expect(apply.body.message).to.equal(message);
    expect((await put(api.admin)).code).to.equal(201);
    expect((await put(kim)).code).to.equal(200);
  });

  it('keeps an aggregated role equal to what its selectors choose', async () => {
    const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };
    const rules = [{ verbs: ['get'], apiGroups: ['example.com'], resources: ['things'] }];
    const type = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' };
    const body = { ...type, metadata: { name: 'things', labels }, rules };
    await api.ask(`${RBAC}/clusterroles`, { method: 'POST', as: api.admin, body });
    for (const name of ['view', 'edit', 'admin']) {
      for (let turn = 0; ; turn += 1) {
        const { body: role } = await api.ask(`${RBAC}/clusterroles/${name}`, { as: api.admin });
        if (JSON.stringify(role.rules).includes('example.com')) break;
        expect(turn, `${name} never got the rule`).to.be.lessThan(200);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  });

  it('gives a service account a token, which is good until the account is gone', async () => {
    const body = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'bot' } };
    expect((await api.ask(ACCOUNTS, { method: 'POST', as: api.admin, body })).code).to.equal(201);
    const request = { spec: { expirationSeconds: 600 } };
    const path = `${ACCOUNTS}/bot/token`;
    expect((await api.ask(path, { method: 'POST', as: ann, body: request })).code).to.equal(403);
    const given = await api.ask(path, { method: 'POST', as: api.admin, body: request });
    expect(given.code).to.equal(201);
    const { token } = given.body.status;
    const headers = { authorization: `Bearer ${token}` };
    const come = (at = '/apis') => api.ask(at, { headers });
    expect((await come()).code).to.equal(200);
    expect((await come(JOBS)).body.message).to.include(
      'User "system:serviceaccount:default:bot" cannot list',
    );
    const encoded = Buffer.from(token).toString('base64url');
    const protocol = `base64url.bearer.authorization.k8s.io.${encoded}, v4.channel.k8s.io`;
    const browser = await api.ask('/apis', { headers: { 'sec-websocket-protocol': protocol } });
    expect(browser.code).to.equal(200);
    const review = (of: string) =>
      api.ask('/apis/authentication.k8s.io/v1/tokenreviews', {
        method: 'POST',
        as: api.admin,
        body: { spec: { token: of } },
      });
    expect((await review(token)).body.status).to.deep.include({ authenticated: true });
    expect((await review('x')).body.status).to.deep.include({ authenticated: false });
    await api.ask(`${ACCOUNTS}/bot`, { method: 'DELETE', as: api.admin });
    expect((await come()).code).to.equal(401);
    for (const spec of [{ expirationSeconds: 1 }, { boundObjectRef: { kind: 'Pod' } }]) {
      const refused = await api.ask(path, { method: 'POST', as: api.admin, body: { spec } });
      expect(refused.code).to.equal(422);
    }
  });

  it('ends a token with the secret that it is bound to, and fills secrets made for tokens', async () => {
    const secrets = '/api/v1/namespaces/default/secrets';
    const post = (path: string, body: unknown) =>
      api.ask(path, { method: 'POST', as: api.admin, body });
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'ci' } };
    await post(ACCOUNTS, account);
    const come = (token: string) =>
      api.ask('/apis', { headers: { authorization: `Bearer ${token}` } });
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'held' } };
    const made = await post(secrets, secret);
    const bind = (boundObjectRef: object) =>
      post(`${ACCOUNTS}/ci/token`, { spec: { boundObjectRef } });
    const held = { kind: 'Secret', apiVersion: 'v1', name: 'held' };
    expect((await bind({ ...held, name: 'nothing' })).code).to.equal(404);
    expect((await bind({ ...held, uid: 'x' })).code).to.equal(409);
    const given = await bind(held);
    const { boundObjectRef } = given.body.spec;
    expect(boundObjectRef).to.deep.equal({ ...held, uid: made.body.metadata.uid });
    const { token } = given.body.status;
    expect((await come(token)).code).to.equal(200);
    await api.ask(`${secrets}/held`, { method: 'DELETE', as: api.admin });
    expect((await come(token)).code).to.equal(401);

    const annotations = { 'kubernetes.io/service-account.name': 'ci' };
    const type = 'kubernetes.io/service-account-token';
    await post(secrets, { ...secret, type, metadata: { name: 'kept', annotations } });
    await post(secrets, {
      ...secret,
      type,
      metadata: { name: 'lost', annotations: { 'kubernetes.io/service-account.name': 'nobody' } },
    });
    const read = (name: string) => api.ask(`${secrets}/${name}`, { as: api.admin });
    await until(404, () => read('lost'));
    let kept = await read('kept');
    for (let turn = 0; kept.body.data === undefined && turn < 200; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      kept = await read('kept');
    }
    expect(kept.body.data).to.have.all.keys('token', 'namespace', 'ca.crt');
    const long = Buffer.from(kept.body.data.token, 'base64').toString();
    expect((await come(long)).code).to.equal(200);
    await api.ask(`${ACCOUNTS}/ci`, { method: 'DELETE', as: api.admin });
    expect((await come(long)).code).to.equal(401);
    await until(404, () => read('kept'));
  });

  it('lets only those take the place of others who may', async () => {
    const as = (headers: Record<string, string | string[]>, sender = api.admin) =>
      api.ask(JOBS, { as: sender, headers });
    expect((await as({ 'impersonate-user': 'bob' })).body.message).to.include('User "bob" cannot');
    const groups = { 'impersonate-user': 'bob', 'impersonate-group': ['x', 'system:masters'] };
    expect((await as(groups)).code).to.equal(200);
    expect((await as({ 'impersonate-user': 'bob' }, ann)).body.message).to.equal(
      'users "bob" is forbidden: User "ann" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
    expect((await as({ 'impersonate-group': 'system:masters' }, ann)).code).to.equal(400);
    expect((await as({ 'impersonate-extra-a': 'b' })).code).to.equal(400);
    const whole = {
      'impersonate-user': 'bob',
      'impersonate-uid': 'u-1',
      'impersonate-extra-example.com%2fscopes': ['read', 'write'],
    };
    const whoami = (sender: KeyPair) =>
      api.ask('/apis/authentication.k8s.io/v1/selfsubjectreviews', {
        method: 'POST',
        as: sender,
        headers: whole,
        body: {},
      });
    expect((await whoami(api.admin)).body.status.userInfo).to.deep.equal({
      username: 'bob',
      uid: 'u-1',
      groups: ['system:authenticated'],
      extra: { 'example.com/scopes': ['read', 'write'] },
    });
    await api.ask(`${RBAC}/clusterroles`, { method: 'POST', as: api.admin, body: impersonator });
    const subject = { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'ann' };
    await api.ask(`${RBAC}/clusterrolebindings`, {
      method: 'POST',
      as: api.admin,
      body: { ...binding('be-bob', subject), kind: 'ClusterRoleBinding' },
    });
    const refusal = 'cannot impersonate resource';
    await until(403, () => as({ 'impersonate-user': 'bob' }, ann));
    for (let turn = 0; turn < 200; turn += 1) {
      if ((await whoami(ann)).body.message?.includes('uids')) break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect((await whoami(ann)).body.message).to.include(
      `"u-1" is forbidden: User "ann" ${refusal}`,
    );
    expect((await as({ ...whole, 'impersonate-uid': [] }, ann)).body.message).to.include(
      `"read" is forbidden: User "ann" ${refusal} "userextras/example.com/scopes"`,
    );
  });

  it('writes a line for what changes something, also where it was refused', async () => {
    api.audit.length = 0;
    await api.ask(JOBS, { as: api.admin });
    await api.ask(JOBS, { method: 'POST', as: api.admin, body: aJob('audited') });
    await api.ask(`${JOBS}/audited`, { method: 'DELETE', as: ann });
    const headers = {
      'impersonate-user': 'bob',
      'impersonate-group': 'system:masters',
      'audit-id': `${'x'.repeat(64)} and more`,
    };
    await api.ask(`${JOBS}/audited?dryRun=All`, { method: 'DELETE', as: api.admin, headers });
    const lines = api.audit.map(({ user, as, verb, resource, name, code, dryRun }) =>
      [user, as, verb, resource, name, code, dryRun].map((part) => part ?? '-').join(' '),
    );
    expect(lines).to.deep.equal([
      'titan-admin - create jobs  201 -',
      'ann - delete jobs audited 403 -',
      'titan-admin bob delete jobs audited 200 true',
    ]);
    expect(api.audit.map(({ id }) => id)).to.include('x'.repeat(64));
  });

  it('names each request in its answer as in the audit log', async () => {
    api.audit.length = 0;
    const refused = await api.ask(`${JOBS}/none`, { method: 'DELETE', as: ann });
    const read = await api.ask(JOBS, { as: api.admin });
    const stranger = await api.ask('/version');
    const ids = [refused, read, stranger].map(({ headers }) => headers['audit-id']);
    for (const id of ids) expect(id).to.match(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(new Set(ids).size).to.equal(3);
    expect(api.audit.map(({ id }) => id)).to.deep.equal(ids.slice(0, 1));
  });

  it('speaks HTTP/2 too, and knows there who asks', async () => {
    const session = connect(api.url, { ca: api.authority, cert: ann.certificate, key: ann.key });
    try {
      const asked = ['/apis', JOBS].map(async (path) => {
        const stream = session.request({ ':path': path });
        const [headers] = await new Promise<[Record<string, unknown>]>((resolve) =>
          stream.once('response', (head) => resolve([head as Record<string, unknown>])),
        );
        stream.resume();
        return headers[':status'];
      });
      expect(await Promise.all(asked)).to.deep.equal([200, 403]);
    } finally {
      session.close();
    }
  });
});

describe('how much one user may have under way', () => {
  it('answers 429 and when to come again, and lets others through', async () => {
    const api = await startSecureApi({ requests: 10, watches: 1 });
    const bob = await api.client('bob', 'system:masters');
    const watch = `${JOBS}?watch=1&timeoutSeconds=1`;
    const first = api.ask(watch, { as: bob });
    await api.ask('/readyz', { as: bob });
    let second = await api.ask(watch, { as: bob });
    for (let turn = 0; second.code === 200 && turn < 5; turn += 1)
      second = await api.ask(watch, { as: bob });
    expect(second.code).to.equal(429);
    expect(second.headers['retry-after']).to.equal('1');
    expect(second.body.details).to.deep.equal({ retryAfterSeconds: 1 });
    expect((await api.ask(JOBS, { as: bob })).code).to.equal(200);
    expect((await api.ask(watch, { as: api.admin })).code).to.equal(200);
    await first;
    expect((await api.ask(watch, { as: bob })).code).to.equal(200);
    await api.stop();
  });
});
