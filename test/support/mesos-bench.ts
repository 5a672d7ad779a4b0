/** A local master and one agent that runs nothing, on a clock that is moved by hand. */
import { masterOver } from '../../src/mesos/adapter.ts';
import { httpMaster } from '../../src/mesos/http.ts';
import { LocalAgent } from '../../src/mesos/local/agent/agent.ts';
import { type Script, scriptedMachine } from '../../src/mesos/local/executor/scripted.ts';
import { directTransport } from '../../src/mesos/local/master/direct.ts';
import { createMaster, type LocalMaster } from '../../src/mesos/local/master/master.ts';
import { serveMaster } from '../../src/mesos/local/master/server.ts';
import { memoryVault } from '../../src/mesos/local/vault.ts';
import { virtualClock } from '../../src/runtime/clock.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import type { MasterBench } from '../contract/master.ts';
import { quiet, recordedAgent } from './mesos.ts';

export function aCluster(
  script: (taskId: string) => Script = () => ({ startMs: 10 }),
  hasApi = true,
  resources = recordedAgent.resources,
) {
  const clock = virtualClock();
  const random = seededRandom(7);
  const vault = memoryVault();
  const agentVault = memoryVault();
  const machine = scriptedMachine({
    clock,
    random,
    script: ({ task }) => script(task.task_id.value),
  });
  const newMaster = (kept = vault): LocalMaster =>
    createMaster({ clock, random, log: quiet, vault: kept, agentTimeoutMs: 5_000 });
  const newAgent = (kept = agentVault): LocalAgent =>
    new LocalAgent({
      info: { ...recordedAgent, ...(resources ? { resources } : {}) },
      launcher: machine,
      vault: kept,
      clock,
      random,
      log: quiet,
      ...(hasApi ? { endpoint: '127.0.0.1:5051' } : {}),
    });
  const core = newMaster();
  const agent = newAgent();
  agent.connect(core);
  return { clock, random, machine, core, agent, newMaster, newAgent };
}

export async function directBench(): Promise<MasterBench> {
  const { clock, core } = aCluster();
  const open = new Set<() => void>();
  const base = directTransport(() => core);
  const transport: typeof base = {
    call: (...args) => base.call(...args),
    async subscribe(call, signal) {
      const mine = new AbortController();
      const stop = () => mine.abort();
      open.add(stop);
      signal.addEventListener('abort', stop, { once: true });
      return base.subscribe(call, mine.signal);
    },
  };
  const another = () => masterOver({ transport, clock, log: quiet });
  return {
    clock,
    master: another(),
    another,
    cut() {
      for (const stop of open) stop();
    },
    async stop() {
      for (const stop of open) stop();
      core.stop();
    },
  };
}

export async function httpBench(): Promise<MasterBench> {
  const { clock, core } = aCluster();
  const server = await serveMaster({ master: () => core, host: '127.0.0.1', port: 0 });
  const masters: ReturnType<typeof httpMaster>[] = [];
  const another = () => {
    const master = httpMaster({ masters: [server.url], clock, log: quiet });
    masters.push(master);
    return master;
  };
  return {
    clock,
    master: another(),
    another,
    cut: () => server.cut(),
    async stop() {
      core.stop();
      await Promise.all(masters.map((master) => master.close()));
      await server.stop();
    },
  };
}
