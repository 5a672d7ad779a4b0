import { drainWishOf } from '../../src/api/agent.ts';
import { requestOf } from '../../src/api/disruption-request.ts';
import { asTitanError } from '../../src/api/error.ts';
import {
  AGENT,
  type Agent,
  type FaultDomain,
  type Job,
  TASK,
  type Task,
} from '../../src/api/kinds.gen.ts';
import { fromTimestamp, keyOf, type Millis } from '../../src/api/object.ts';
import { holdsSlot } from '../../src/api/task.ts';
import type { Operator } from '../../src/mesos/port.ts';
import type { Controller, Outcome, Runtime } from '../../src/runtime/controller.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import { createMover, unlessGone } from '../../src/runtime/mover.ts';
import type { Home } from '../../src/scheduling/objects/view.ts';
import { askJobs } from './asking.ts';
import { planDrain } from './plan.ts';
import { drainStatus } from './status.ts';

export interface DrainControllerOptions extends Runtime {
  /** With indexes `agent` (by agent id, live ones) and `job` (the owning job's uid). */
  readonly tasks: Informer<Task>;
  readonly jobs: Informer<Job>;
  readonly domains: Informer<FaultDomain>;
  readonly home: Home;
  /** Absent where Titan is no operator of Mesos: then only Titan's own tasks leave. */
  readonly operator: Pick<Operator, 'drainAgent' | 'reactivateAgent'> | undefined;
}

/** How long tasks of other frameworks may take to end. */
const OTHERS_GRACE_MS = 300_000;

/** Empties the agents that people ask to be emptied. Jobs move the tasks; this says which, and when. */
export function drainController(options: DrainControllerOptions): Controller<Agent> {
  const { client, clock, tasks, jobs, operator, log, recorder } = options;
  const mover = createMover(client);

  const jobOf = ({ metadata, spec }: Task) =>
    jobs.get(`${metadata.namespace ?? 'default'}/${spec.jobName}`);
  const ownerOf = ({ metadata }: Task) => metadata.ownerReferences?.[0]?.uid ?? '';
  const endsByItself = (task: Task) => jobOf(task)?.spec.restartOnSuccess === false;

  function successorOf(task: Task): Task | undefined {
    return tasks
      .by('job', ownerOf(task))
      .find(
        (other) =>
          other.spec.slot === task.spec.slot &&
          other.spec.attempt > task.spec.attempt &&
          holdsSlot(other),
      );
  }

  function tell(agent: Agent, status: Agent['status']): void {
    const [was, is] = [agent.status?.drain, status?.drain];
    if (was?.phase === is?.phase) return;
    const { name } = agent.metadata;
    log.info('drain', { agent: name, phase: is?.phase ?? 'ended', remaining: is?.remaining });
    if (is?.phase === 'Draining') {
      recorder.normal(agent, 'Draining', `Moving ${is.remaining} tasks to other agents`);
    } else if (is?.phase === 'Drained') {
      recorder.normal(agent, 'Drained', `All ${is.total} tasks have left`);
    } else recorder.normal(agent, 'DrainEnded', 'Tasks on it are left where they are');
  }

  /**
   * Mesos is told last, when no task of Titan's is left: it would stop them all at once. Then what
   * other frameworks run there ends, and it is offered to nobody. That it is told is durable before it
   * is, so that it is taken back when the drain ends. A master that cannot is no fault.
   */
  async function tellMesos({ metadata, spec, status }: Agent): Promise<void> {
    const { agentId, deactivated = false, drain } = status ?? {};
    if (operator === undefined || agentId === undefined || drain?.atMesos !== true) return;
    const isWanted = spec?.drain !== undefined;
    if (isWanted && deactivated) return;
    const asked = isWanted
      ? operator.drainAgent(agentId, OTHERS_GRACE_MS)
      : operator.reactivateAgent(agentId);
    await asked.catch((thrown: unknown) => {
      const error = asTitanError(thrown);
      if (error.retryable) throw error;
      log.info('Mesos does not drain', { agent: metadata.name, error: error.message });
    });
  }

  /** Its job stops it, whatever its budget says, so that this is counted; one without a job is stopped here. */
  async function stop(task: Task, asked: { why: string; since: Millis }): Promise<void> {
    if (jobOf(task) === undefined) {
      await client.delete(TASK, keyOf(task), { uid: task.metadata.uid }).catch(unlessGone);
    } else if (requestOf(task)?.forced !== true) {
      await mover.evict(task, { ...asked, cause: 'Drain', forced: true });
    }
  }

  async function reconcile(agent: Agent): Promise<Outcome<Agent['status']>> {
    const { status } = agent;
    const now = clock.now();
    const since = fromTimestamp(status?.drain?.startedAt) ?? now;
    const world = {
      tasks: tasks.by('agent', status?.agentId ?? ''),
      endsByItself,
      refusal: askJobs({ ...options, jobOf, since }),
      now,
    };
    const isWanted = drainWishOf(agent, world.now) !== undefined;
    const plan = planDrain(agent, world);
    if (!isWanted && status?.drain === undefined) return { wakeInMs: plan.wakeAt - world.now };
    const why = `the agent ${agent.metadata.name} is drained`;
    await Promise.all([
      ...plan.moves.map((task) => mover.move(task, { why, cause: 'Drain', since })),
      ...plan.stays.map((task) => mover.stay(task)),
      ...plan.stops.map((task) => stop(task, { why, since })),
    ]);
    const isOperator = operator !== undefined;
    const next = drainStatus(agent, { ...world, successorOf, refused: plan.refused, isOperator });
    await tellMesos(agent);
    tell(agent, next);
    return { status: next, wakeInMs: plan.wakeAt - clock.now() };
  }

  return { name: 'drain', kind: AGENT, reconcile };
}
