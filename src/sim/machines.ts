import { STOP_ON_AGENT_ATTRIBUTE } from '../api/partition.ts';
import type { TaskEnd } from '../mesos/local/executor/launcher.ts';
import type { ScriptedOptions } from '../mesos/local/executor/scripted.ts';
import { createMaster, type LocalMaster } from '../mesos/local/master/master.ts';
import type { AgentMessage } from '../mesos/local/network-faults.ts';
import { memoryVault, type Vault } from '../mesos/local/vault.ts';
import { fromPiece } from '../mesos/pieces.ts';
import type { Items, Resources } from '../mesos/port.ts';
import { toResources } from '../mesos/resources.ts';
import type { V1GetAgents } from '../mesos/v1.ts';
import type { Clock, Log, Random } from '../runtime/port.ts';
import { createMachine } from './machine.ts';

/** A machine as its agent shows it. */
export interface MachineShape {
  readonly hostname: string;
  readonly resources: Resources;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface MachinesOptions {
  readonly fleet: readonly MachineShape[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly script?: ScriptedOptions['script'];
  /** Whether the connection to the agent breaks at this message, which is lost with it. */
  readonly breaksAt?: (message: AgentMessage) => boolean;
  /** Told of each task that ends by itself. */
  readonly ended?: (taskId: string) => void;
  /** Offers that are not used in this time are rescinded. */
  readonly offerTimeoutMs?: number;
}

export interface AlikeOptions {
  readonly count: number;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** The zones that the machines lie in, in turn; absent, they have none. */
  readonly zones?: readonly string[];
  /** What the machines say beside that. */
  readonly says?: Readonly<Record<string, string>>;
  /** Ranges and sets of other names that each of them has. */
  readonly items?: Readonly<Record<string, Items>>;
}

/** Machines `agent-01`, `agent-02` … of one size. */
export function machinesAlike(options: AlikeOptions): readonly MachineShape[] {
  const { count, cpus, memoryMiB, zones = [], says = {}, items = {} } = options;
  const ports = [{ begin: 31_000, end: 31_999 }];
  return Array.from({ length: count }, (_, index) => {
    const zone = zones[index % Math.max(1, zones.length)];
    return {
      hostname: `agent-${String(index + 1).padStart(2, '0')}`,
      resources: { cpus, memoryMiB, diskMiB: 100_000, ports, items },
      attributes: { ...(zone === undefined ? {} : { zone }), ...says },
    };
  });
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
  /**
   * Another master takes over, with what the registry has, or with nothing: it knows no task before
   * the agents that run them come back, each by its `reconnect`.
   */
  failOver(options: { readonly keepsRegistry: boolean }): void;
  /** An operator ends every framework, for good. */
  tearDown(): void;
  /** An operator reserves cpus of a machine for a role; the labels are the reservation's. */
  reserve(hostname: string, reservation: SimReservation): void;
  /** Mesos ids of frameworks that the master knows now. */
  frameworkIds(): readonly string[];
  /** Grows with each task that starts or ends on a machine. */
  changes(): number;
  /** Offers that the master has out now. */
  offersOut(): number;
  stop(): void;
}

export interface SimReservation {
  readonly cpus: number;
  readonly role: string;
  readonly labels: Readonly<Record<string, string>>;
}

interface V1GetFrameworks extends V1GetAgents {
  readonly get_frameworks: {
    readonly frameworks: readonly {
      readonly framework_info: { readonly id: { readonly value: string } };
      readonly offers?: readonly unknown[];
    }[];
  };
}

export function createMachines(options: MachinesOptions): Machines {
  const { clock, random, log, offerTimeoutMs } = options;
  const more = offerTimeoutMs === undefined ? {} : { offerTimeoutMs };
  let vault: Vault = memoryVault();
  const elect = () => createMaster({ clock, random, log, vault, ...more });
  let master = elect();
  let reachable = true;
  let changes = 0;
  const changed = () => {
    changes += 1;
  };
  const machines = options.fleet.map(({ hostname, resources, attributes }) => {
    const all = { [STOP_ON_AGENT_ATTRIBUTE]: 'true', ...attributes };
    const info = {
      hostname,
      port: 5051,
      resources: toResources(resources),
      attributes: Object.entries(all).map(([name, value]) => textAttribute(name, value)),
    };
    return createMachine({ ...options, info, master: () => master, changed });
  });
  for (const machine of machines) machine.reconnect();

  function frameworks() {
    const { body } = master.operator({ type: 'GET_FRAMEWORKS' }) ?? {};
    return (body as V1GetFrameworks).get_frameworks.frameworks;
  }

  function frameworkIds(): readonly string[] {
    return frameworks().map(({ framework_info }) => framework_info.id.value);
  }

  return {
    machines,
    reach: () => (reachable ? master : undefined),
    setReachable(now) {
      reachable = now;
    },
    failOver({ keepsRegistry }) {
      const old = master;
      if (!keepsRegistry) vault = memoryVault();
      master = elect();
      for (const machine of machines) machine.cutOff();
      old.stop();
    },
    tearDown() {
      for (const value of frameworkIds()) {
        master.operator({ type: 'TEARDOWN', teardown: { framework_id: { value } } });
      }
    },
    reserve(hostname, { cpus, role, labels }) {
      const { body } = master.operator({ type: 'GET_AGENTS' }) ?? {};
      const { get_agents } = body as V1GetAgents;
      const found = get_agents?.agents?.find(({ agent_info }) => agent_info.hostname === hostname);
      const own = { dynamic: true, role, labels };
      const piece = fromPiece({ ...aPieceOf('cpus', cpus), reservations: [own] });
      const reserve_resources = { agent_id: found?.agent_info.id, resources: [piece] };
      master.operator({ type: 'RESERVE_RESOURCES', reserve_resources });
    },
    frameworkIds,
    changes: () => changes,
    offersOut: () => frameworks().reduce((sum, { offers = [] }) => sum + offers.length, 0),
    stop() {
      for (const machine of machines) machine.cutOff();
      master.stop();
    },
  };
}

function aPieceOf(name: string, value: number) {
  return { name, amount: { type: 'scalar', value }, revocable: false, shared: false } as const;
}

function textAttribute(name: string, value: string) {
  return { name, type: 'TEXT', text: { value } } as const;
}
