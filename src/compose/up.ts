import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { TitanError } from '../api/error.ts';
import { openPki, type Pki } from '../auth/pki/folder.ts';
import { DOMAINS, domainUser, MASTERS } from '../auth/users.ts';
import type { Output } from '../cli/output.ts';
import type { DomainName, UpConfig } from '../cli/up.ts';
import { type AgentsSpec, parseAgentsSpec } from '../mesos/local/agents-spec.ts';
import { faultsOf } from '../mesos/local/faults.ts';
import { startLocalMesos } from '../mesos/local/start.ts';
import type { PortRange } from '../mesos/port.ts';
import type { Log } from '../runtime/port.ts';
import { lmdbStore } from '../store/lmdb.ts';
import { memoryStore } from '../store/memory.ts';
import type { Store } from '../store/port.ts';
import { openLog } from '../telemetry/log.ts';
import { type Certificates, keepCertificates } from './certificates.ts';
import { type Domain, openDomain } from './domain.ts';
import { kubeconfigText } from './kubeconfig.ts';
import { listening } from './listening.ts';
import { lockFile } from './lock.ts';
import { loadPlugins } from './plugins.ts';
import { aborted, type World } from './world.ts';

interface UpOptions extends World {
  readonly config: UpConfig;
}

interface Started {
  readonly name: DomainName;
  readonly domain: Domain;
  readonly certificates: Certificates;
  /** The certificates that are good now. */
  readonly read: () => Promise<Certificates>;
  readonly mesos: Awaited<ReturnType<typeof startLocalMesos>>;
}

const HOST = '127.0.0.1';
const LOOPBACK = [HOST, '::1', 'localhost'];
/** Below the ports that the kernel gives to clients. */
const PORTS: PortRange = { begin: 10_000, end: 31_999 };
const LEASE_MS = 15_000;
const FAILOVER_MS = 7 * 24 * 3_600_000;

/** A whole Titan in this process: every fault domain with its store, API, controllers and Mesos. */
export async function up(options: UpOptions): Promise<void> {
  const { config, output, version, clock } = options;
  const startedAt = clock.now();
  checkEtcd(config);
  const agents = parseAgentsSpec(config.agents);
  const faults = faultsOf(config.fail);
  const unlock = lockFile(join(config.state, 'titan.lock'));
  const log = openLog({ level: config.logLevel, file: join(config.state, 'titan.log') });
  const signal = options.interrupted();
  output.line(
    output.bold(`Titan ${version}: ${config.domains.length} fault domains on this machine`),
  );
  const pki = await openPki({ ...options, folder: join(config.state, 'pki') });
  const started = await Promise.all(
    config.domains.map((name, index) =>
      startDomain({ ...options, agents, faults, log, pki, name, index }),
    ),
  );
  await introduce(started, config);
  const kubeconfig = await writeKubeconfig(started, config, pki);
  for (const { domain, certificates: first, read } of started) {
    const use = async (fresh: Certificates) => {
      await domain.renew(fresh);
      await writeKubeconfig(started, config, pki);
    };
    void keepCertificates({ clock, log, first, read, use }, signal);
  }
  for (const each of started) lead(each, config);
  const seconds = ((clock.now() - startedAt) / 1_000).toFixed(1);
  output.done(`Ready after ${seconds} s. Process ${process.pid}, state in ${shown(config.state)}`);
  printHints(output, kubeconfig, config);
  await aborted(signal);
  await stop(started, { output, config });
  unlock();
}

function checkEtcd({ etcd, domains }: UpConfig): void {
  const names = domains.map(({ name }) => name);
  const strange = etcd.find(({ domain }) => !names.includes(domain));
  if (strange !== undefined) {
    const message = `--etcd names the domain ${strange.domain}, but there are only ${names.join(', ')}`;
    throw new TitanError('BadRequest', message);
  }
}

interface StartOptions extends UpOptions {
  readonly agents: AgentsSpec;
  readonly faults: ReturnType<typeof faultsOf>;
  readonly log: Log;
  readonly pki: Pki;
  readonly name: DomainName;
  readonly index: number;
}

async function startDomain(options: StartOptions): Promise<Started> {
  const { config, output, clock, random, log, version, index } = options;
  const { name, region } = options.name;
  const folder = join(config.state, name);
  mkdirSync(folder, { recursive: true });
  const port = (first: number) => (first === 0 ? 0 : first + index);
  const store = await openStore(options, folder);
  const listen = { host: HOST, port: port(config.port) };
  const { pki } = options;
  const read = async () => ({
    tls: { ...(await pki.server(LOOPBACK)), clientAuthorities: pki.authority },
    identity: await pki.client({ name: domainUser(name), groups: [DOMAINS] }),
  });
  const certificates = await read();
  const plugins = await loadPlugins(config.schedulerPlugins);
  const place = { name, region, store, listen, ...certificates, authority: pki.authority, plugins };
  const domain = await listening('--port', () =>
    openDomain({ ...place, clock, random, log, version }),
  );
  const mesosOptions = {
    name,
    agents: options.agents,
    workFolder: resolve(folder, 'mesos'),
    imagesFolder: resolve(config.images),
    listen: { host: HOST, port: port(config.mesosPort) },
    ports: portsOf(index, config.domains.length),
    clock,
    random,
    log: log.child({ domain: name }),
    ...options.faults,
  };
  const mesos = await listening('--mesos-port', () => startLocalMesos(mesosOptions));
  output.done(
    `${name} (${region}${index === 0 ? ', home' : ''})  API ${domain.url}  Mesos ${mesos.url}, ${config.agents}`,
  );
  return { name: options.name, domain, mesos, certificates, read };
}

/** Each domain's agents give away ports of their own, as all are on one machine. */
function portsOf(index: number, domains: number): PortRange {
  const size = Math.floor((PORTS.end - PORTS.begin + 1) / domains);
  const begin = PORTS.begin + index * size;
  return { begin, end: begin + size - 1 };
}

async function openStore(
  { config, clock, random, name }: StartOptions,
  folder: string,
): Promise<Store> {
  const etcd = config.etcd.find(({ domain }) => domain === name.name);
  if (etcd !== undefined) {
    const { etcdStore } = await import('../store/etcd.ts');
    return etcdStore({ endpoints: etcd.endpoints, clock, random });
  }
  if (config.store === 'memory') return memoryStore({ clock });
  return lmdbStore({ path: join(folder, 'store'), clock });
}

/** Tells every domain of every domain. */
async function introduce(started: readonly Started[], { domains }: UpConfig): Promise<void> {
  const home = domains[0]?.region;
  const places = started.map(({ name: { name, region }, domain }) => ({
    name,
    region,
    api: domain.url,
    home: region === home,
  }));
  await Promise.all(started.flatMap(({ domain }) => places.map((place) => domain.declare(place))));
}

function lead({ name, domain, mesos }: Started, config: UpConfig): void {
  domain.lead({
    // The lock on the state folder makes this the only replica: it may take its own office again.
    identity: `${name.name}@${resolve(config.state)}`,
    leaseMs: LEASE_MS,
    mesos: { masters: [mesos.url] },
    framework: {
      name: `titan-${name.name}`,
      user: 'root',
      roles: ['titan'],
      failoverTimeoutMs: FAILOVER_MS,
    },
  });
}

async function writeKubeconfig(
  started: readonly Started[],
  { state }: UpConfig,
  pki: Pki,
): Promise<string> {
  const path = join(state, 'kubeconfig');
  const places = started.map(({ name, domain }) => ({ name: name.name, url: domain.url }));
  const user = await pki.client({ name: 'titan-admin', groups: [MASTERS] });
  const text = kubeconfigText({ places, authority: pki.authority, user });
  writeFileSync(path, text, { mode: 0o600 });
  chmodSync(path, 0o600);
  return path;
}

function printHints(output: Output, kubeconfig: string, config: UpConfig): void {
  const contexts = config.domains.map(({ name }) => name).join(', ');
  output.line(`  kubeconfig: ${shown(kubeconfig)} (contexts ${contexts})`);
  output.line('');
  output.line('Try in another terminal:');
  output.line(`  ${output.code('npx titan apply -f manifests/rocker.json')}`);
  output.line(`  ${output.code(`export KUBECONFIG=${shown(kubeconfig)}; kubectl get jobs,tasks`)}`);
  output.line(`  ${output.code('kubectl describe job rocker')}`);
  output.line('');
  const tasks = config.keepTasks ? 'the tasks go on' : 'the tasks end with it';
  output.line(`Ctrl-C stops it; ${tasks}.`);
}

function shown(path: string): string {
  const short = relative('.', path);
  return short.startsWith('..') ? resolve(path) : short || '.';
}

async function stop(
  started: readonly Started[],
  { output, config }: { readonly output: Output; readonly config: UpConfig },
): Promise<void> {
  output.line('Stopping …');
  await Promise.all(started.map(({ domain }) => domain.stop()));
  await Promise.all(started.map(({ mesos }) => mesos.stop({ keepTasks: config.keepTasks })));
  output.done(config.keepTasks ? 'Stopped; the tasks go on' : 'Stopped, and every task with it');
}
