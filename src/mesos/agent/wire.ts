/** From the agent's JSON to its port's types and back. */
import type { Value } from '../v1.ts';
import type {
  AgentFile,
  ContainerAt,
  ContainerEnd,
  ContainerUsage,
  ContainerView,
  Output,
} from './port.ts';

interface V1ContainerId extends Value {
  readonly parent?: V1ContainerId;
}

/** A piece of what a container prints, or a heartbeat. */
export interface ProcessIo {
  readonly type: string;
  readonly data?: { readonly type: string; readonly data: string };
}

interface V1Files {
  readonly list_files?: {
    readonly file_infos?: readonly {
      readonly path: string;
      readonly size?: number;
      readonly mode?: number;
      readonly mtime?: { readonly nanoseconds: number };
    }[];
  };
}

interface V1Statistics {
  readonly timestamp: number;
  readonly cpus_user_time_secs?: number;
  readonly cpus_system_time_secs?: number;
  readonly cpus_limit?: number;
  readonly cpus_soft_limit?: number;
  readonly mem_rss_bytes?: number;
  readonly mem_limit_bytes?: number;
}

interface V1Containers {
  readonly get_containers?: {
    readonly containers?: readonly {
      readonly container_id: V1ContainerId;
      readonly framework_id?: Value;
      readonly executor_id?: Value;
      readonly container_status?: { readonly container_id?: V1ContainerId };
      readonly resource_statistics?: V1Statistics;
    }[];
  };
}

export function fromContainer({ id, parent }: ContainerAt): V1ContainerId {
  return { value: id, ...(parent ? { parent: fromContainer(parent) } : {}) };
}

function toContainer({ value, parent }: V1ContainerId): ContainerAt {
  return { id: value, ...(parent ? { parent: toContainer(parent) } : {}) };
}

export function toFiles({ list_files }: V1Files): readonly AgentFile[] {
  return (list_files?.file_infos ?? []).map(({ path, size = 0, mode = 0, mtime }) => ({
    path,
    size,
    mode,
    modifiedAt: Math.round((mtime?.nanoseconds ?? 0) / 1e6),
  }));
}

/** A nested container's parent is in its status alone. */
export function toContainers({ get_containers }: V1Containers): readonly ContainerView[] {
  return (get_containers?.containers ?? []).map((container) => {
    const { container_id, container_status, framework_id, executor_id } = container;
    const usage = container.resource_statistics && toUsage(container.resource_statistics);
    return {
      at: toContainer(container_status?.container_id ?? container_id),
      ...(framework_id ? { frameworkId: framework_id.value } : {}),
      ...(executor_id ? { executorId: executor_id.value } : {}),
      ...(usage ? { usage } : {}),
    };
  });
}

function toUsage(statistics: V1Statistics): ContainerUsage {
  const { timestamp, cpus_limit, cpus_soft_limit, ...measured } = statistics;
  const amounts = {
    cpuUserSeconds: measured.cpus_user_time_secs,
    cpuSystemSeconds: measured.cpus_system_time_secs,
    cpusLimit: cpus_limit ?? cpus_soft_limit,
    memoryBytes: measured.mem_rss_bytes,
    memoryLimitBytes: measured.mem_limit_bytes,
  };
  const given = Object.entries(amounts).filter(([, amount]) => amount !== undefined);
  return { at: Math.round(timestamp * 1000), ...Object.fromEntries(given) };
}

export function toOutput({ data }: ProcessIo): Output | undefined {
  if (data === undefined) return undefined;
  const from = data.type === 'STDERR' ? 'stderr' : 'stdout';
  return { from, data: Buffer.from(data.data, 'base64') };
}

/** As wait(2) has it: the low seven bits are the signal, the byte above them the exit code. */
export function toEnd(answer: {
  readonly wait_container?: { readonly exit_status?: number };
}): ContainerEnd | undefined {
  const status = answer.wait_container?.exit_status;
  if (status === undefined) return undefined;
  const signal = status & 0x7f;
  return signal === 0 ? { how: 'exited', code: status >> 8 } : { how: 'signaled', signal };
}
