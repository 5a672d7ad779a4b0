/** What updates and the agent's API say of containers. */
import type { Value } from '../../v1.ts';
import type { TaskEnd } from './launcher.ts';

export interface ContainerId extends Value {
  readonly parent?: ContainerId;
}

/** One for all: their network is their machine's. */
const networkInfos = [{ ip_addresses: [{ protocol: 'IPv4', ip_address: '127.0.0.1' }] }];

export interface ContainerStatus {
  readonly container_id: ContainerId;
  readonly network_infos?: typeof networkInfos;
  readonly executor_pid?: number;
}

/** A container that is there. */
export function containerStatus(id: ContainerId, pid: number | undefined): ContainerStatus {
  return {
    container_id: id,
    network_infos: networkInfos,
    ...(pid === undefined ? {} : { executor_pid: pid }),
  };
}

const killSignal = 9;
const codeShift = 8;

/** As `wait` packs it: an exit status above a signal. */
export function waitStatus(end: TaskEnd): number {
  switch (end.how) {
    case 'exited':
      return end.code << codeShift;
    case 'signaled':
      return end.signal;
    case 'executorLost':
    case 'limited':
      return killSignal;
    case 'notLaunched':
      return 1 << codeShift;
  }
}
