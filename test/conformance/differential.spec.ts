import { expect } from 'chai';
import fc from 'fast-check';
import { type EtcdCluster, startEtcd } from '../support/etcd.ts';
import { JOBS, MAPS, type Shot, shot } from './requests.ts';
import { type Server, startServers } from './stores.ts';

const ROUNDS = Number(process.env.FUZZ_ROUNDS ?? 10);
const LONGEST = 30;
const CASE_MS = 10_000;

/**
 * Servers over the memory, LMDB and etcd stores are sent the same random requests, and must give the same answers.
 * FUZZ_ROUNDS in the environment plays longer; FUZZ_SEED plays what failed again.
 */
describe('API servers over different stores', function () {
  this.timeout(60_000 + ROUNDS * CASE_MS);
  let etcd: EtcdCluster;
  let runs = 0;
  before(async () => {
    etcd = await startEtcd();
  });
  after(() => etcd.stop());

  it('give equal answers', async () => {
    const seed = Number(process.env.FUZZ_SEED ?? 20_260_701);
    const property = fc.asyncProperty(
      fc.array(shot, { minLength: 5, maxLength: LONGEST }),
      async (shots) => {
        runs += 1;
        const servers = await startServers(etcd.endpoints, runs);
        try {
          await compare(servers, shots);
        } finally {
          await Promise.all(servers.map((server) => server.stop()));
        }
      },
    );
    await fc.assert(property, {
      numRuns: ROUNDS,
      seed,
      endOnFailure: false,
      interruptAfterTimeLimit: 50_000 + ROUNDS * CASE_MS,
    });
  });
});

async function compare(servers: readonly Server[], shots: readonly Shot[]): Promise<void> {
  const versions = servers.map(() => new Versions());
  const all = async (what: string, ask: (url: string, seen: Versions) => Promise<string>) => {
    const answers = await Promise.all(
      servers.map(({ url }, index) => ask(url, versions[index] as Versions)),
    );
    const [first, ...others] = answers;
    for (const [index, other] of others.entries()) {
      const between = `${servers[0]?.name} and ${servers[index + 1]?.name}: ${what}`;
      expect(other, between).to.equal(first);
    }
  };
  const starts = await Promise.all(servers.map(({ url }) => versionOf(url)));
  for (const one of shots) {
    await all(`${one.method} ${one.path}`, (url, seen) => fire(url, one, seen));
  }
  for (const last of LAST) {
    await all(`POST ${last.path}`, (url, seen) => fire(url, last, seen));
    await all(`watch ${last.path}`, (url, seen) => {
      const start = starts[servers.findIndex((server) => server.url === url)] ?? '';
      return watched(`${url}${last.path}?watch=1&resourceVersion=${start}`, seen);
    });
  }
}

/** Writes by which a watch knows that it has seen all that was written before. */
const LAST: readonly Shot[] = [
  { path: MAPS, apiVersion: 'v1', kind: 'ConfigMap' },
  {
    path: JOBS,
    apiVersion: 'titan.dev/v1beta1',
    kind: 'Job',
    spec: { applicationName: 'a', version: '1', location: 'dc1:1' },
  },
].map(({ path, ...object }) => ({
  method: 'POST',
  path,
  type: 'application/json',
  accept: 'application/json',
  body: JSON.stringify({ ...object, metadata: { name: 'last' } }),
}));

async function versionOf(url: string): Promise<string> {
  const text = await (await fetch(`${url}${MAPS}`)).text();
  return /"resourceVersion":"(\d+)"/.exec(text)?.[1] ?? '';
}

/** What a watch tells, up to the last write. */
async function watched(url: string, seen: Versions): Promise<string> {
  const done = new AbortController();
  const { body } = await fetch(url, { signal: done.signal });
  let text = '';
  for await (const chunk of body ?? []) {
    text += Buffer.from(chunk).toString();
    if (text.includes('"name":"last"')) break;
  }
  done.abort();
  return seen.read(text);
}

async function fire(url: string, one: Shot, versions: Versions): Promise<string> {
  const body = one.body === '' ? {} : { body: versions.filled(one.body) };
  const response = await fetch(`${url}${versions.filled(one.path)}`, {
    method: one.method,
    headers: { 'content-type': one.type, accept: one.accept },
    ...(one.method === 'GET' ? {} : body),
  });
  const text = await response.text();
  return `${response.status} ${response.headers.get('warning') ?? ''} ${versions.read(text)}`;
}

/**
 * Stores count in their own ways, and servers draw ids in the background too: versions and ids are compared
 * by the order in which they were first seen.
 */
class Versions {
  readonly #seen = new Map<string, number>();
  #last = '1';
  #continue = '';

  filled(text: string): string {
    return text.replaceAll('{rv}', this.#last).replaceAll('{continue}', this.#continue);
  }

  read(text: string): string {
    const versions = /("resourceVersion":"|resource version: )(\d+)/g;
    return text
      .replaceAll(/"continue":"([^"]+)"/g, (_, token: string) => {
        this.#continue = encodeURIComponent(token);
        return '"continue":"…"';
      })
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => this.#order(id))
      .replaceAll(versions, (_, before: string, version: string) => {
        this.#last = version;
        return `${before}${this.#order(version)}`;
      });
  }

  #order(value: string): string {
    const known = this.#seen.get(value) ?? this.#seen.size;
    this.#seen.set(value, known);
    return `#${known}`;
  }
}
