import { isFrozen } from '../../src/api/guard.ts';
import type { Agent, FaultDomain, Job, Task } from '../../src/api/kinds.gen.ts';
import type { Millis } from '../../src/api/object.ts';
import { rebalanceOf } from '../../src/api/rebalance.ts';
import { moveTargetOf } from '../../src/api/task.ts';
import { type Loop, type Runtime, runLoop } from '../../src/runtime/controller.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import { createMover } from '../../src/runtime/mover.ts';
import { createRateLimit } from '../../src/runtime/rate-limit.ts';
import type { Backlog } from '../../src/scheduling/backlog/backlog.ts';
import type { Home } from '../../src/scheduling/objects/view.ts';
import type { Catalog } from '../../src/scheduling/place/catalog.ts';
import type { Move } from '../../src/scheduling/rebalance/crew.ts';
import { createAvoidance } from './avoidance.ts';
import { createLook } from './look.ts';
import { reasonToStay } from './plan.ts';
import { moveReason, moveText } from './status.ts';

interface RebalanceOptions extends Runtime {
  readonly home: Home;
  readonly jobs: Informer<Job>;
  /** With indexes `job` (the owning job's uid), `moving` (`yes`: to move) and `uid`. */
  readonly tasks: Informer<Task>;
  readonly agents: Informer<Agent>;
  readonly domains: Informer<FaultDomain>;
  readonly backlog: Pick<Backlog, 'schedulerOf' | 'profile' | 'roleOf' | 'keepers'>;
  /** What jobs may name. */
  readonly catalog: Catalog;
}

/** How often it is looked whether anything should move, and whether what moves gets on. */
const EVERY_MS = 30_000;

/**
 * Keeps spread and packing true after agents have come and gone. A task is told to move once room for
 * the one that follows has been found; that one waits for this agent and no other. When it does not come
 * up there, the task stays.
 */
export function runRebalance(options: RebalanceOptions): Loop {
  const { client, clock, log, recorder, home, jobs, tasks, agents, domains } = options;
  const mover = createMover(client);
  const terms = () => rebalanceOf(domains.get(home.name));
  const pace = createRateLimit({ clock, perMinute: () => terms().movesPerMinute });
  const avoidance = createAvoidance();
  const look = createLook({ ...options, avoidance, packs: () => terms().packs });

  async function stay(task: Task, why: string): Promise<void> {
    const job = `${task.metadata.namespace ?? 'default'}/${task.spec.jobName}`;
    avoidance.add(job, moveTargetOf(task) ?? '', clock.now());
    recorder.normal(task, 'MoveGivenUp', `${task.metadata.name} stays where it is: ${why}`);
    await mover.stay(task);
  }

  /** Moves under way that come to nothing are given up. */
  async function tend(): Promise<void> {
    const moving = tasks.by('moving', 'yes').filter((task) => moveTargetOf(task) !== undefined);
    await Promise.all(
      moving.map(async (task) => {
        const owner = task.metadata.ownerReferences?.[0]?.uid ?? '';
        const why = reasonToStay(task, {
          others: tasks.by('job', owner).filter(({ spec }) => spec.slot === task.spec.slot),
          target: agents.get(moveTargetOf(task) ?? ''),
          isOff: terms().movesPerMinute === 0,
          now: clock.now(),
        });
        if (why !== undefined) await stay(task, why);
      }),
    );
  }

  async function plan(): Promise<readonly Move[]> {
    const most = pace.left();
    return most === 0 || isFrozen(domains.get(home.name)) ? [] : look.moves(most);
  }

  async function start(move: Move): Promise<void> {
    const [task] = tasks.by('uid', move.key);
    if (task === undefined) return;
    pace.took();
    const text = moveText(task, move);
    recorder.normal(task, 'Rebalancing', text);
    const job = jobs.get(move.job);
    if (job !== undefined) recorder.normal(job, 'Rebalancing', text);
    log.info('task moves', { task: task.metadata.name, from: move.from, to: move.to });
    const why = moveReason(move);
    await mover.move(task, { why, to: move.to, cause: 'Rebalance', since: clock.now() });
  }

  async function pass(): Promise<Millis> {
    await tend();
    await Promise.all((await plan()).map(start));
    return EVERY_MS;
  }

  return runLoop({ ...options, name: 'rebalance', pass, stopped: () => look.stop() });
}
