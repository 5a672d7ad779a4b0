import { asTitanError, hasReason, TitanError } from '../../src/api/error.ts';
import { type Agent, TASK, type Task, type TaskStatus } from '../../src/api/kinds.gen.ts';
import { isDeleting, type Millis, toTimestamp } from '../../src/api/object.ts';
import { mesosTaskId } from '../../src/api/task.ts';
import type { Framework, Launch } from '../../src/mesos/port.ts';
import { type Loop, type Runtime, runLoop } from '../../src/runtime/controller.ts';
import { inGroups, throwFirst } from '../../src/runtime/group.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import { createPlacer } from '../../src/scheduling/place/placer.ts';
import { createExplainer } from './explainer.ts';
import { followCluster } from './follow.ts';
import { launchOf } from './launch.ts';
import { type Binding, type PlacementPlan, planPlacement } from './plan.ts';
import { readSecrets, type Secrets } from './secrets.ts';
import { inSlices } from './slices.ts';
import type { Home } from './view.ts';

export interface PlacementOptions extends Runtime {
  readonly home: Home;
  readonly framework: Framework;
  /** With indexes `pending` (`yes` for tasks that wait for an agent) and `agent` (by agent id, live ones). */
  readonly tasks: Informer<Task>;
  readonly agents: Informer<Agent>;
}

/** Binding writes that go out at once; the store joins them into few transactions. */
const CONCURRENCY = 200;

/**
 * Gives pending tasks to agents. A task is bound to its agent in the store, with its Mesos id and its
 * ports, before Mesos hears of it; what Mesos then makes of it is the task controller's.
 */
export function runPlacement(options: PlacementOptions): Loop {
  const { client, clock, framework, home, tasks, agents, log } = options;
  const followed = followCluster(options);
  const placer = createPlacer(followed.snapshot);
  const explainer = createExplainer(options, placer);

  async function pass(): Promise<Millis> {
    const pending = tasks.by('pending', 'yes').filter((task) => !isDeleting(task));
    if (pending.length === 0) {
      framework.setDemand(false);
      return Number.POSITIVE_INFINITY;
    }
    const secrets = await readSecrets(client, pending);
    const lacking = pending.flatMap((task) => {
      const message = secrets.missing(task);
      return message === undefined ? [] : [{ task, message }];
    });
    const complete = pending.filter((task) => secrets.missing(task) === undefined);
    framework.setDemand(complete.length > 0);
    if (!framework.connected) return Number.POSITIVE_INFINITY;
    followed.refresh(framework.offers());
    const plan = await inSlices(planPlacement(complete, placer, clock.now()), clock);
    await launchAll(await bindAll(plan), secrets);
    return explainer.tell({ lacking, refused: plan.refused });
  }

  /** @returns the tasks whose binding is durable; one that changed meanwhile is left for the next pass */
  async function bindAll({ bindings }: PlacementPlan): Promise<readonly Task[]> {
    const results = await inGroups(bindings, CONCURRENCY, bind);
    const failed = results.filter(
      (result) => result.status === 'rejected' && !isBenign(result.reason),
    );
    const done = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    if (done.length === 0) throwFirst(failed);
    return done;
  }

  async function bind(binding: Binding): Promise<Task> {
    const { task, agent } = binding;
    try {
      const agentId = agents.get(agent)?.status?.agentId;
      if (agentId === undefined) throw new TitanError('Conflict', `agent ${agent} is gone`);
      return await client.updateStatus(TASK, bound(binding, agentId, clock.now()));
    } catch (thrown) {
      followed.snapshot.release(task.metadata.uid);
      throw thrown;
    }
  }

  async function launchAll(bound: readonly Task[], secrets: Secrets): Promise<void> {
    const byAgent = Object.groupBy(bound, ({ status }) => status?.agentId ?? '');
    const calls = Object.entries(byAgent).map(([agentId, group = []]) => {
      const launches = group.map((task) => launchOf(task, home, secrets));
      return launchOn(agentId, { group, launches });
    });
    await Promise.all(calls);
  }

  async function launchOn(agentId: string, { group, launches }: Batch): Promise<void> {
    try {
      await framework.launch(agentId, launches);
      log.info('tasks launched', { agent: group[0]?.status?.agent, count: group.length });
    } catch (thrown) {
      const error = asTitanError(thrown);
      log.warn('launch not sent', { agentId, count: group.length, error: error.message });
      if (error.reason === 'Conflict') await unsent(group);
    }
  }

  /** The offers were gone before the call, so Mesos has heard nothing: these attempts are over. */
  async function unsent(group: readonly Task[]): Promise<void> {
    await inGroups(group, CONCURRENCY, (task) =>
      client.updateStatus(TASK, { ...task, status: lostOffer(task, clock.now()) }),
    );
  }

  const loop = runLoop({ ...options, name: 'placement', pass });
  return {
    wake: loop.wake,
    get idle() {
      return loop.idle;
    },
    async stop() {
      await loop.stop();
      followed.stop();
    },
  };
}

/** The tasks of one agent, and what Mesos is told to run for them. */
interface Batch {
  readonly group: readonly Task[];
  readonly launches: readonly Launch[];
}

function bound({ task, agent, ports }: Binding, agentId: string, now: Millis): Task {
  const at = toTimestamp(now);
  const status: TaskStatus = {
    phase: 'Staging',
    phaseSince: at,
    boundAt: at,
    agent,
    agentId,
    mesosTaskId: mesosTaskId(task),
    ports,
  };
  return { ...task, status };
}

function lostOffer(task: Task, now: Millis): TaskStatus {
  const at = toTimestamp(now);
  const message = 'the offer was taken back before the task could be sent';
  return {
    ...task.status,
    phase: 'Lost',
    fault: 'System',
    reason: 'OfferGone',
    message,
    phaseSince: at,
    finishedAt: at,
  };
}

function isBenign(error: unknown): boolean {
  return hasReason(error, 'Conflict') || hasReason(error, 'NotFound');
}
