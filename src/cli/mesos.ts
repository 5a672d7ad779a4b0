import type { Command } from 'commander';
import { type Config, read, readConfig } from '../config.ts';
import { commandOf } from './settings.ts';

/** What `titan mesos` can be told. */
export const mesosSettings = {
  name: {
    flag: '--name <name>',
    about: 'begins the names of the agents',
    fallback: 'local',
    read: read.name,
  },
  agents: {
    flag: '--agents <spec>',
    about: 'how many agents, and what each offers',
    fallback: '4x16cpu,64GiB',
    read: read.text,
  },
  listen: {
    flag: '--listen <host:port>',
    about: 'where the master answers',
    fallback: '127.0.0.1:5050',
    read: read.address,
  },
  state: {
    flag: '--state <folder>',
    about: 'where sandboxes and what must outlive a restart are kept',
    fallback: '.titan/mesos',
    read: read.text,
  },
  images: {
    flag: '--images <folder>',
    about: 'the local image registry: <name>/<version>/run',
    fallback: 'images',
    read: read.text,
  },
  keepTasks: {
    flag: '--keep-tasks',
    about: 'leave the tasks running at the end; the next start finds them again',
    fallback: 'false',
    read: read.switch,
  },
  fail: {
    flag: '--fail <name=share>',
    about:
      'let so many of these go wrong: acknowledge, kill, cut, delay, repeat, partition, agent-launch, agent-kill or agent-acknowledge, such as cut=0.01; may be repeated',
    many: true,
    read: read.text,
  },
  logLevel: {
    flag: '--log-level <level>',
    about: 'error, warn, info or debug; lines of JSON on standard error',
    fallback: 'warn',
    read: read.level,
  },
} as const;

export type MesosConfig = Config<typeof mesosSettings>;

const HELP = `
It speaks the v1 scheduler API of a real Mesos, so any framework can subscribe at /api/v1/scheduler.

Example:
  titan mesos --agents 16x16cpu,64GiB --listen 127.0.0.1:5050`;

export interface MesosParts {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly run: (config: MesosConfig) => Promise<void>;
}

/** `titan mesos`: a local Mesos alone, a master and agents that run real processes. */
export function mesosCommand({ environment, run }: MesosParts): Command {
  return commandOf('mesos', mesosSettings)
    .summary('start a local Mesos alone: a master and agents that run real processes')
    .description('Starts a Mesos master and agents on this machine, which run tasks as processes.')
    .addHelpText('after', HELP)
    .action(async (flags: Readonly<Record<string, unknown>>) => {
      const file = flags.config as string | undefined;
      await run(readConfig(mesosSettings, { flags, environment, file }));
    });
}
