/** The gauges of a Mesos agent; its counters of messages and queues have no counterpart here. */
import { addBags, emptyBag, scalarOf } from '../../resources/bag.ts';
import { readBag } from '../../resources/wire.ts';
import type { LocalAgent } from '../agent.ts';
import { executorsOf, resourcesOf } from './executors.ts';

type Gauge = readonly [string, number];

const gaugedStates = ['staging', 'starting', 'running', 'killing'];

/** By name. */
export function metricsOf(agent: LocalAgent): readonly Gauge[] {
  const executors = executorsOf(agent);
  const isRegistering = executors.filter(({ tasks }) =>
    tasks.every(({ state }) => state === 'TASK_STAGING'),
  ).length;
  const gauges: readonly Gauge[] = [
    ...resourceGauges(agent),
    ...taskGauges(agent),
    ['slave/executors_registering', isRegistering],
    ['slave/executors_running', executors.length - isRegistering],
    ['slave/executors_terminating', 0],
    ['slave/frameworks_active', agent.frameworks().size],
    ['slave/registered', agent.isConnected ? 1 : 0],
    ['slave/uptime_secs', (agent.now - agent.startedAt) / 1000],
  ];
  return gauges.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function resourceGauges(agent: LocalAgent): readonly Gauge[] {
  const total = readBag(agent.info.resources);
  const used = executorsOf(agent).reduce((sum, one) => addBags(sum, resourcesOf(one)), emptyBag);
  return ['cpus', 'disk', 'gpus', 'mem'].flatMap((name): readonly Gauge[] => {
    const [all, taken] = [scalarOf(total, name), scalarOf(used, name)];
    return [
      [`slave/${name}_total`, all],
      [`slave/${name}_used`, taken],
      [`slave/${name}_percent`, all > 0 ? taken / all : 0],
      [`slave/${name}_revocable_total`, 0],
      [`slave/${name}_revocable_used`, 0],
      [`slave/${name}_revocable_percent`, 0],
    ];
  });
}

function taskGauges(agent: LocalAgent): readonly Gauge[] {
  const states = agent.tasks().map(({ state }) => state.replace('TASK_', '').toLowerCase());
  return gaugedStates.map((name) => [
    `slave/tasks_${name}`,
    states.filter((state) => state === name).length,
  ]);
}
