import { resolve } from 'node:path';
import type { MesosConfig } from '../cli/mesos.ts';
import { parseAgentsSpec } from '../mesos/local/agents-spec.ts';
import { faultsOf } from '../mesos/local/faults.ts';
import { startLocalMesos } from '../mesos/local/start.ts';
import { openLog } from '../telemetry/log.ts';
import { listening } from './listening.ts';
import { aborted, type World } from './world.ts';

interface MesosOptions extends Omit<World, 'version'> {
  readonly config: MesosConfig;
}

/** A local Mesos alone, until it is interrupted. */
export async function mesos(options: MesosOptions): Promise<void> {
  const { config, output, clock, random, interrupted } = options;
  const signal = interrupted();
  const mesosOptions = {
    name: config.name,
    agents: parseAgentsSpec(config.agents),
    workFolder: resolve(config.state),
    imagesFolder: resolve(config.images),
    listen: config.listen,
    clock,
    random,
    log: openLog({ level: config.logLevel }),
    ...faultsOf(config.fail),
  };
  const running = await listening('--listen', () => startLocalMesos(mesosOptions));
  output.done(`Mesos answers at ${running.url} with ${config.agents}. Ctrl-C stops it.`);
  await aborted(signal);
  await running.stop({ keepTasks: config.keepTasks });
}
