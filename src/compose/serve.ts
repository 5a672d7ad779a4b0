import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { ServeConfig } from '../cli/serve.ts';
import type { Clock, Random } from '../runtime/port.ts';
import { fileJournal } from '../store/journal.ts';
import { lmdbStore } from '../store/lmdb.ts';
import type { Store } from '../store/port.ts';
import { openLog } from '../telemetry/log.ts';
import { type Certificates, keepCertificates } from './certificates.ts';
import { type DomainLimits, openDomain } from './domain.ts';
import { parseFailpoint, reachOf } from './failpoints/failpoint.ts';
import type { LeadOptions } from './lead.ts';
import { listening } from './listening.ts';
import { lockFile } from './lock.ts';
import { loadPlugins } from './plugins.ts';
import { serveSecurity } from './serve-security.ts';
import { aborted, type World } from './world.ts';

interface ServeOptions extends World {
  readonly config: ServeConfig;
  /** Ends the process at once, as SIGKILL does; for failpoints. */
  die(): void;
  /** Called once the API answers. */
  started(): void;
}

/** One fault domain over an etcd and a Mesos, until it is interrupted. */
export async function serve(options: ServeOptions): Promise<void> {
  const { config, output, clock, random, version, interrupted } = options;
  const signal = interrupted();
  const failpoint = config.failpoint === undefined ? undefined : parseFailpoint(config.failpoint);
  const log = openLog({ level: config.logLevel });
  const unlock = config.data === undefined ? undefined : lockFile(join(config.data, 'titan.lock'));
  const { domain: name, region, listen } = config;
  const store = await openStore(config, { clock, random });
  const security = await serveSecurity({ config, clock, random });
  const { oidc, authority } = security;
  const first = await security.certificates();
  const place = {
    name,
    region,
    store,
    listen,
    ...first,
    oidc,
    authority,
    limits: limitsOf(config),
    plugins: await loadPlugins(config.schedulerPlugins),
  };
  const domain = await listening('--listen', () =>
    openDomain({ ...place, clock, random, log, version }),
  );
  const url = config.advertise ?? domain.url;
  const kubeconfig = await security.writeKubeconfig(url);
  const use = async (certificates: Certificates) => {
    await domain.renew(certificates);
    await security.writeKubeconfig(url);
  };
  void keepCertificates({ clock, log, first, read: security.certificates, use }, signal);
  await domain.declare({ name, region, api: url, home: false });
  domain.lead(leadOptions(config), failpoint && reachOf(failpoint, options));
  output.done(`${name} (${region}) answers at ${domain.url}`);
  if (kubeconfig !== undefined) output.line(`  kubeconfig: ${kubeconfig}`);
  options.started();
  await aborted(signal);
  await domain.stop();
  unlock?.();
}

function limitsOf(config: ServeConfig): DomainLimits {
  const { requestsPerUser, watchesPerUser, connections, watchEvents, encodedMib } = config;
  const encodedBytes = encodedMib * 1024 * 1024;
  return {
    requests: requestsPerUser,
    watches: watchesPerUser,
    connections,
    watchEvents,
    encodedBytes,
  };
}

function leadOptions(config: ServeConfig): LeadOptions {
  const { principal, secret, mesosCa } = config;
  return {
    identity: config.identity ?? `${hostname()}-${process.pid}`,
    leaseMs: config.leaseMs,
    upkeep: { compactEveryMs: config.compactMs, freePercent: config.freePercent },
    mayTakeNewId: config.allowNewFrameworkId,
    journal: config.journal === undefined ? undefined : fileJournal({ path: config.journal }),
    mesos: {
      masters: config.mesos,
      ...(mesosCa === undefined ? {} : { authority: readFileSync(mesosCa, 'utf8') }),
      ...(principal === undefined || secret === undefined
        ? {}
        : { credentials: { principal, secret } }),
    },
    framework: {
      name: config.frameworkName,
      user: config.user,
      roles: [config.role],
      failoverTimeoutMs: config.failoverMs,
      gpus: config.gpus,
      ...(principal === undefined ? {} : { principal }),
    },
  };
}

async function openStore(
  { etcd, data }: ServeConfig,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Promise<Store> {
  if (data !== undefined) return lmdbStore({ path: join(data, 'store'), clock });
  const { etcdStore } = await import('../store/etcd.ts');
  return etcdStore({ endpoints: etcd ?? [], clock, random });
}
