import { Agent, request } from 'node:https';
import type { Limits } from '../../src/apiserver/access/limits.ts';
import type { Access, KeyPair } from '../../src/auth/port.ts';
import { MASTERS } from '../../src/auth/users.ts';
import { openAccess } from '../../src/compose/access.ts';
import { ensureDefaultRoles } from '../../src/compose/default-roles.ts';
import { kubeconfigText } from '../../src/compose/kubeconfig.ts';
import type { RunningRegistry } from '../../src/registry/registry.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import type { Store } from '../../src/store/port.ts';
import { testCertificates } from './access.ts';
import { startTestApi, type TestApi } from './api-server.ts';
import { quietLog } from './registry.ts';

export interface Asking {
  readonly method?: string;
  readonly as?: KeyPair | undefined;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: unknown;
}

export interface Answered {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every kind
  readonly body: any;
}

/** The API behind its doors: TLS, certificates, tokens, roles. */
export interface SecureApi extends TestApi {
  readonly authority: string;
  /** A client certificate. */
  client(name: string, ...groups: string[]): Promise<KeyPair>;
  /** In `system:masters`. */
  readonly admin: KeyPair;
  kubeconfig(user: KeyPair): string;
  ask(path: string, asking?: Asking): Promise<Answered>;
}

export async function startSecureApi(limits?: Limits): Promise<SecureApi> {
  const certificates = await testCertificates();
  const admin = await certificates.client('titan-admin', MASTERS);
  const { authority } = certificates;
  const api = await startTestApi({
    authority,
    async doors(registry, store, signal) {
      const access = await accessOver({ registry, store, authority }, signal);
      return { tls: certificates.tls, access, ...(limits === undefined ? {} : { limits }) };
    },
  });
  const agents = new Map<KeyPair | undefined, Agent>();

  function agentOf(as: KeyPair | undefined): Agent {
    const known = agents.get(as);
    if (known !== undefined) return known;
    const shown = as === undefined ? {} : { cert: as.certificate, key: as.key };
    const agent = new Agent({ ca: authority, keepAlive: true, ...shown });
    agents.set(as, agent);
    return agent;
  }

  return {
    ...api,
    admin,
    authority,
    client: certificates.client,
    kubeconfig: (user) =>
      kubeconfigText({ places: [{ name: 'dc1', url: api.url }], authority, user }),
    ask: (path, asking = {}) => ask(`${api.url}${path}`, { ...asking, agent: agentOf(asking.as) }),
    async stop() {
      for (const agent of agents.values()) agent.destroy();
      await api.stop();
      certificates.end();
    },
  };
}

export interface AccessParts {
  readonly registry: RunningRegistry;
  readonly store: Store;
  /** The certificate of who signs the server's. */
  readonly authority: string;
}

/** Who may do what as a fault domain has it, with the default roles. */
export async function accessOver(
  { registry, store, authority }: AccessParts,
  signal: AbortSignal,
): Promise<Access> {
  const clock = systemClock();
  const random = systemRandom();
  const client = registry.client({ manager: 'titan' });
  await ensureDefaultRoles(client);
  const common = { client, store, clock, random, log: quietLog, domain: 'dc1', authority };
  return openAccess(common, signal);
}

/** One request over HTTPS, and its answer. */
export function ask(
  url: string,
  { method = 'GET', headers = {}, body, agent }: Asking & { readonly agent: Agent },
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const sent = body === undefined ? '' : JSON.stringify(body);
    const length = { 'content-length': Buffer.byteLength(sent) };
    const all = { 'content-type': type, ...length, ...headers };
    const asking = request(url, { method, agent, headers: all }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString();
      const isJson = response.headers['content-type'] === 'application/json' && text !== '';
      resolve({
        code: response.statusCode ?? 0,
        headers: response.headers,
        body: isJson ? JSON.parse(text) : text,
      });
    });
    asking.once('error', reject);
    asking.end(sent);
  });
}
