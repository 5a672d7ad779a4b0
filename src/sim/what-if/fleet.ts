import type { Agent } from '../../api/kinds.gen.ts';
import type { MachineShape } from '../machines.ts';

const PORTS_FROM = 10_000;

/** Machines like the agents that were recorded and that take tasks. */
export function fleetOf(agents: readonly Agent[]): readonly MachineShape[] {
  return agents.flatMap(({ metadata, status }) => {
    if (status?.phase !== 'Active' || status.capacity === undefined) return [];
    const { cpus = 0, memoryMiB = 0, diskMiB = 0, ports = 0, others, items } = status.capacity;
    const { zone } = status;
    return [
      {
        hostname: metadata.name,
        resources: {
          cpus,
          memoryMiB,
          diskMiB,
          ports: ports === 0 ? [] : [{ begin: PORTS_FROM, end: PORTS_FROM + ports - 1 }],
          ...(others === undefined ? {} : { others }),
          ...(items === undefined ? {} : { items: counted(items) }),
        },
        attributes: { ...(zone === undefined ? {} : { zone }), ...status.attributes },
      },
    ];
  });
}

/** An Agent says how many values each range or set has, not which. */
function counted(items: Readonly<Record<string, number>>) {
  const ranges = Object.entries(items).map(([name, count]) => {
    return [name, { type: 'ranges', ranges: [{ begin: 0, end: count - 1 }] }] as const;
  });
  return Object.fromEntries(ranges);
}
