import { analysisController } from '../../../controllers/analysis/controller.ts';
import { coordinatorController } from '../../../controllers/coordinator/controller.ts';
import { jobController } from '../../../controllers/job/controller.ts';
import type { Job } from '../../../src/api/kinds.gen.ts';
import {
  AGENT,
  type Agent,
  CAPACITY_GROUP,
  type CapacityGroup,
  FAULT_DOMAIN,
  type FaultDomain,
  VOLUME,
  type Volume,
} from '../../../src/api/kinds.gen.ts';
import { type ApiObject, keyOf, keyText, type Millis } from '../../../src/api/object.ts';
import { followBacklog } from '../../../src/compose/backlog.ts';
import type { Client } from '../../../src/registry/port.ts';
import type { VirtualClock } from '../../../src/runtime/clock.ts';
import { type Controller, runController } from '../../../src/runtime/controller.ts';
import type { EventRecorder } from '../../../src/runtime/events.ts';
import type { ReadPage } from '../../../src/runtime/page.ts';
import type { Log, Random } from '../../../src/runtime/port.ts';
import type { Backlog } from '../../../src/scheduling/backlog/backlog.ts';
import { createCatalog } from '../../../src/scheduling/place/catalog.ts';
import type { LifeApi } from './api.ts';
import { createTable, type Table } from './table.ts';

/** How many there are, all the time. */
export const AGENTS = 4;

export const HOME = { name: 'dc1', region: 'us-east-1' } as const;

/** What a job's controller reads beside jobs, tasks and revisions. */
export interface Surroundings {
  readonly agents: Table<Agent>;
  readonly domains: Table<FaultDomain>;
  readonly groups: Table<CapacityGroup>;
  readonly volumes: Table<Volume>;
}

export function createSurroundings(clock: VirtualClock): Surroundings {
  let version = 0;
  const common = {
    clock,
    lagMs: () => 0,
    nextVersion: () => ++version,
    written: () => undefined,
  };
  return {
    agents: createTable<Agent>({ ...common, kind: AGENT }),
    domains: createTable<FaultDomain>({ ...common, kind: FAULT_DOMAIN }),
    groups: createTable<CapacityGroup>({ ...common, kind: CAPACITY_GROUP }),
    volumes: createTable<Volume>({ ...common, kind: VOLUME }),
  };
}

export interface ControlOptions extends Surroundings {
  readonly api: LifeApi;
  readonly clock: VirtualClock;
  readonly random: Random;
  /** How likely it dies at a write. */
  readonly crashAt: number;
  /** Stands between its controller and the API; a bug that is planted. */
  plant?(client: Client): Client;
  /** How long it is away after its death. */
  awayMs(): Millis;
  /** Of an event, or of its life; `about` has the task or the job. */
  told(line: string, about?: ApiObject, reason?: string): void;
  passed(status: Job['status']): void;
  /** Whether a promise is broken: then it does no more. */
  hasBroken(): boolean;
  /** Answers for the coordinator of the job's budget, and for the checks of its rollouts. */
  readonly readPage: ReadPage;
}

/** The control plane of a job: a new life follows each death. */
export interface Control {
  readonly lives: number;
  readonly passes: number;
  die(): void;
  /** It dies at no write any more. */
  calm(): void;
  stop(): void;
}

const silent: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

/** What changes in a moment is looked at in one pass. */
const SETTLE_MS = 20;

export async function startControl(options: ControlOptions): Promise<Control> {
  const { api, clock, random, awayMs, told, plant = (client) => client } = options;
  let crashAt = options.crashAt;
  let lives = 0;
  let passes = 0;
  let end: (() => void) | undefined;
  const backlog = await backlogOf(options);
  const catalog = createCatalog();

  const recorder: EventRecorder = {
    normal: (about, reason, message) =>
      told(`${about.metadata.name} ${reason}: ${message}`, about, reason),
    warning: (about, reason, message) =>
      told(`${about.metadata.name} ${reason}! ${message}`, about, reason),
    flush: async () => undefined,
  };

  function begin(): void {
    let isDead = false;
    lives += 1;
    const life = lives;
    api.catchUp();
    const client = plant(
      api.client(() => {
        if (!isDead && random.next() < crashAt) die();
        return isDead;
      }),
    );
    const common = { client, clock, random, log: silent, recorder };
    const { agents, domains, groups, volumes } = options;
    const controller = ofWeb(
      jobController({
        ...common,
        home: HOME,
        tasks: api.tasks.cache,
        agents: agents.cache,
        domains: domains.cache,
        groups: groups.cache,
        jobs: api.jobs.cache,
        revisions: api.revisions.cache,
        volumes: volumes.cache,
        unreadable: () =>
          [...api.garbled.keys()].map((name) => ({
            namespace: 'default',
            name,
            error: 'not JSON',
          })),
        backlog,
        catalog,
      }),
    );
    const counted = counting(controller);
    const loop = runController({ ...common, controller: counted, informer: api.jobs.cache });
    const asker = { ...common, home: HOME.name, readPage: options.readPage };
    const asking = [coordinatorController(asker), analysisController(asker)].map((each) =>
      runController({ ...common, controller: ofWeb(each), informer: api.jobs.cache }),
    );
    const look = (delayMs: Millis) => {
      for (const job of api.jobs.cache.values()) loop.enqueue(keyText(keyOf(job)), delayMs);
    };
    const stops = [
      api.tasks.cache.onChange(() => look(SETTLE_MS)),
      domains.cache.onChange(() => look(SETTLE_MS)),
      api.jobs.cache.onChange(({ now }) => {
        if (now?.metadata.name !== 'web') look(SETTLE_MS);
      }),
    ];
    end = () => {
      isDead = true;
      for (const stop of stops) stop();
      void loop.stop();
      for (const each of asking) void each.stop();
    };

    function die(): void {
      told(`life ${life} ends`);
      end?.();
      end = undefined;
      clock.after(awayMs(), begin);
    }
  }

  function counting(controller: Controller<Job>): Controller<Job> {
    return {
      ...controller,
      async reconcile(job, signal) {
        passes += 1;
        const outcome = await controller.reconcile(job, signal);
        options.passed(outcome.status);
        if (options.hasBroken()) end?.();
        return outcome;
      },
    };
  }

  begin();
  return {
    get lives() {
      return lives;
    },
    get passes() {
      return passes;
    },
    die() {
      if (end === undefined) return;
      end();
      end = undefined;
      clock.after(awayMs(), begin);
    },
    calm() {
      crashAt = 0;
    },
    stop: () => end?.(),
  };
}

/** Other jobs are played, and looked after by nobody. */
function ofWeb(controller: Controller<Job>): Controller<Job> {
  return {
    ...controller,
    reconcile: async (job, signal) =>
      job.metadata.name === 'web'
        ? controller.reconcile(job, signal)
        : { wakeInMs: Number.POSITIVE_INFINITY },
  };
}

/** One for all lives, as their caches are. */
function backlogOf({ api, agents, groups, clock }: ControlOptions): Promise<Backlog> {
  const caches = {
    jobs: api.jobs.cache,
    tasks: api.tasks.cache,
    agents: agents.cache,
    groups: groups.cache,
  };
  return followBacklog(caches, { home: HOME, clock });
}
