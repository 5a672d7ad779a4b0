/** A local Mesos in a process of its own, whose parent tells it by messages what becomes of its parts. */
import { resolve } from 'node:path';
import { parseAgentsSpec } from '../../../src/mesos/local/agents-spec.ts';
import { startLocalMesos } from '../../../src/mesos/local/start.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { systemRandom } from '../../../src/runtime/random.ts';
import { openLog } from '../../../src/telemetry/log.ts';

export type MesosOrder =
  | { readonly do: 'restart-agent' | 'cut-off' | 'reconnect'; readonly agent: number }
  | { readonly do: 'restart-master'; readonly keepRegistry: boolean };

const [workFolder = '', port = '', agents = ''] = process.argv.slice(2);
const running = await startLocalMesos({
  name: 'local',
  agents: parseAgentsSpec(agents),
  workFolder,
  imagesFolder: resolve('images'),
  listen: { host: '127.0.0.1', port: Number(port) },
  clock: systemClock(),
  random: systemRandom(),
  log: openLog({ level: 'warn' }),
});

process.on('message', async (order: MesosOrder) => {
  await obey(order);
  process.send?.('done');
});
process.send?.('ready');

function obey(order: MesosOrder): Promise<void> | void {
  switch (order.do) {
    case 'restart-agent':
      return running.restartAgent(order.agent);
    case 'cut-off':
      return running.cutOff(order.agent);
    case 'reconnect':
      return running.reconnect(order.agent);
    case 'restart-master':
      return running.restartMaster({ keepRegistry: order.keepRegistry });
  }
}
