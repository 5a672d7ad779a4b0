import type { Agent, Task, Volume } from '../../src/api/kinds.gen.ts';
import type { Millis } from '../../src/api/object.ts';
import { claimsVolumes } from '../../src/api/volume.ts';
import type { Framework } from '../../src/mesos/port.ts';
import { type Loop, type Runtime, runLoop } from '../../src/runtime/controller.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import type { RateLimit } from '../../src/runtime/rate-limit.ts';
import { readSecrets, type Secrets } from '../../src/runtime/secrets.ts';
import { inSlices } from '../../src/runtime/slices.ts';
import type { Backlog } from '../../src/scheduling/backlog/backlog.ts';
import type { Home } from '../../src/scheduling/objects/view.ts';
import type { Catalog } from '../../src/scheduling/place/catalog.ts';
import { createPlacer } from '../../src/scheduling/place/placer.ts';
import { createNominations } from '../../src/scheduling/preemption/nominations.ts';
import { createDoubts } from './doubts.ts';
import { createExplainer, type Lack } from './explainer.ts';
import { followCluster } from './follow.ts';
import { keptBy } from './kept.ts';
import { classesOf, type PendingClass, sortOut } from './pending.ts';
import { type PlacementPlan, type PlacementWorld, planPlacement } from './plan.ts';
import { createPreemptor } from './preemptor.ts';
import { createSender } from './sender.ts';
import { createClaims } from './volumes.ts';

interface PlacementOptions extends Runtime {
  readonly home: Home;
  readonly framework: Framework;
  /**
   * With indexes `pending` (`yes` for tasks that wait for an agent), `nominated` (`yes` for those of them for
   * which others are stopped) and `agent` (by agent id, live ones).
   */
  readonly tasks: Informer<Task>;
  /** With index `id`. */
  readonly agents: Informer<Agent>;
  readonly volumes: Informer<Volume>;
  readonly backlog: Backlog;
  /** What jobs and capacity groups may name. */
  readonly catalog: Catalog;
  /** Bounds the launches of the whole fault domain. */
  readonly launches: RateLimit;
  readonly strays: Strays;
}

/** Tasks that run unknown at Mesos. */
interface Strays {
  /** Whether some are being looked at: one may hold what waits for an agent. */
  readonly isAdopting: boolean;
  readonly areAny: boolean;
  /** The Mesos id of one that runs in the instance of a task. */
  beside(task: Task): string | undefined;
}

/** When to look again where the bound on launches was met. */
const LAUNCHES_AGAIN_MS = 1_000;
/** When to look again while tasks are being adopted. */
const ADOPTING_AGAIN_MS = 50;

/**
 * Gives pending tasks to agents. A task is bound to its agent in the store, with its Mesos id and its
 * ports, before Mesos hears of it; what Mesos then makes of it is the task controller's.
 */
export function runPlacement(options: PlacementOptions): Loop {
  const { client, clock, framework, tasks, agents, backlog, launches, strays } = options;
  const followed = followCluster(options);
  const placer = createPlacer(followed.snapshot, options.catalog);
  const nominations = createNominations();
  const claims = createClaims(options);
  const explainer = createExplainer({ ...options, asPlaced: claims.asPlaced }, placer);
  const preemptor = createPreemptor(options);
  const doubts = createDoubts(tasks, () => loop.wake());
  const sender = createSender({ ...options, claims, doubts, snapshot: followed.snapshot });

  function lackOf(task: Task, secrets: Secrets): Lack | undefined {
    const secret = secrets.missing(task);
    if (secret !== undefined) return { reason: 'SecretMissing', message: secret };
    const volume = claims.missing(task);
    if (volume !== undefined) return { reason: 'VolumeMissing', message: volume };
    const stray = strays.beside(task);
    return stray === undefined ? undefined : { reason: 'StrayRuns', message: strayText(stray) };
  }

  /** Plans, binds and launches: offers that this counts on are not given back meanwhile. */
  async function place(world: PlacementWorld, secrets: Secrets): Promise<PlacementPlan> {
    const keep = framework.keepOffers();
    try {
      followed.refresh();
      await preemptor.tidy(world);
      const plan = await inSlices(planPlacement(world), clock);
      keep.only(
        new Set(plan.bindings.map(({ agent }) => agents.get(agent)?.status?.agentId ?? '')),
      );
      const bound = await sender.bindAll(plan);
      launches.took(bound.length);
      await sender.launchAll(bound, secrets);
      return plan;
    } finally {
      keep.release();
    }
  }

  async function pass(): Promise<Millis> {
    await inSlices(followed.catchUp(), clock);
    await sender.settle();
    const classes = await inSlices(classesOf(tasks.by('pending', 'yes')), clock);
    if (classes.length === 0) {
      framework.setDemand(false);
      return Number.POSITIVE_INFINITY;
    }
    const secrets = await readSecrets(
      client,
      classes.map(({ first }) => first),
    );
    const why = (task: Task) => lackOf(task, secrets);
    const isApart = (task: Task) => strays.areAny || claimsVolumes(task.spec);
    const { lacking, complete } = await inSlices(sortOut(classes, why, isApart), clock);
    const isAwaited = (each: PendingClass) => each.tasks.some(claims.isAwaited);
    framework.setDemand(complete.length > 0 || classes.some(isAwaited));
    if (!framework.connected) return Number.POSITIVE_INFINITY;
    if (strays.isAdopting) return ADOPTING_AGAIN_MS;
    const launchesLeft = launches.left();
    if (launchesLeft === 0) return LAUNCHES_AGAIN_MS;
    const now = clock.now();
    const { asPlaced } = claims;
    const isComplete = (task: Task) => why(task) === undefined;
    const isHeldBack = (task: Task) => strays.areAny && strays.beside(task) !== undefined;
    const asked = { isComplete, isHeldBack, asPlaced };
    const world = { backlog, placer, nominations, ...asked, launchesLeft, now };
    const plan = await place(world, secrets);
    await preemptor.run(plan, world);
    const kept = await inSlices(keptBy(complete, plan, backlog), clock);
    const againInMs = await explainer.tell({ lacking, kept });
    return plan.isCut ? 0 : againInMs;
  }

  function stopped(): void {
    followed.stop();
    doubts.stop();
  }

  const loop = runLoop({ ...options, name: 'placement', pass, stopped });
  return loop;
}

function strayText(taskId: string): string {
  return `${taskId} runs in its instance, and Titan does not know it: it starts once that one has ended or is known again`;
}
