import type { Command } from 'commander';
import { type Config, read, readConfig } from '../config.ts';
import { commandOf, schedulerPlugins } from './settings.ts';

/** What `titan up` can be told. */
export const upSettings = {
  state: {
    flag: '--state <folder>',
    about: 'where stores, sandboxes, logs and the kubeconfig are kept',
    fallback: '.titan',
    read: read.text,
  },
  domains: {
    flag: '--domains <list>',
    about: 'the fault domains, each as name=region; the first lies in the home region',
    fallback: 'dc1=us-east-1,dc2=us-west-2,dc5=us-east-1',
    read: readDomains,
  },
  agents: {
    flag: '--agents <spec>',
    about: 'the Mesos agents of each domain: how many, and what each offers',
    fallback: '16x32cpu,128GiB',
    read: read.text,
  },
  images: {
    flag: '--images <folder>',
    about: 'the local image registry: <name>/<version>/run',
    fallback: 'images',
    read: read.text,
  },
  port: {
    flag: '--port <number>',
    about: 'the first API port, the domains take one each from it; 0 takes any free ones',
    fallback: '7001',
    read: read.number,
  },
  mesosPort: {
    flag: '--mesos-port <number>',
    about: 'the first port of the Mesos masters; 0 takes any free ones',
    fallback: '5051',
    read: read.number,
  },
  store: {
    flag: '--store <kind>',
    about: 'lmdb keeps all on disk, memory forgets it at the end',
    fallback: 'lmdb',
    read: readStore,
  },
  etcd: {
    flag: '--etcd <domain=urls>',
    about:
      'keep a domain in this etcd instead, for example dc1=http://127.0.0.1:2379; may be repeated',
    many: true,
    read: readEtcd,
  },
  keepTasks: {
    flag: '--keep-tasks',
    about: 'leave the tasks running when Titan ends; the next start finds them again',
    fallback: 'false',
    read: read.switch,
  },
  fail: {
    flag: '--fail <name=share>',
    about:
      'let so many of these go wrong at Mesos: acknowledge, kill, cut, delay, repeat, partition, agent-launch, agent-kill or agent-acknowledge, such as cut=0.01; may be repeated',
    many: true,
    read: read.text,
  },
  schedulerPlugins,
  logLevel: {
    flag: '--log-level <level>',
    about: 'error, warn, info or debug; lines go to titan.log in the state folder',
    fallback: 'info',
    read: read.level,
  },
} as const;

export type UpConfig = Config<typeof upSettings>;

export interface DomainName {
  readonly name: string;
  readonly region: string;
}

function readDomains(text: string): readonly DomainName[] {
  const domains = text.split(',').map((part) => {
    const [name = '', region = ''] = part.trim().split('=');
    return { name: read.name(name), region: read.name(region) };
  });
  if (new Set(domains.map(({ name }) => name)).size < domains.length) {
    throw new Error('names a domain twice');
  }
  return domains;
}

function readStore(text: string): 'lmdb' | 'memory' {
  if (text === 'lmdb' || text === 'memory') return text;
  throw new Error('expected lmdb or memory (for etcd, give --etcd)');
}

function readEtcd(text: string): {
  readonly domain: string;
  readonly endpoints: readonly string[];
} {
  const at = text.indexOf('=');
  if (at < 1) throw new Error('expected domain=urls, for example dc1=http://127.0.0.1:2379');
  return { domain: read.name(text.slice(0, at)), endpoints: read.urls(text.slice(at + 1)) };
}

const HELP = `
Everything is on this machine and on loopback: the agents offer what they are told to have, and the
tasks are real processes. Ctrl-C stops it, tasks too unless --keep-tasks; the state stays in --state,
and the next start goes on from there. For a cluster, see: titan serve --help

Examples:
  titan up
  titan up --agents 100x64cpu,256GiB --keep-tasks
  titan up --domains east=us-east-1,west=us-west-2 --state /var/lib/titan`;

export interface UpParts {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Starts all, tells of each step, and resolves when it was stopped. */
  readonly run: (config: UpConfig) => Promise<void>;
}

/** `titan up`: a whole Titan on one machine. */
export function upCommand({ environment, run }: UpParts): Command {
  return commandOf('up', upSettings)
    .summary('start a whole Titan on this machine, with nothing to install')
    .description(
      'Starts fault domains on this machine, each with its own store, API, controllers and local Mesos.',
    )
    .addHelpText('after', HELP)
    .action(async (flags: Readonly<Record<string, unknown>>) => {
      const file = flags.config as string | undefined;
      await run(readConfig(upSettings, { flags, environment, file }));
    });
}
