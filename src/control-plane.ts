import { runAgents } from '../controllers/agent/controller.ts';
import { followAgentNews } from '../controllers/agent/news.ts';
import { analysisController } from '../controllers/analysis/controller.ts';
import { capacityGroupController } from '../controllers/capacitygroup/controller.ts';
import { coordinatorController } from '../controllers/coordinator/controller.ts';
import { drainController } from '../controllers/drain/controller.ts';
import { faultDomainController } from '../controllers/faultdomain/controller.ts';
import { type CollectorOptions, runCollector } from '../controllers/gc/collector.ts';
import { runGc } from '../controllers/gc/controller.ts';
import { jobController } from '../controllers/job/controller.ts';
import type { JobSources } from '../controllers/job/observe.ts';
import { sequelOf } from '../controllers/job/retry.ts';
import { runPlacement } from '../controllers/placement/controller.ts';
import { launchOf } from '../controllers/placement/launch.ts';
import { runRebalance } from '../controllers/rebalance/controller.ts';
import { runReplication } from '../controllers/replication/controller.ts';
import { type Caretaker, createCaretaker } from '../controllers/task/caretaker.ts';
import { type Connection, watchConnection } from '../controllers/task/connection.ts';
import { taskController } from '../controllers/task/controller.ts';
import { type TaskHost, taskHost } from '../controllers/task/host.ts';
import { mergeJournal } from '../controllers/task/merge.ts';
import { runStopHooks } from '../controllers/task/stop-hooks.ts';
import { followTails } from '../controllers/task/tail.ts';
import { volumeController } from '../controllers/volume/controller.ts';
import { volumeHost } from '../controllers/volume/host.ts';
import { runOrphans } from '../controllers/volume/orphans.ts';
import { guardOf } from './api/guard.ts';
import type { FaultDomain, Task } from './api/kinds.gen.ts';
import type { Millis } from './api/object.ts';
import { mayBeOfInstance } from './api/task.ts';
import { followBacklog } from './compose/backlog.ts';
import { type Informers, startInformers } from './compose/informers.ts';
import { jobRestMs } from './compose/moved-on.ts';
import { wire } from './compose/wiring.ts';
import type { OpenPeer } from './federation/port.ts';
import type { AgentApi } from './mesos/agent/port.ts';
import type { Framework, FrameworkHost, Operator } from './mesos/port.ts';
import type { Client } from './registry/port.ts';
import { type Running, type Runtime, runController } from './runtime/controller.ts';
import { createEventRecorder } from './runtime/events.ts';
import type { ReadPage } from './runtime/page.ts';
import type { Clock, Journal, Log, Random } from './runtime/port.ts';
import { createRateLimit, type RateLimit } from './runtime/rate-limit.ts';
import { trackedClient } from './runtime/tracked-client.ts';
import type { Backlog } from './scheduling/backlog/backlog.ts';
import { createCatalog, type Plugin } from './scheduling/place/catalog.ts';

export interface StoppableFramework extends Framework {
  stop(): Promise<void>;
}

export interface ControlPlaneOptions {
  /** Its writes must bear the leadership's guard. */
  readonly client: Client;
  /** What is served, for the collector of garbage. */
  readonly kinds: CollectorOptions['kinds'];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly domain: { readonly name: string; readonly region: string };
  readonly openPeer: OpenPeer;
  /** Where Mesos lets Titan be an operator: agents are then followed, and drained, there too. */
  readonly operator?: Operator;
  /** Where the agents' own API can be reached: what programs that failed printed last is then kept, and pre-stop commands are run. */
  readonly openAgent?: ((address: string) => AgentApi) | undefined;
  /** Reads addresses that checks of rollouts, pre-stop hooks and disruption budgets name. */
  readonly readPage: ReadPage;
  /** Is told of each pass of a controller, to count them. */
  readonly passed?: Runtime['passed'];
  /** Is told how a coordinator of a disruption budget answered, to count it. */
  readonly coordinatorAnswered?: ((kind: string) => void) | undefined;
  /** What jobs and capacity groups may name beside what Titan has. */
  readonly plugins?: readonly Plugin[];
  openFramework(host: FrameworkHost): StoppableFramework | Promise<StoppableFramework>;
  /** Tasks whose records cannot be read; absent, there never are any. */
  readonly unreadableTasks?: JobSources['unreadable'];
  /** How long tasks that run at Mesos and that Titan does not know are left alone; 300 s unless told. */
  readonly adoptionGraceMs?: Millis;
  /** How long what is reserved for Volumes that Titan does not know is kept; a day unless told. */
  readonly orphanGraceMs?: Millis;
  /** Whether a framework that Mesos has removed may be replaced while tasks live; not unless told. */
  readonly mayTakeNewId?: boolean;
  /** Where it may write down what it does while the store is away; absent, it then does nothing. */
  readonly journal?: Journal | undefined;
}

export interface ControlPlane extends Running {
  readonly framework: Framework;
  /**
   * The term may be over, and the store is away: stops all who decide, and looks after what runs from the journal,
   * until `signal` aborts or Mesos is lost. All that can follow is `stop`.
   */
  takeCare(signal: AbortSignal): Promise<void>;
}

/** News of agents that come within this time are looked at together. */
const NEWS_SETTLE_MS = 1_000;
const ADOPTION_GRACE_MS = 300_000;
const ORPHAN_GRACE_MS = 86_400_000;

/**
 * Starts every controller of one fault domain over its API and its Mesos: caches first, then the
 * framework, so that no word of Mesos meets an empty cache, then what decides. Whoever starts it must
 * lead, and must stop it when that is over.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { client, clock, random, log, domain } = options;
  const stopping = new AbortController();
  const informers = await startInformers({ client, clock, random, log }, stopping.signal);
  const component = `titan/${domain.name}`;
  const recorder = createEventRecorder({ client, clock, random, log, component });
  const tracked = trackedClient(client, Object.values(informers));
  const common = { clock, random, log, recorder, passed: options.passed };
  const runtime: Runtime = { ...common, client: tracked };
  const own = (): FaultDomain | undefined => informers.domains.get(domain.name);
  const kills = createRateLimit({ clock, perMinute: () => guardOf(own()).killsPerMinute });
  const host = taskHost({
    ...runtime,
    ...informers,
    home: domain.name,
    domain: own,
    kills,
    adoptionGraceMs: options.adoptionGraceMs ?? ADOPTION_GRACE_MS,
    mayTakeNewId: options.mayTakeNewId ?? false,
    mayBeKnown: (taskId) =>
      (options.unreadableTasks?.() ?? []).some(({ name }) => mayBeOfInstance(taskId, name)),
  });
  const { volumes } = informers;
  const { journal } = options;
  if (journal !== undefined) {
    const merging = mergeJournal({ ...runtime, ...informers, home: domain.name, journal });
    await merging.catch((thrown: unknown) => {
      stopping.abort();
      throw thrown;
    });
  }
  let caretaker: Caretaker | undefined;
  const backlog = await followBacklog(informers, { home: domain, clock });
  const framework = await options.openFramework({
    ...host,
    ...volumeHost({ ...runtime, volumes }),
    onUpdate: (update) => caretaker?.take(update) ?? host.onUpdate(update),
  });
  host.attach(framework);
  const { openAgent } = options;
  const tails = openAgent && { ...runtime, tasks: informers.tasks, framework, openAgent };
  const controllers = startControllers({
    runtime,
    informers,
    backlog,
    framework,
    kills,
    options,
    strays: host.strays,
  });
  const running = [
    ...controllers,
    ...(tails === undefined ? [] : [followTails({ ...tails, frameworkId: host.loadFrameworkId })]),
  ];
  return {
    framework,
    get idle() {
      return running.every(({ idle }) => idle);
    },
    async takeCare(signal) {
      if (journal === undefined) return;
      const { tasks, jobs } = informers;
      const launches = createRateLimit({
        clock,
        perMinute: () => guardOf(own()).launchesPerMinute,
      });
      const launch = (task: Task) => launchOf(task, domain);
      const care = { ...runtime, framework, journal, tasks, jobs, launches, sequelOf };
      caretaker = createCaretaker({ ...care, home: domain.name, launchOf: launch });
      await Promise.all(running.map((each) => each.stop()));
      await caretaker.watch(signal);
    },
    async stop() {
      await framework.stop();
      await Promise.all(running.map((each) => each.stop()));
      stopping.abort();
      await recorder.flush();
    },
  };
}

interface Parts {
  readonly runtime: Runtime;
  readonly informers: Informers;
  readonly backlog: Backlog;
  readonly framework: Framework;
  readonly kills: RateLimit;
  readonly options: ControlPlaneOptions;
  readonly strays: TaskHost['strays'];
}

function startControllers(parts: Parts): readonly Running[] {
  const { runtime, informers, backlog, framework, options, strays } = parts;
  const { domain, openPeer, operator } = options;
  const { jobs, tasks, agents, domains, groups, revisions, tombstones, volumes } = informers;
  const catalog = createCatalog(options.plugins);
  const here = { ...runtime, home: domain, tasks, agents, backlog, catalog };
  const launches = createRateLimit({
    clock: runtime.clock,
    perMinute: () => guardOf(domains.get(domain.name)).launchesPerMinute,
  });
  const connection = watchConnection(framework, runtime.clock);
  const loops = {
    job: runController({
      ...runtime,
      informer: jobs,
      restMs: (job) => jobRestMs(job, tasks),
      controller: jobController({
        ...runtime,
        home: domain,
        tasks,
        agents,
        domains,
        groups,
        jobs,
        revisions,
        volumes,
        unreadable: options.unreadableTasks,
        backlog,
        catalog,
      }),
    }),
    capacityGroup: runController({
      ...runtime,
      informer: groups,
      controller: capacityGroupController({ ...runtime, backlog }),
    }),
    ...startTasks(parts, connection),
    faultDomain: runController({
      ...runtime,
      informer: domains,
      controller: faultDomainController({
        ...runtime,
        home: domain.name,
        framework,
        agents,
        tasks,
        openPeer,
      }),
      concurrency: 20,
    }),
    drain: runController({
      ...runtime,
      informer: agents,
      controller: drainController({ ...runtime, home: domain, tasks, jobs, domains, operator }),
    }),
    placement: runPlacement({ ...here, framework, volumes, launches, strays }),
    rebalance: runRebalance({ ...here, jobs, domains }),
    ...startVolumes(parts),
    ...startAsking(parts),
    agents: runAgents({ ...runtime, framework, agents, tasks }),
  };
  const wiring = wire({ ...runtime, informers, backlog, framework, loops, home: domain.name });
  const look = () => loops.agents.wake(NEWS_SETTLE_MS);
  const others = [
    ...(operator === undefined ? [] : [followAgentNews({ ...runtime, operator, look })]),
    runReplication({ ...runtime, home: domain.name, domains, jobs, tombstones, openPeer }),
    runGc({ ...runtime, jobs, tasks, tombstones }),
    runCollector({ ...runtime, kinds: options.kinds }),
  ];
  const { job, task, placement, rebalance, volume, orphans } = loops;
  const deciders = [job, task, placement, rebalance, volume, orphans, loops.agents];
  const halting = stopWhenHalted(framework, deciders);
  return [
    { idle: true, stop: async () => [wiring, connection, halting].forEach(stopPart) },
    ...Object.values(loops),
    ...others,
  ];
}

/** What stops tasks, and what is done before that. */
function startTasks(
  { runtime, informers, framework, kills, options }: Parts,
  connection: Connection,
) {
  const { jobs, tasks } = informers;
  const { openAgent, readPage } = options;
  const hooks = runStopHooks({ ...runtime, framework, openAgent, readPage });
  const task = runController({
    ...runtime,
    informer: tasks,
    controller: taskController({ ...runtime, framework, connection, kills, jobs, tasks, hooks }),
    concurrency: 100,
  });
  return { task, hooks };
}

/** What asks the checks of rollouts, and the coordinators of budgets; their answers may take long. */
function startAsking({ runtime, informers, options }: Parts) {
  const { domain, readPage, coordinatorAnswered: answered } = options;
  const asking = { ...runtime, home: domain.name, readPage, answered };
  const loop = { ...runtime, informer: informers.jobs, concurrency: 20 };
  return {
    analysis: runController({ ...loop, controller: analysisController(asking) }),
    coordinator: runController({ ...loop, controller: coordinatorController(asking) }),
  };
}

/** What looks after Volumes, and after what Mesos has of those that are gone. */
function startVolumes({ runtime, informers, framework, options }: Parts) {
  const { tasks, agents, domains, volumes } = informers;
  const domain = () => domains.get(options.domain.name);
  const graceMs = options.orphanGraceMs ?? ORPHAN_GRACE_MS;
  return {
    volume: runController({
      ...runtime,
      informer: volumes,
      controller: volumeController({ ...runtime, framework, tasks, agents, volumes }),
    }),
    orphans: runOrphans({ ...runtime, framework, agents, volumes, domain, graceMs }),
  };
}

/** Without its framework for good, nothing may be decided: a person must see to it first. */
function stopWhenHalted(framework: Framework, deciders: readonly Running[]): { stop(): void } {
  function look(): void {
    if (framework.halted !== undefined) for (const each of deciders) void each.stop();
  }

  const stop = framework.onChange(look);
  look();
  return { stop };
}

function stopPart(part: { stop(): void }): void {
  part.stop();
}
