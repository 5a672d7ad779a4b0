/** A local Mesos with real processes, below a folder. */
import { join } from 'node:path';
import { parseAgentsSpec } from '../../src/mesos/local/agents-spec.ts';
import { type LocalMesos, startLocalMesos } from '../../src/mesos/local/start.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { quiet } from './mesos.ts';

export function startMesosIn(folder: string, agents = '1x4cpu,4GiB'): Promise<LocalMesos> {
  return startLocalMesos({
    name: 'test',
    agents: parseAgentsSpec(agents),
    workFolder: join(folder, 'work'),
    imagesFolder: join(folder, 'images'),
    listen: { host: '127.0.0.1', port: 0 },
    clock: systemClock(),
    random: systemRandom(),
    log: quiet,
  });
}
