import {
  CLUSTER_ROLE_BINDING,
  RBAC_GROUP,
  SERVICE_ACCOUNT,
  type Subject,
} from '../../src/api/builtin.ts';
import type { RunningRegistry } from '../../src/registry/registry.ts';
import { testCertificates } from '../support/access.ts';
import { type BenchApi, load, openApi, openBare, TASKS_PATH } from '../support/bench-api.ts';
import type { LoadWork } from '../support/http-load.ts';
import { taskDocument } from '../support/many-tasks.ts';
import { accessOver } from '../support/secure-api.ts';
import { type Bench, median, type Trial } from './harness.ts';

const GETS = 10_000;
const READER = 'bench';
const TOKEN_SECONDS = 3_600;

type Credentials = Pick<LoadWork, 'tls' | 'token'>;

/** A reader who may only look, as roles say it. */
async function letRead(registry: RunningRegistry, subject: Subject): Promise<void> {
  await registry.client({ manager: 'bench' }).create(CLUSTER_ROLE_BINDING, {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: CLUSTER_ROLE_BINDING.kind,
    metadata: { name: READER },
    roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: 'view' },
    subjects: [subject],
  });
}

/** TLS on both sides; the reader shows a certificate. */
async function withCertificate(): Promise<Trial> {
  const certificates = await testCertificates();
  const signal = new AbortController().signal;
  const api = await openApi({
    count: 1_000,
    doors: async (registry, store) => {
      await letRead(registry, { apiGroup: RBAC_GROUP, kind: 'User', name: READER });
      const { authority } = certificates;
      const access = await accessOver({ registry, store, authority }, signal);
      return { tls: certificates.tls, access };
    },
  });
  const { certificate: cert, key } = await certificates.client(READER);
  const credentials = { tls: { ca: certificates.authority, cert, key } };
  return getTrial(api, credentials, async (bytes) => {
    const bare = await openBare([bytes], certificates.tls);
    return { ...bare, stop: () => bare.stop().then(certificates.end) };
  });
}

/** Plain HTTP on both sides; the reader shows the token of a service account. */
async function withToken(): Promise<Trial> {
  let token = '';
  const signal = new AbortController().signal;
  const api = await openApi({
    count: 1_000,
    doors: async (registry, store) => {
      const account = { namespace: 'default', name: READER };
      await letRead(registry, { kind: 'ServiceAccount', ...account });
      const { metadata } = await registry
        .client({ manager: 'bench' })
        .create(SERVICE_ACCOUNT, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account });
      const access = await accessOver({ registry, store, authority: '' }, signal);
      const { issuer } = access.tokens;
      const claims = { ...account, uid: metadata.uid, audiences: [issuer], seconds: TOKEN_SECONDS };
      ({ token } = await access.tokens.issue(claims));
      return { tls: undefined, access };
    },
  });
  return getTrial(api, { token }, (bytes) => openBare([bytes]));
}

async function getTrial(
  api: BenchApi,
  credentials: Credentials,
  openBeside: (bytes: Uint8Array) => ReturnType<typeof openBare>,
): Promise<Trial> {
  const key = { namespace: 'default', name: taskDocument(500).name };
  const { bytes } = await api.registry.get(api.tasks, key);
  const bare = await openBeside(bytes);
  const path = `${TASKS_PATH}/${key.name}`;
  const cpu: Record<'ours' | 'bare', number[]> = { ours: [], bare: [] };
  const rate = async (side: 'ours' | 'bare', port: number) => {
    const work = { port, path, ...credentials, connections: 32, requests: GETS };
    const before = process.threadCpuUsage();
    const { seconds } = await load(work);
    const { user, system } = process.threadCpuUsage(before);
    cpu[side].push((user + system) / GETS);
    return GETS / seconds;
  };
  return {
    ours: () => rate('ours', api.port),
    bare: () => rate('bare', bare.port),
    async facts() {
      const [ours, beside] = [median(cpu.ours), median(cpu.bare)];
      const microseconds = { 'CPU µs a GET': ours, 'bare CPU µs': beside };
      return { 'bytes of a task': bytes.length, ...microseconds, 'ratio by CPU': beside / ours };
    },
    async stop() {
      await api.stop();
      await bare.stop();
    },
  };
}

export const benches: readonly Bench[] = [
  {
    name: 'api-get-certificate',
    unit: 'GET/s',
    about:
      'GET of one task by a reader with a certificate, beside a bare node:https server that answers the same bytes',
    prepare: withCertificate,
  },
  {
    name: 'api-get-token',
    unit: 'GET/s',
    about:
      'GET of one task by a reader with a token, beside a bare node:http server that answers the same bytes',
    prepare: withToken,
  },
];
