import type { Command } from 'commander';
import { TitanError } from '../api/error.ts';
import { type Config, read, readConfig } from '../config.ts';
import { commandOf, schedulerPlugins } from './settings.ts';

/** What `titan serve` can be told. */
export const serveSettings = {
  domain: {
    flag: '--domain <name>',
    about: 'the fault domain that this Titan is the scheduler of',
    read: read.name,
  },
  region: { flag: '--region <name>', about: 'the region that it lies in', read: read.name },
  etcd: {
    flag: '--etcd <urls>',
    about: 'the members of the etcd cluster, separated by commas',
    read: read.urls,
  },
  data: {
    flag: '--data <folder>',
    about: 'keep everything in this folder instead of etcd: one replica only',
    read: read.text,
  },
  mesos: {
    flag: '--mesos <urls>',
    about: 'the Mesos masters, separated by commas, for example http://10.0.0.1:5050',
    read: read.urls,
  },
  listen: {
    flag: '--listen <host:port>',
    about: 'where the API answers',
    fallback: '127.0.0.1:7001',
    read: read.address,
  },
  advertise: {
    flag: '--advertise <url>',
    about: 'where the other fault domains reach this API; the address of --listen unless told',
    read: read.url,
  },
  identity: {
    flag: '--identity <name>',
    about: 'names this replica in leader election; host name and process id unless told',
    read: read.text,
  },
  leaseMs: {
    flag: '--lease-seconds <n>',
    about: 'how long a leader that went silent keeps its office',
    fallback: '15',
    read: read.seconds,
  },
  frameworkName: {
    flag: '--framework-name <name>',
    about: 'what Mesos shows',
    fallback: 'titan',
    read: read.text,
  },
  role: { flag: '--role <name>', about: 'the Mesos role', fallback: 'titan', read: read.text },
  user: { flag: '--user <name>', about: 'who tasks run as', fallback: 'root', read: read.text },
  principal: {
    flag: '--principal <name>',
    about: 'for a Mesos that authenticates frameworks',
    read: read.text,
  },
  secret: {
    flag: '--secret <text>',
    about: "the principal's secret; rather give it in the environment",
    read: read.text,
  },
  mesosCa: {
    flag: '--mesos-ca <file>',
    about: "who signed the Mesos masters' certificates (PEM), for masters at https addresses",
    read: read.text,
  },
  failoverMs: {
    flag: '--failover-timeout-seconds <n>',
    about: 'how long Mesos keeps the tasks when no Titan is there; one week unless told',
    fallback: '604800',
    read: read.seconds,
  },
  gpus: {
    flag: '--gpus',
    about: 'take offers of agents with GPUs, which Mesos keeps from all who do not ask for them',
    fallback: 'false',
    read: read.switch,
  },
  allowNewFrameworkId: {
    flag: '--allow-new-framework-id',
    about:
      'when Mesos has removed the framework, begin anew although tasks were known: they are lost',
    fallback: 'false',
    read: read.switch,
  },
  tlsCert: {
    flag: '--tls-cert <file>',
    about: 'the certificate (PEM, with its chain) that the API shows; one of our own unless told',
    read: read.text,
  },
  tlsKey: { flag: '--tls-key <file>', about: 'its private key (PEM)', read: read.text },
  clientCa: {
    flag: '--client-ca <file>',
    about: 'who signs the certificates of clients and of the other domains (PEM)',
    read: read.text,
  },
  peerCert: {
    flag: '--peer-cert <file>',
    about: 'the certificate (PEM) with which this domain reads from the others',
    read: read.text,
  },
  peerKey: { flag: '--peer-key <file>', about: 'its private key (PEM)', read: read.text },
  pki: {
    flag: '--pki <folder>',
    about:
      'without --tls-cert: where the authority and what it signs are kept; pki in --data unless told',
    read: read.text,
  },
  oidcIssuer: {
    flag: '--oidc-issuer <url>',
    about: 'whose tokens are good for people, for example https://login.example.com',
    read: read.issuer,
  },
  oidcClientId: {
    flag: '--oidc-client-id <id>',
    about: 'the audience that their tokens must have',
    read: read.text,
  },
  oidcUsernameClaim: {
    flag: '--oidc-username-claim <name>',
    about: 'the claim that names the user',
    fallback: 'sub',
    read: read.text,
  },
  oidcGroupsClaim: {
    flag: '--oidc-groups-claim <name>',
    about: 'the claim that lists the groups',
    fallback: 'groups',
    read: read.text,
  },
  oidcPrefix: {
    flag: '--oidc-prefix <text>',
    about: 'what goes before their names and groups; the issuer and "#" unless told',
    read: read.text,
  },
  requestsPerUser: {
    flag: '--requests-per-user <n>',
    about: 'requests that one user may have under way here; more are answered 429',
    fallback: '200',
    read: read.count,
  },
  watchesPerUser: {
    flag: '--watches-per-user <n>',
    about: 'watches that one user may have under way here; more are answered 429',
    fallback: '2000',
    read: read.count,
  },
  connections: {
    flag: '--connections <n>',
    about: 'connections to the API at a time; more are closed at once',
    fallback: '10000',
    read: read.count,
  },
  watchEvents: {
    flag: '--watch-events <n>',
    about: 'changes of a kind that are kept in memory for watches that read slowly or come again',
    fallback: '102400',
    read: read.count,
  },
  encodedMib: {
    flag: '--encoded-mib <n>',
    about: 'memory in MiB for encoded objects that several clients read',
    fallback: '64',
    read: read.count,
  },
  compactMs: {
    flag: '--compact-seconds <n>',
    about: 'how long the store keeps its history at least; at most twice as long',
    fallback: '300',
    read: read.seconds,
  },
  freePercent: {
    flag: '--defragment-free-percent <n>',
    about: "give the space of the store's files back when so much of them is free, hourly at most",
    fallback: '50',
    read: read.count,
  },
  journal: {
    flag: '--journal <file>',
    about:
      'a file of this replica alone: with it, tasks that end while the store is away are restarted in place',
    read: read.text,
  },
  failpoint: {
    flag: '--failpoint <name>',
    about: 'for tests: die at this point between two effects; docs/developing.md lists them',
    read: read.text,
  },
  schedulerPlugins,
  logLevel: {
    flag: '--log-level <level>',
    about: 'error, warn, info or debug; lines of JSON on standard error',
    fallback: 'info',
    read: read.level,
  },
} as const;

export type ServeConfig = Config<typeof serveSettings> & {
  readonly domain: string;
  readonly region: string;
  readonly mesos: readonly string[];
};

const HELP = `
Any number of replicas may serve one fault domain: all answer the API, one of them leads (holds the
Mesos framework and runs the controllers). Tell each domain of the others by applying FaultDomain
objects to any one of them; kubectl explain faultdomain.spec shows what they hold.

Example:
  titan serve --domain dc1 --region us-east-1 --mesos http://10.0.0.1:5050,http://10.0.0.2:5050 \\
    --etcd http://10.0.0.1:2379,http://10.0.0.2:2379,http://10.0.0.3:2379 --listen 10.0.0.1:7001 --pki /etc/titan/pki`;

export interface ServeParts {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly run: (config: ServeConfig) => Promise<void>;
}

/** `titan serve`: the production program of one fault domain. */
export function serveCommand({ environment, run }: ServeParts): Command {
  return commandOf('serve', serveSettings)
    .summary('serve one fault domain, over etcd and a Mesos')
    .description('Serves one fault domain: the API, and when it leads, the controllers.')
    .addHelpText('after', HELP)
    .action(async (flags: Readonly<Record<string, unknown>>) => {
      const file = flags.config as string | undefined;
      await run(complete(readConfig(serveSettings, { flags, environment, file })));
    });
}

function complete(config: Config<typeof serveSettings>): ServeConfig {
  const { domain, region, mesos, etcd, data } = config;
  const faults = [
    ...(domain === undefined ? ['--domain is missing'] : []),
    ...(region === undefined ? ['--region is missing'] : []),
    ...(mesos === undefined ? ['--mesos is missing'] : []),
    ...((etcd === undefined) === (data === undefined) ? ['give one of --etcd and --data'] : []),
    ...mesosFaults(config),
    ...securityFaults(config),
  ];
  if (domain === undefined || region === undefined || mesos === undefined || faults.length > 0) {
    throw new TitanError('BadRequest', `the configuration is not complete: ${faults.join('; ')}`);
  }
  return { ...config, domain, region, mesos };
}

function mesosFaults(config: Config<typeof serveSettings>): readonly string[] {
  const { mesos = [], mesosCa, principal, secret, failoverMs } = config;
  const isPlain = mesos.some((url) => !url.startsWith('https:'));
  return [
    ...(mesosCa !== undefined && isPlain
      ? ['--mesos-ca is for masters at https addresses, and --mesos names others']
      : []),
    ...(principal === undefined && secret !== undefined
      ? ['--secret needs --principal: whose secret it is']
      : []),
    ...(failoverMs === 0
      ? ['--failover-timeout-seconds must be at least 1: with 0 Mesos ends all tasks at once']
      : []),
  ];
}

/** The API is never without TLS: certificates are given, or there is a folder to keep ours in. */
function securityFaults(config: Config<typeof serveSettings>): readonly string[] {
  const { tlsCert, tlsKey, clientCa, peerCert, peerKey, pki, data } = config;
  const given = [tlsCert, tlsKey, clientCa].filter((file) => file !== undefined).length;
  const isHalf =
    (given !== 0 && given !== 3) || (peerCert === undefined) !== (peerKey === undefined);
  const isNone = given === 0 && pki === undefined && data === undefined;
  const isOidcHalf = (config.oidcIssuer === undefined) !== (config.oidcClientId === undefined);
  return [
    ...(isHalf
      ? ['--tls-cert, --tls-key and --client-ca (and --peer-cert, --peer-key) go together']
      : []),
    ...(isNone ? ['give --tls-cert, --tls-key and --client-ca, or a folder for --pki'] : []),
    ...(isOidcHalf ? ['--oidc-issuer and --oidc-client-id go together'] : []),
  ];
}
