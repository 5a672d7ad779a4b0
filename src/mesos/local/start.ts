import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TitanError } from '../../api/error.ts';
import type { Clock, Log, Random } from '../../runtime/port.ts';
import type { PortRange } from '../port.ts';
import { toResources } from '../resources.ts';
import type { V1AgentInfo } from '../v1.ts';
import { LocalAgent } from './agent/agent.ts';
import { serveAgent } from './agent/server.ts';
import { type AgentsSpec, portsOfAgent, resourcesOf } from './agents-spec.ts';
import { processLauncher } from './executor/processes.ts';
import { type ProcessWatch, processWatch } from './executor/watch.ts';
import { cutByChance, drawFaults, type Faults, overLink, overNetwork } from './faults.ts';
import type { LocalServer } from './http-exchange.ts';
import type { Registrar } from './link.ts';
import { createMaster, type LocalMaster } from './master/master.ts';
import { serveMaster } from './master/server.ts';
import type { FaultRates } from './network-faults.ts';
import { fileVault, type Vault } from './vault.ts';

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
   * Whether each agent serves its own HTTP API, on a free port that its offers tell and that it keeps;
   * frameworks' own executors need it. Default: where there are few agents, for thousands of them would
   * take thousands of ports.
   */
  readonly agentApi?: boolean;
  /** What goes wrong by chance. Default: nothing. */
  readonly faults?: FaultRates;
}

export interface LocalMesos {
  readonly url: string;
  /** The one that leads now. */
  readonly master: LocalMaster;
  /** Each in the life that it is in now. */
  readonly agents: readonly LocalAgent[];
  /**
   * Ends one agent and begins its next life; its tasks run on, and their executors find it again. One
   * that leaves ends its tasks, is lost to the master, and comes back as a new agent with its volumes.
   */
  restartAgent(index: number, options?: { readonly leaves?: boolean }): Promise<void>;
  /** The network between an agent and the master is away: its tasks run on. */
  cutOff(index: number): void;
  /** It is back; nothing where it was not away. */
  reconnect(index: number): void;
  /** Another master leads: connections break, and every agent registers with it. */
  restartMaster(options?: { readonly keepRegistry?: boolean }): void;
  stop(options?: { readonly keepTasks?: boolean }): Promise<void>;
}

const defaultEnvironment = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };

/** So many agents serve their API where nothing else is said. */
const agentApiMax = 100;
const endGraceMs = 3_000;
const endLookMs = 20;

/**
 * Starts a master and its agents in this process, served over HTTP. Over the work folder of an
 * earlier one they take up its identities and its tasks, which run on undisturbed.
 *
 * @throws TitanError `ServiceUnavailable` when the address can't be listened on
 */
export async function startLocalMesos(options: LocalMesosOptions): Promise<LocalMesos> {
  const { clock, random } = options;
  const faults = options.faults && drawFaults(options.faults, random);
  let master = startMaster(options, faults);
  const server = await serveMaster({ master: () => master, ...options.listen });
  const homes = Array.from({ length: options.agents.count }, (_, index) => homeOf(options, index));
  const agents: LocalAgent[] = [];
  const agentServers = await serveAgents(options, homes, agents).catch(async (thrown: unknown) => {
    await server.stop();
    throw thrown;
  });
  const watch = processWatch(clock);
  const sites = homes.map((home, index) => ({ ...home, watch, port: agentServers[index]?.port }));
  for (const site of sites) agents.push(createAgent(options, site));
  const cutOff = (index: number) => agents[index]?.disconnect();
  const isConnected = (index: number) => agents[index]?.isConnected === true;
  const reconnect = (index: number) => {
    if (!isConnected(index)) agents[index]?.connect(registrarOf(index));
  };
  const network = { count: agents.length, isConnected, cutOff, reconnect };
  const cuts = faults && cutByChance(network, faults, { clock, random });
  const registrarOf = (index: number): Registrar =>
    faults && cuts ? overLink(() => master, { index, faults, cuts, clock }) : master;
  for (const [index, agent] of agents.entries()) agent.connect(registrarOf(index));
  return {
    url: server.url,
    get master() {
      return master;
    },
    agents,
    async restartAgent(index, { leaves = false } = {}) {
      const [site, agent] = [sites[index], agents[index]];
      if (!site || !agent) throw noAgent(index);
      if (leaves) {
        agent.unregister();
        await endProcesses([agent], clock);
      }
      agent.stop({ keepTasks: !leaves });
      const next = createAgent(options, site);
      agents[index] = next;
      next.connect(registrarOf(index));
    },
    cutOff,
    reconnect,
    restartMaster({ keepRegistry = true } = {}) {
      const connected = [...agents.keys()].filter(isConnected);
      master.stop();
      for (const index of connected) cutOff(index);
      server.cut();
      if (!keepRegistry) rmSync(masterFolder(options), { recursive: true });
      master = startMaster(options, faults);
      for (const index of connected) reconnect(index);
    },
    async stop({ keepTasks = false } = {}) {
      cuts?.stop();
      for (const agent of agents) agent.stop({ keepTasks });
      master.stop();
      if (!keepTasks) await endProcesses(agents, clock);
      await Promise.all([server, ...agentServers].map((one) => one.stop()));
    },
  };
}

function noAgent(index: number): TitanError {
  return new TitanError('NotFound', `There is no agent of index ${index}`);
}

function masterFolder({ workFolder }: LocalMesosOptions): string {
  return join(workFolder, 'master');
}

function startMaster(options: LocalMesosOptions, faults: Faults | undefined): LocalMaster {
  const { clock, random, log, listen } = options;
  const vault = fileVault(masterFolder(options));
  const address = { hostname: listen.host, port: listen.port };
  const master = createMaster({ clock, random, log, vault, ...address });
  return faults ? overNetwork(master, faults, clock) : master;
}

/** Where an agent keeps what outlives it. */
interface Home {
  readonly index: number;
  readonly hostname: string;
  readonly vault: Vault;
}

function homeOf({ name, workFolder }: LocalMesosOptions, index: number): Home {
  const hostname = `${name}-agent-${String(index + 1).padStart(2, '0')}`;
  return { index, hostname, vault: fileVault(join(workFolder, 'agents', hostname)) };
}

interface Site extends Home {
  readonly watch: ProcessWatch;
  readonly port: number | undefined;
}

function createAgent(options: LocalMesosOptions, site: Site): LocalAgent {
  const { clock, random, log, workFolder, imagesFolder, listen } = options;
  const { hostname, vault, watch, port } = site;
  const sandboxesFolder = join(workFolder, 'sandboxes', hostname);
  mkdirSync(sandboxesFolder, { recursive: true });
  const environment = options.environment ?? defaultEnvironment;
  return new LocalAgent({
    info: describeAgent(options, site),
    clock,
    random,
    log,
    vault,
    ...(port === undefined ? {} : { endpoint: `${listen.host}:${port}` }),
    launcher: processLauncher({
      hostname,
      sandboxesFolder,
      volumesFolder: join(workFolder, 'volumes', hostname),
      imagesFolder,
      watch,
      log,
      environment,
    }),
  });
}

/** The name under which an agent's vault has the port of its API, so that its executors find it. */
const PORT = 'port';

/** A server for each agent, or none at all: what was opened is closed when one can't be. */
async function serveAgents(
  options: LocalMesosOptions,
  homes: readonly Home[],
  agents: readonly LocalAgent[],
): Promise<readonly LocalServer[]> {
  const servers: LocalServer[] = [];
  const { agentApi = homes.length <= agentApiMax, listen } = options;
  try {
    for (const { index, vault } of agentApi ? homes : []) {
      const serve = (port: number) =>
        serveAgent({ host: listen.host, port, agent: () => agents[index] });
      const port = Number(vault.load().get(PORT) ?? 0);
      const server = await (port === 0 ? serve(0) : serve(port).catch(() => serve(0)));
      servers.push(server);
      vault.put(PORT, server.port);
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

function describeAgent(options: LocalMesosOptions, { index, hostname, port }: Site): V1AgentInfo {
  const { agents, region, zone } = options;
  const ports = portsOfAgent(index, agents.count, options.ports);
  const firstAgentPort = 5051;
  return {
    hostname,
    port: port ?? firstAgentPort + index,
    resources: toResources(resourcesOf(agents, ports)),
    attributes: [],
    ...(region === undefined
      ? {}
      : { domain: { fault_domain: { region: { name: region }, zone: { name: zone ?? region } } } }),
  };
}
