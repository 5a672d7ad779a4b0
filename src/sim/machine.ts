import { STOP_ON_AGENT_LABEL } from '../api/partition.ts';
import { LocalAgent } from '../mesos/local/agent/agent.ts';
import { breakableLink } from '../mesos/local/breakable-link.ts';
import type { ContainerOrder, Launcher, Observer } from '../mesos/local/executor/launcher.ts';
import { type ScriptedMachine, scriptedMachine } from '../mesos/local/executor/scripted.ts';
import type { LaunchOrder, Registrar } from '../mesos/local/link.ts';
import type { LocalMaster } from '../mesos/local/master/master.ts';
import type { AgentMessage } from '../mesos/local/network-faults.ts';
import { memoryVault, type Vault } from '../mesos/local/vault.ts';
import type { Machine, MachinesOptions } from './machines.ts';

type MachineInfo = ConstructorParameters<typeof LocalAgent>[0]['info'];

export interface MachineOptions extends MachinesOptions {
  readonly info: MachineInfo;
  readonly master: () => LocalMaster;
  /** Told of each task that starts or ends. */
  changed(): void;
}

/** How soon an agent is back whose connection broke. */
const BACK_MS = { least: 1_000, most: 30_000 };

/**
 * A machine with an agent that keeps its word: tasks whose label says so are stopped once it has been
 * without a master for so long, by its own clock.
 */
export function createMachine(options: MachineOptions): Machine {
  const { clock, random, log, info, script } = options;
  const vault: Vault = memoryVault();
  const machine: ScriptedMachine = scriptedMachine({
    clock,
    random,
    ...(script === undefined ? {} : { script }),
  });
  const launcher = watched(machine, options);
  const boot = () => new LocalAgent({ info, launcher, vault, clock, random, log });
  const leashMs = new Map<string, number>();
  let agent: LocalAgent = boot();
  let connected = false;
  let stopLeash = () => {};

  function leash(): void {
    const timers = machine.taskIds().flatMap((taskId) => {
      const afterMs = leashMs.get(taskId);
      const end = () => machine.endTask(taskId, { how: 'signaled', signal: 15 });
      return afterMs === undefined ? [] : [clock.after(afterMs, end)];
    });
    stopLeash = () => timers.forEach(call);
  }

  function cutOff(): void {
    if (!connected) return;
    connected = false;
    agent.disconnect();
    leash();
  }

  function reconnect(): void {
    if (connected) return;
    connected = true;
    stopLeash();
    agent.connect(registrar);
  }

  /** The message is lost with the connection, in the middle of what the master does. */
  function breaks(message: AgentMessage): boolean {
    if (options.breaksAt?.(message) !== true) return false;
    clock.after(0, cutOff);
    clock.after(BACK_MS.least + random.next() * (BACK_MS.most - BACK_MS.least), reconnect);
    return true;
  }

  function took({ task }: LaunchOrder): void {
    const label = task.labels?.labels.find(({ key }) => key === STOP_ON_AGENT_LABEL);
    if (label?.value !== undefined) leashMs.set(task.task_id.value, Number(label.value) * 1_000);
  }

  const registrar: Registrar = {
    register: (hello, link) =>
      options.master().register(hello, breakableLink(link, { breaks, took })),
  };

  return {
    hostname: info.hostname,
    get connected() {
      return connected;
    },
    taskIds: () => machine.taskIds(),
    cutOff,
    reconnect,
    crash() {
      machine.crash();
      options.changed();
      agent.stop({ keepTasks: true });
      agent = boot();
      connected = false;
    },
    endTask: (taskId, end) => machine.endTask(taskId, end),
  };
}

/** The launcher, which tells of each container that starts or ends, and of each task that ends by itself. */
function watched(machine: ScriptedMachine, { changed, ended }: MachineOptions): Launcher {
  const telling = (order: ContainerOrder, observer: Observer): Observer => ({
    started(mark) {
      changed();
      observer.started(mark);
    },
    ended(end) {
      changed();
      if (end.how === 'exited' && order.task !== undefined) ended?.(order.task.task_id.value);
      observer.ended(end);
    },
  });
  return {
    ...machine,
    start: (order, observer) => machine.start(order, telling(order, observer)),
    recover: (order, mark, observer) => machine.recover(order, mark, telling(order, observer)),
  };
}

function call(each: () => void): void {
  each();
}
