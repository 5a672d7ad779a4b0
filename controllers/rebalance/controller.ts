import { isFrozen } from '../../src/api/guard.ts';
import type { Agent, FaultDomain, Job, Task } from '../../src/api/kinds.gen.ts';
import { keyOf, keyText, type Millis } from '../../src/api/object.ts';
import { rebalanceOf } from '../../src/api/rebalance.ts';
import { isOfItsAgent, moveTargetOf } from '../../src/api/task.ts';
import { type Loop, type Runtime, runLoop } from '../../src/runtime/controller.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import { createMover } from '../../src/runtime/mover.ts';
import { createRateLimit } from '../../src/runtime/rate-limit.ts';
import { inSlices } from '../../src/runtime/slices.ts';
import type { Backlog } from '../../src/scheduling/backlog/backlog.ts';
import { groupOf } from '../../src/scheduling/backlog/read.ts';
import type { Home } from '../../src/scheduling/objects/view.ts';
import type { Catalog } from '../../src/scheduling/place/catalog.ts';
import { createPlacer } from '../../src/scheduling/place/placer.ts';
import type { Crew, Move } from '../../src/scheduling/rebalance/crew.ts';
import { isSpreadRule } from '../../src/scheduling/rebalance/deviation.ts';
import { planMoves } from '../../src/scheduling/rebalance/moves.ts';
import { createAvoidance } from './avoidance.ts';
import { crewOf, reasonToStay } from './plan.ts';
import { readSnapshot } from './snapshot.ts';
import { moveReason, moveText } from './status.ts';

export interface RebalanceOptions extends Runtime {
  readonly home: Home;
  readonly jobs: Informer<Job>;
  /** With indexes `job` (the owning job's uid), `moving` (`yes`: to move) and `uid`. */
  readonly tasks: Informer<Task>;
  readonly agents: Informer<Agent>;
  readonly domains: Informer<FaultDomain>;
  readonly backlog: Pick<Backlog, 'schedulerOf' | 'profile' | 'keepers'>;
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
  const { client, clock, log, recorder, home, jobs, tasks, agents, domains, backlog } = options;
  const mover = createMover(client);
  const terms = () => rebalanceOf(domains.get(home.name));
  const pace = createRateLimit({ clock, perMinute: () => terms().movesPerMinute });
  const avoidance = createAvoidance();

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

  function crews(now: Millis): readonly Crew[] {
    const { packs } = terms();
    return [...jobs.values()].flatMap((job) => {
      if (!packs && !hasSpread(job)) return [];
      const crew = crewOf(job, {
        tasks: tasks.by('job', job.metadata.uid),
        hasOwnScheduler: backlog.schedulerOf(groupOf(job)) !== undefined,
        avoids: avoidance.of(keyText(keyOf(job)), now),
        profile: (task) => backlog.profile(task, now),
      });
      return crew ?? [];
    });
  }

  async function plan(): Promise<readonly Move[]> {
    const most = pace.left();
    if (most === 0 || isFrozen(domains.get(home.name))) return [];
    const found = crews(clock.now());
    if (found.length === 0) return [];
    const { packs } = terms();
    const world = {
      home,
      agents: [...agents.values()],
      tasks: [...tasks.values()],
      keepers: backlog.keepers,
    };
    const placer = createPlacer(await inSlices(readSnapshot(world), clock), options.catalog);
    const steps = planMoves({
      placer,
      crews: found,
      most,
      packs,
      isOfItsAgent: (uid) => tasks.by('uid', uid).some(isOfItsAgent),
    });
    return inSlices(steps, clock);
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
    await mover.move(task, { why: moveReason(move), to: move.to });
  }

  async function pass(): Promise<Millis> {
    await tend();
    await Promise.all((await plan()).map(start));
    return EVERY_MS;
  }

  return runLoop({ ...options, name: 'rebalance', pass });
}

/** Whether the job says how its own tasks are spread. */
function hasSpread({ spec }: Job): boolean {
  return (spec.constraints ?? []).some(isSpreadRule);
}
