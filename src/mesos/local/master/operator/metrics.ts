/** The gauges of a Mesos master; its counters of messages and queues have no counterpart here. */

import { scalarOf } from '../../resources/bag.ts';
import type { MasterState } from '../state.ts';
import { heldOn, isActive, sumOf } from './views.ts';

const gaugedStates = ['staging', 'starting', 'running', 'killing', 'unreachable'];

export function metricsOf(state: MasterState): readonly (readonly [string, number])[] {
  const all = [...resourceGauges(state), ...agentGauges(state), ...frameworkGauges(state)];
  return [...all, ...taskGauges(state)].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

type Gauge = readonly [string, number];

function resourceGauges(state: MasterState): readonly Gauge[] {
  const used = sumOf([...state.agents.values()].flatMap(heldOn));
  return ['cpus', 'disk', 'gpus', 'mem'].flatMap((name): readonly Gauge[] => {
    const total = (state.total.get(name) ?? 0) / 1000;
    const taken = scalarOf(used, name);
    return [
      [`master/${name}_total`, total],
      [`master/${name}_used`, taken],
      [`master/${name}_percent`, total > 0 ? taken / total : 0],
      [`master/${name}_revocable_total`, 0],
      [`master/${name}_revocable_used`, 0],
      [`master/${name}_revocable_percent`, 0],
    ];
  });
}

function agentGauges(state: MasterState): readonly Gauge[] {
  const agents = [...state.agents.values()];
  const connected = agents.filter(({ link }) => link !== undefined).length;
  const active = agents.filter(isActive).length;
  return [
    ['master/slaves_active', active],
    ['master/slaves_inactive', agents.length - active],
    ['master/slaves_connected', connected],
    ['master/slaves_disconnected', agents.length - connected],
    ['master/slaves_unreachable', state.unreachable.size],
  ];
}

function frameworkGauges(state: MasterState): readonly Gauge[] {
  const frameworks = [...state.frameworks.values()];
  const connected = frameworks.filter(({ stream }) => stream !== undefined).length;
  return [
    ['master/elected', 1],
    ['master/uptime_secs', (state.options.clock.now() - state.startedAt) / 1000],
    ['master/frameworks_active', connected],
    ['master/frameworks_inactive', frameworks.length - connected],
    ['master/frameworks_connected', connected],
    ['master/frameworks_disconnected', frameworks.length - connected],
    ['master/outstanding_offers', state.offers.size],
    ['master/operator_event_stream_subscribers', state.watchers.size],
  ];
}

function taskGauges(state: MasterState): readonly Gauge[] {
  const counts = new Map(gaugedStates.map((name) => [name, 0]));
  for (const { tasks, unreachable } of state.frameworks.values()) {
    for (const task of tasks.values()) {
      const name = task.state.replace('TASK_', '').toLowerCase();
      const count = counts.get(name);
      if (count !== undefined) counts.set(name, count + 1);
    }
    counts.set('unreachable', (counts.get('unreachable') ?? 0) + unreachable.size);
  }
  return [...counts].map(([name, count]) => [`master/tasks_${name}`, count]);
}
