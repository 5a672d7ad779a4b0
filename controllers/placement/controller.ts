import { asTitanError, hasReason } from '../../src/api/error.ts';
import { type Agent, TASK, type Task, type TaskStatus } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, isDeleting, type Millis, toTimestamp } from '../../src/api/object.ts';
import { mesosTaskId } from '../../src/api/task.ts';
import type { Framework, Launch, Offer } from '../../src/mesos/port.ts';
import { type Loop, type Runtime, runLoop } from '../../src/runtime/controller.ts';
import { inGroups, throwFirst } from '../../src/runtime/group.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import { launchOf, type Place } from './launch.ts';
import { type Binding, type Offered, type PlacementPlan, planPlacement } from './plan.ts';
import { readSecrets, type Secrets } from './secrets.ts';

export interface PlacementOptions extends Runtime {
  readonly home: Place;
  readonly framework: Framework;
  /** With indexes `pending` (`yes` for tasks that wait for an agent) and `agent` (by agent id, live ones). */
  readonly tasks: Informer<Task>;
  readonly agents: Informer<Agent>;
}

/** Binding writes that go out at once; the store joins them into few transactions. */
const CONCURRENCY = 200;
/** How long a task waits before it is told why, so that a passing shortage makes no noise. */
const PATIENCE_MS = 3_000;
/** How often at most one task is told anew, and how many are told in one pass. */
const RETELL_MS = 30_000;
const TELL_MAX = 100;

/**
 * Gives pending tasks to agents. A task is bound to its agent in the store, with its Mesos id and its
 * ports, before Mesos hears of it; what Mesos then makes of it is the task controller's.
 */
export function runPlacement(options: PlacementOptions): Loop {
  const { client, clock, framework, home, tasks, agents, log } = options;
  const explainer = createExplainer(options);

  async function pass(): Promise<Millis> {
    const pending = tasks.by('pending', 'yes').filter((task) => !isDeleting(task));
    if (pending.length === 0) {
      framework.setDemand(false);
      return Number.POSITIVE_INFINITY;
    }
    const secrets = await readSecrets(client, pending);
    const lacking = pending.flatMap((task) => {
      const message = secrets.missing(task);
      return message === undefined ? [] : [{ task, message, reason: 'SecretMissing' as const }];
    });
    const complete = pending.filter((task) => secrets.missing(task) === undefined);
    framework.setDemand(complete.length > 0);
    if (!framework.connected) return Number.POSITIVE_INFINITY;
    const plan = planPlacement({
      pending: complete,
      agents: [...agents.values()],
      offered: offeredBy(framework.offers()),
      tasksOn: (agentId) => tasks.by('agent', agentId),
    });
    await launchAll(await bindAll(plan), secrets);
    return explainer.tell([...lacking, ...plan.refused]);
  }

  /** @returns the tasks whose binding is durable; one that changed meanwhile is left for the next pass */
  async function bindAll({ bindings }: PlacementPlan): Promise<readonly Task[]> {
    const results = await inGroups(bindings, CONCURRENCY, (binding) =>
      client.updateStatus(TASK, bound(binding, clock.now())),
    );
    const failed = results.filter(
      (result) => result.status === 'rejected' && !isBenign(result.reason),
    );
    const done = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    if (done.length === 0) throwFirst(failed);
    return done;
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

  return runLoop({ ...options, name: 'placement', pass });
}

/** The tasks of one agent, and what Mesos is told to run for them. */
interface Batch {
  readonly group: readonly Task[];
  readonly launches: readonly Launch[];
}

function bound({ task, agent, agentId, ports }: Binding, now: Millis): Task {
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

function offeredBy(offers: ReadonlyMap<string, readonly Offer[]>): ReadonlyMap<string, Offered> {
  return new Map([...offers].map(([agentId, held]) => [agentId, sumOf(held)]));
}

function sumOf(offers: readonly Offer[]): Offered {
  const all = offers.map(({ resources }) => resources);
  return {
    cpus: all.reduce((sum, { cpus }) => sum + cpus, 0),
    memoryMiB: all.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0),
    diskMiB: all.reduce((sum, { diskMiB }) => sum + diskMiB, 0),
    ports: all.flatMap(({ ports }) => ports).toSorted((a, b) => a.begin - b.begin),
  };
}

type Untold = PlacementPlan['refused'][number] & { readonly reason?: 'SecretMissing' };

/** Tells tasks that fit nowhere why: not at once, not too often, not all at once. */
function createExplainer({ client, clock }: Pick<Runtime, 'client' | 'clock'>) {
  const toldAt = new Map<string, Millis>();

  function isDue({ metadata, status }: Task, message: string, now: Millis): boolean {
    if (status?.message === message) return false;
    const told = toldAt.get(metadata.uid);
    if (told !== undefined) return now - told >= RETELL_MS;
    return now - fromTimestamp(metadata.creationTimestamp) >= PATIENCE_MS;
  }

  /** @returns when to look again */
  async function tell(refused: readonly Untold[]): Promise<Millis> {
    const now = clock.now();
    const uids = new Set(refused.map(({ task }) => task.metadata.uid));
    for (const uid of toldAt.keys()) if (!uids.has(uid)) toldAt.delete(uid);
    if (refused.length === 0) return Number.POSITIVE_INFINITY;
    const due = refused.filter(({ task, message }) => isDue(task, message, now)).slice(0, TELL_MAX);
    for (const { task } of due) toldAt.set(task.metadata.uid, now);
    await inGroups(due, TELL_MAX, ({ task, message, reason = 'Unschedulable' }) => {
      const status: TaskStatus = { ...task.status, phase: 'Pending', reason, message };
      return client.updateStatus(TASK, { ...task, status });
    });
    return PATIENCE_MS;
  }

  return { tell };
}
