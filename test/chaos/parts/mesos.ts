import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeProgram } from '../../support/titan.ts';
import { type Keeper, kill, send } from './keeper.ts';
import type { MesosOrder } from './mesos-process.ts';

/** A local Mesos in a process of its own; its tasks are real processes and outlive it, unless its agents are simulated. */
export interface Mesos {
  readonly url: string;
  readonly agents: number;
  kill(): Promise<void>;
  start(): Promise<void>;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  tell(order: MesosOrder): Promise<void>;
}

const REAL = fileURLToPath(new URL('mesos-process.ts', import.meta.url));
const SIMULATED = fileURLToPath(new URL('simulated-mesos-process.ts', import.meta.url));

export interface MesosOptions {
  readonly keeper: Keeper;
  readonly state: string;
  readonly port: number;
  readonly agents: number;
  /** Whether nothing runs on its agents: tasks end well after a few seconds. */
  readonly isSimulated?: boolean | undefined;
}

export function createMesos({ keeper, state, port, agents, isSimulated }: MesosOptions): Mesos {
  let child: ChildProcess | undefined;

  function running(): ChildProcess {
    if (child === undefined) throw new Error('Mesos was not started');
    return child;
  }

  return {
    url: `http://127.0.0.1:${port}`,
    agents,
    kill: () => kill(running()),
    async start() {
      const program = isSimulated === true ? SIMULATED : REAL;
      const flags = [program, state, String(port), `${agents}x8cpu,16GiB`];
      const output = join(state, 'mesos.log');
      child = keeper.start(nodeProgram, flags, { output, talks: true });
      await heard(child);
    },
    signal: (signal) => send(running().pid ?? 0, signal),
    async tell(order) {
      const answered = heard(running());
      running().send(order);
      await answered;
    },
  };
}

async function heard(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`Mesos ended with ${code}; its log says why`);
  });
  await Promise.race([once(child, 'message'), gone]);
}
