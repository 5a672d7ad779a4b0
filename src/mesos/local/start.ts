import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Log, Random } from '../../runtime/port.ts';
import type { PortRange } from '../port.ts';
import { resourcesToWire } from '../resources.ts';
import type { V1AgentInfo } from '../v1.ts';
import { LocalAgent } from './agent/agent.ts';
import { serveAgent } from './agent/server.ts';
import { type AgentsSpec, portsOfAgent, resourcesOf } from './agents-spec.ts';
import { processLauncher } from './executor/processes.ts';
import { processWatch } from './executor/watch.ts';
import type { LocalServer } from './http-exchange.ts';
import { createMaster, type LocalMaster } from './master/master.ts';
import { serveMaster } from './master/server.ts';
import { fileVault } from './vault.ts';

export interface LocalMesosOptions {
  /** Names the cluster: its agents are `<name>-agent-01` and so on. */
  readonly name: string;
  readonly agents: AgentsSpec;
  /** Sandboxes, and what must outlive the process. */
  readonly workFolder: string;
  readonly imagesFolder: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Ports that all agents together may give away; several clusters on one machine need several. */
  readonly ports?: PortRange;
  readonly region?: string;
  readonly zone?: string;
  /** What every task finds in its environment. Default: a PATH. */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Whether each agent serves its own HTTP API, on a free port that its offers tell. Default: false,
   * for thousands of agents would take thousands of ports.
   */
  readonly agentApi?: boolean;
}

export interface LocalMesos {
  readonly url: string;
  readonly master: LocalMaster;
  readonly agents: readonly LocalAgent[];
  stop(options?: { readonly keepTasks?: boolean }): Promise<void>;
}

const defaultEnvironment = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };

const endGraceMs = 3_000;
const endLookMs = 20;

/**
 * Starts a master and its agents in this process, served over HTTP. Over the work folder of an
 * earlier one they take up its identities and its tasks, which run on undisturbed.
 *
 * @throws TitanError `ServiceUnavailable` when the address can't be listened on
 */
export async function startLocalMesos(options: LocalMesosOptions): Promise<LocalMesos> {
  const { clock, random, log, workFolder } = options;
  const master = createMaster({
    clock,
    random,
    log,
    vault: fileVault(join(workFolder, 'master')),
    hostname: options.listen.host,
    port: options.listen.port,
  });
  const server = await serveMaster({ master, ...options.listen });
  const agentServers = await serveAgents(options).catch(async (thrown: unknown) => {
    await server.stop();
    throw thrown;
  });
  const watch = processWatch(clock);
  const agents = Array.from({ length: options.agents.count }, (_, index) => {
    const info = describeAgent(options, index, agentServers[index]?.port);
    const sandboxesFolder = join(workFolder, 'sandboxes', info.hostname);
    mkdirSync(sandboxesFolder, { recursive: true });
    return new LocalAgent({
      info,
      clock,
      random,
      log,
      vault: fileVault(join(workFolder, 'agents', info.hostname)),
      launcher: processLauncher({
        hostname: info.hostname,
        sandboxesFolder,
        imagesFolder: options.imagesFolder,
        watch,
        log,
        environment: options.environment ?? defaultEnvironment,
      }),
    });
  });
  for (const agent of agents) agent.connect(master);
  return {
    url: server.url,
    master,
    agents,
    async stop({ keepTasks = false } = {}) {
      for (const agent of agents) agent.stop({ keepTasks });
      master.stop();
      if (!keepTasks) await endProcesses(agents, clock);
      await Promise.all([server, ...agentServers].map((one) => one.stop()));
    },
  };
}

/** A server for each agent, or none at all: what was opened is closed when one can't be. */
async function serveAgents(options: LocalMesosOptions): Promise<readonly LocalServer[]> {
  const servers: LocalServer[] = [];
  const { host } = options.listen;
  try {
    while (options.agentApi === true && servers.length < options.agents.count) {
      servers.push(await serveAgent({ host, port: 0 }));
    }
  } catch (thrown) {
    await Promise.all(servers.map((server) => server.stop()));
    throw thrown;
  }
  return servers;
}

/** Processes that were asked to end have a moment for it. */
async function endProcesses(agents: readonly LocalAgent[], clock: Clock): Promise<void> {
  const untilMs = clock.now() + endGraceMs;
  const isLingering = () => agents.some((agent) => agent.isLingering);
  while (isLingering() && clock.now() < untilMs) await clock.sleep(endLookMs);
  for (const agent of agents) agent.endNow();
}

function describeAgent(
  options: LocalMesosOptions,
  index: number,
  servedPort?: number,
): V1AgentInfo {
  const { name, agents, region, zone } = options;
  const ports = portsOfAgent(index, agents.count, options.ports);
  const firstAgentPort = 5051;
  return {
    hostname: `${name}-agent-${String(index + 1).padStart(2, '0')}`,
    port: servedPort ?? firstAgentPort + index,
    resources: resourcesToWire(resourcesOf(agents, ports)),
    attributes: [],
    ...(region === undefined
      ? {}
      : { domain: { fault_domain: { region: { name: region }, zone: { name: zone ?? region } } } }),
  };
}
