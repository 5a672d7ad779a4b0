import { LocalAgent } from '../mesos/local/agent/agent.ts';
import type { TaskEnd } from '../mesos/local/executor/launcher.ts';
import {
  type ScriptedMachine,
  type ScriptedOptions,
  scriptedMachine,
} from '../mesos/local/executor/scripted.ts';
import { createMaster, type LocalMaster } from '../mesos/local/master/master.ts';
import { memoryVault, type Vault } from '../mesos/local/vault.ts';
import { resourcesToWire } from '../mesos/resources.ts';
import type { Clock, Log, Random } from '../runtime/port.ts';

export interface MachinesOptions {
  readonly count: number;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly script?: ScriptedOptions['script'];
}

/** One simulated machine: its agent may be cut off, or the whole of it may lose power. */
export interface Machine {
  readonly hostname: string;
  readonly connected: boolean;
  /** Mesos ids of the tasks that run on it now, whoever knows of them. */
  taskIds(): readonly string[];
  cutOff(): void;
  reconnect(): void;
  /** Loses power, and all tasks; `reconnect` brings it up again. */
  crash(): void;
  /** Ends one task from outside. */
  endTask(taskId: string, end: TaskEnd): void;
}

/** A Mesos master and its agents on injected time, without processes. */
export interface Machines {
  readonly machines: readonly Machine[];
  /** The master as the network has it: `undefined` while it can't be reached. */
  reach(): LocalMaster | undefined;
  setReachable(reachable: boolean): void;
  stop(): void;
}

export function createMachines(options: MachinesOptions): Machines {
  const { clock, random, log } = options;
  const master = createMaster({ clock, random, log, vault: memoryVault() });
  let reachable = true;
  const machines = Array.from({ length: options.count }, (_, index) =>
    createSimMachine(`agent-${String(index + 1).padStart(2, '0')}`, options, master),
  );
  for (const machine of machines) machine.reconnect();
  return {
    machines,
    reach: () => (reachable ? master : undefined),
    setReachable(now) {
      reachable = now;
    },
    stop() {
      for (const machine of machines) machine.cutOff();
      master.stop();
    },
  };
}

function createSimMachine(
  hostname: string,
  options: MachinesOptions,
  master: LocalMaster,
): Machine {
  const { clock, random, log, cpus, memoryMiB, script } = options;
  const vault: Vault = memoryVault();
  const machine: ScriptedMachine = scriptedMachine({
    clock,
    random,
    ...(script === undefined ? {} : { script }),
  });
  const resources = { cpus, memoryMiB, diskMiB: 100_000, ports: [{ begin: 31_000, end: 31_999 }] };
  const info = {
    hostname,
    port: 5051,
    resources: resourcesToWire(resources),
    attributes: [],
  };
  const boot = () => new LocalAgent({ info, launcher: machine, vault, clock, random, log });
  let agent: LocalAgent = boot();
  let connected = false;

  return {
    hostname,
    get connected() {
      return connected;
    },
    taskIds: () => machine.taskIds(),
    cutOff() {
      if (connected) agent.disconnect();
      connected = false;
    },
    reconnect() {
      if (!connected) agent.connect(master);
      connected = true;
    },
    crash() {
      machine.crash();
      agent.stop({ keepTasks: true });
      agent = boot();
      connected = false;
    },
    endTask: (taskId, end) => machine.endTask(taskId, end),
  };
}
