import { asTitanError, hasReason, TitanError } from '../../src/api/error.ts';
import { type Agent, TASK, type Task, type TaskStatus } from '../../src/api/kinds.gen.ts';
import { isDeleting, keyOf, keyText, type Millis, toTimestamp } from '../../src/api/object.ts';
import { scheduledOn } from '../../src/api/scheduled.ts';
import { mesosTaskId, phaseOf } from '../../src/api/task.ts';
import type { Framework, Launch, Operation } from '../../src/mesos/port.ts';
import type { Runtime } from '../../src/runtime/controller.ts';
import { inGroups, throwFirst } from '../../src/runtime/group.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import type { Secrets } from '../../src/runtime/secrets.ts';
import type { Backlog } from '../../src/scheduling/backlog/backlog.ts';
import type { Snapshot } from '../../src/scheduling/cluster/snapshot.ts';
import type { Home } from '../../src/scheduling/objects/view.ts';
import type { Doubts } from './doubts.ts';
import { launchOf } from './launch.ts';
import type { Binding, PlacementPlan } from './plan.ts';
import type { Claims } from './volumes.ts';

/** Binding writes that go out at once; the store joins them into few transactions. */
const CONCURRENCY = 300;
/** Agents for which Mesos is told at once what to run. */
const AGENTS_AT_ONCE = 50;

export interface SenderOptions extends Pick<Runtime, 'client' | 'clock' | 'log'> {
  readonly home: Home;
  readonly framework: Pick<Framework, 'launch'>;
  readonly tasks: Informer<Task>;
  readonly agents: Informer<Agent>;
  readonly backlog: Backlog;
  readonly snapshot: Snapshot;
  readonly claims: Pick<Claims, 'attach' | 'undo' | 'mount'>;
  readonly doubts: Pick<Doubts, 'note' | 'clear' | 'found'>;
}

/** Makes bindings durable, then has Mesos launch what is. */
export function createSender(options: SenderOptions) {
  const { client, clock, framework, tasks, agents, backlog, claims, doubts, log } = options;
  const unsent = enderOf(options);

  /** @returns the tasks whose binding is durable; one that changed meanwhile is left for the next pass */
  async function bindAll({ bindings }: PlacementPlan): Promise<readonly Task[]> {
    const results = await inGroups(bindings, CONCURRENCY, bind);
    const torn = new Set(
      bindings.flatMap(({ gang }, at) => (results[at]?.status === 'rejected' ? [gang] : [])),
    );
    const failed = results.filter(
      (result) => result.status === 'rejected' && !isBenign(result.reason),
    );
    const done = results.flatMap((result, at) => {
      const gang = bindings[at]?.gang;
      const isTorn = gang !== undefined && torn.has(gang);
      return result.status === 'fulfilled' ? [{ task: result.value, isTorn }] : [];
    });
    if (done.length === 0) throwFirst(failed);
    const [whole, alone] = [false, true].map((isTorn) =>
      done.filter((each) => each.isTorn === isTorn).map(({ task }) => task),
    );
    await unsent(alone ?? [], TORN_GANG);
    return whole ?? [];
  }

  async function bind(binding: Binding): Promise<Task> {
    const { task, agent } = binding;
    try {
      const agentId = agents.get(agent)?.status?.agentId;
      if (agentId === undefined) throw new TitanError('Conflict', `agent ${agent} is gone`);
      await claims.attach(task, { agent, agentId });
      const made = await client.updateStatus(TASK, bound(binding, agentId, clock.now()));
      doubts.clear(task);
      return made;
    } catch (thrown) {
      if (hasReason(thrown, 'ServiceUnavailable')) doubts.note(task);
      await claims.undo(task);
      const { uid } = task.metadata;
      options.snapshot.release(uid);
      const current = tasks.get(keyText(keyOf(task)));
      if (current?.metadata.uid === uid) backlog.putTask(current);
      else backlog.dropTask(task);
      throw thrown;
    }
  }

  async function launchAll(bound: readonly Task[], secrets: Secrets): Promise<void> {
    const byAgent = Object.groupBy(bound, ({ status }) => status?.agentId ?? '');
    const launched = await inGroups(Object.entries(byAgent), AGENTS_AT_ONCE, ([agentId, group]) =>
      launchGroup(agentId, group ?? [], secrets),
    );
    throwFirst(launched);
  }

  async function launchGroup(
    agentId: string,
    bound: readonly Task[],
    secrets: Secrets,
  ): Promise<void> {
    const { wanted, unwanted } = sift(bound, tasks);
    const { refused, ...batch } = batchOf(wanted, options, secrets);
    const told = [
      unsent(unwanted, UNWANTED),
      ...refused.map(({ task, message }) =>
        unsent([task], { reason: 'VolumeUnavailable', message }),
      ),
    ];
    if (batch.group.length > 0) await launchOn(agentId, batch);
    await Promise.all(told);
  }

  async function launchOn(agentId: string, batch: Batch): Promise<void> {
    const { group, launches, operations } = batch;
    try {
      await framework.launch(agentId, launches, operations);
      log.info('tasks launched', { agent: group[0]?.status?.agent, count: group.length });
    } catch (thrown) {
      const error = asTitanError(thrown);
      log.warn('launch not sent', { agentId, count: group.length, error: error.message });
      if (error.reason === 'Conflict') await unsent(group, OFFER_GONE);
    }
  }

  /** Ends what is found bound although the store did not say so: it was not sent, and would be waited for. */
  async function settle(): Promise<void> {
    const results = await unsent(doubts.found(), UNANSWERED);
    throwFirst(results.filter((each) => each.status === 'rejected' && !isBenign(each.reason)));
  }

  return { bindAll, launchAll, settle };
}

/** Mesos has heard nothing of them: these attempts are over. */
function enderOf({ client, clock, claims, doubts }: SenderOptions) {
  return (group: readonly Task[], why: Unsent) =>
    inGroups(group, CONCURRENCY, async (task) => {
      await claims.undo(task);
      await client.updateStatus(TASK, { ...task, status: lost(task, why, clock.now()) });
      doubts.clear(task);
    });
}

/**
 * The store may have taken its time with the bindings: a task that was ended meanwhile, or that somebody has
 * deleted, must not be started any more, since another may be in its place.
 */
function sift(bound: readonly Task[], tasks: Pick<Informer<Task>, 'get'>) {
  const wanted: Task[] = [];
  const unwanted: Task[] = [];
  for (const task of bound) {
    const now = tasks.get(keyText(keyOf(task)));
    const isSame =
      now?.metadata.uid === task.metadata.uid &&
      now.status?.mesosTaskId === task.status?.mesosTaskId;
    if (!isSame || phaseOf(now) !== 'Staging') continue;
    if (isDeleting(now)) unwanted.push(now);
    else wanted.push(task);
  }
  return { wanted, unwanted };
}

/** The tasks of one agent, and what Mesos is told to run for them. */
interface Batch {
  readonly group: readonly Task[];
  readonly launches: readonly Launch[];
  readonly operations: readonly Operation[];
}

/** @returns `refused` too: tasks for which an offer has not what it takes, and why */
function batchOf(
  tasks: readonly Task[],
  { home, claims, backlog }: Pick<SenderOptions, 'home' | 'claims' | 'backlog'>,
  secrets: Secrets,
) {
  const group: Task[] = [];
  const launches: Launch[] = [];
  const operations: Operation[] = [];
  const refused: { readonly task: Task; readonly message: string }[] = [];
  for (const task of tasks) {
    const mounted = claims.mount(task);
    if (typeof mounted === 'string') {
      refused.push({ task, message: mounted });
      continue;
    }
    group.push(task);
    operations.push(...mounted.operations);
    const { pieces } = mounted;
    launches.push(launchOf(task, home, { secrets, pieces, group: backlog.groupOf(task) }));
  }
  return { group, launches, operations, refused };
}

function bound(binding: Binding, agentId: string, now: Millis): Task {
  const { task, agent, ports, items, resourceSets } = binding;
  const at = toTimestamp(now);
  const status: TaskStatus = {
    phase: 'Staging',
    phaseSince: at,
    boundAt: at,
    agent,
    agentId,
    mesosTaskId: mesosTaskId(task),
    ports,
    conditions: scheduledOn(task.status, agent, now),
    ...(items.length === 0 ? {} : { extraItems: items }),
    ...(resourceSets.length === 0 ? {} : { resourceSets: [...resourceSets] }),
  };
  return { ...task, status };
}

type Unsent = Required<Pick<TaskStatus, 'reason' | 'message'>>;

const OFFER_GONE: Unsent = {
  reason: 'OfferGone',
  message: 'the offer was taken back before the task could be sent',
};
const UNANSWERED: Unsent = {
  reason: 'OfferGone',
  message: 'the store did not say in time that it was given its agent, so it was not sent',
};
const UNWANTED: Unsent = {
  reason: 'Deleted',
  message: 'it was deleted before it could be sent',
};
const TORN_GANG: Unsent = {
  reason: 'GangIncomplete',
  message: 'another task of its gang could not be given its agent, so it was not sent',
};

function lost(task: Task, why: Unsent, now: Millis): TaskStatus {
  const at = toTimestamp(now);
  return {
    ...task.status,
    phase: 'Lost',
    fault: 'System',
    ...why,
    phaseSince: at,
    finishedAt: at,
  };
}

function isBenign(error: unknown): boolean {
  return hasReason(error, 'Conflict') || hasReason(error, 'NotFound');
}
