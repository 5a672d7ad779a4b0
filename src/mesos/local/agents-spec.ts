import { TitanError } from '../../api/error.ts';
import type { PortRange, Resources } from '../port.ts';

export interface AgentsSpec {
  readonly count: number;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly diskMiB: number;
}

const form =
  'COUNTxCPUScpu,MEMORYGiB[,DISKGiB disk], such as 16x16cpu,64GiB or 4x8cpu,32GiB,500GiB disk';
const defaultDiskGiB = 1024;
const countMax = 10_000;
const units: Readonly<Record<string, number>> = { MiB: 1, GiB: 1024, TiB: 1024 * 1024 };

/**
 * Reads how many agents there are and what each offers. Agents offer what they are told to have,
 * whatever the machine has.
 *
 * @throws TitanError `Invalid` that says what was expected
 */
export function parseAgentsSpec(text: string): AgentsSpec {
  const [machines = '', memory = '', disk, ...rest] = text.split(',').map((part) => part.trim());
  const match = /^(\d+)x(\d+(?:\.\d+)?)cpus?$/.exec(machines);
  if (!match) throw invalid(text, `${JSON.stringify(machines)} is not COUNTxCPUScpu`);
  if (rest.length > 0) throw invalid(text, `${JSON.stringify(rest.join(','))} is too much`);
  const count = Number(match[1]);
  const cpus = Number(match[2]);
  if (count < 1 || count > countMax) throw invalid(text, `the count must be 1 to ${countMax}`);
  if (cpus <= 0) throw invalid(text, 'an agent needs more than 0 cpus');
  return {
    count,
    cpus,
    memoryMiB: parseSize(text, memory, 'memory'),
    diskMiB:
      disk === undefined
        ? defaultDiskGiB * 1024
        : parseSize(text, disk.replace(/\s*disk$/, ''), 'disk'),
  };
}

function parseSize(text: string, part: string, what: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([MGT]iB)$/.exec(part);
  const size = match ? Number(match[1]) * (units[match[2] ?? ''] ?? 0) : 0;
  if (size > 0) return size;
  throw invalid(text, `${JSON.stringify(part)} is no size of ${what}, such as 64GiB or 512MiB`);
}

function invalid(text: string, why: string): TitanError {
  return new TitanError(
    'Invalid',
    `The agents ${JSON.stringify(text)} can't be read: ${why}. Expected ${form}`,
  );
}

const firstPort = 10_000;
const lastPort = 31_999;

/**
 * The ports that each of several agents on one machine may give away, apart from each other and
 * from the range that the kernel takes for outgoing connections.
 */
export function portsOfAgent(index: number, count: number, range?: PortRange): PortRange {
  const { begin, end } = range ?? { begin: firstPort, end: lastPort };
  const each = Math.floor((end - begin + 1) / count);
  if (each < 1) return { begin, end };
  return { begin: begin + index * each, end: begin + (index + 1) * each - 1 };
}

export function resourcesOf(spec: AgentsSpec, ports: PortRange): Resources {
  const { cpus, memoryMiB, diskMiB } = spec;
  return { cpus, memoryMiB, diskMiB, ports: [ports] };
}
