import type { Agent, FaultDomain, Job, Task } from '../../src/api/kinds.gen.ts';
import { keyOf, keyText, type Millis } from '../../src/api/object.ts';
import { isOfItsAgent } from '../../src/api/task.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import type { Clock } from '../../src/runtime/port.ts';
import { inSlices } from '../../src/runtime/slices.ts';
import type { Backlog } from '../../src/scheduling/backlog/backlog.ts';
import { groupOf } from '../../src/scheduling/backlog/read.ts';
import type { Home } from '../../src/scheduling/objects/view.ts';
import type { Catalog } from '../../src/scheduling/place/catalog.ts';
import { createPlacer } from '../../src/scheduling/place/placer.ts';
import type { Crew, Move } from '../../src/scheduling/rebalance/crew.ts';
import { isSpreadRule } from '../../src/scheduling/rebalance/deviation.ts';
import { planMoves } from '../../src/scheduling/rebalance/moves.ts';
import type { Avoidance } from './avoidance.ts';
import { createCalm } from './calm.ts';
import { crewOf } from './plan.ts';
import { readSnapshot } from './snapshot.ts';

interface LookOptions {
  readonly clock: Clock;
  readonly home: Home;
  readonly jobs: Informer<Job>;
  readonly tasks: Informer<Task>;
  readonly agents: Informer<Agent>;
  readonly domains: Informer<FaultDomain>;
  readonly backlog: Pick<Backlog, 'schedulerOf' | 'profile' | 'roleOf' | 'keepers'>;
  readonly catalog: Catalog;
  readonly avoidance: Avoidance;
  /** Whether agents are emptied that others have room for. */
  packs(): boolean;
}

/** Finds what should move. */
export interface Look {
  /**
   * At most so many moves. It goes through all agents and tasks, in slices, and only where something has
   * changed since nothing was found.
   */
  moves(most: number): Promise<readonly Move[]>;
  stop(): void;
}

export function createLook(options: LookOptions): Look {
  const { clock, home, jobs, tasks, agents, domains, backlog, catalog, avoidance } = options;
  const calm = createCalm([jobs, tasks, agents, domains]);

  function* crews(now: Millis): Generator<void, readonly Crew[]> {
    const packs = options.packs();
    const found: Crew[] = [];
    for (const job of jobs.values()) {
      yield;
      if (!packs && !hasSpread(job)) continue;
      const crew = crewOf(job, {
        tasks: tasks.by('job', job.metadata.uid),
        hasOwnScheduler: backlog.schedulerOf(groupOf(job)) !== undefined,
        avoids: avoidance.of(keyText(keyOf(job)), now),
        home: home.name,
        now,
        profile: (task) => backlog.profile(task, now),
      });
      if (crew !== undefined) found.push(crew);
    }
    return found;
  }

  async function found(most: number, now: Millis): Promise<readonly Move[]> {
    const own = await inSlices(crews(now), clock);
    if (own.length === 0) return [];
    const world = {
      home,
      agents: [...agents.values()],
      tasks: [...tasks.values()],
      backlog,
    };
    const snapshot = await inSlices(readSnapshot(world), clock);
    const steps = planMoves({
      placer: createPlacer(snapshot, catalog),
      crews: own,
      most,
      packs: options.packs(),
      isOfItsAgent: (uid) => tasks.by('uid', uid).some(isOfItsAgent),
    });
    return inSlices(steps, clock);
  }

  return {
    async moves(most) {
      const now = clock.now();
      if (calm.holds(now)) return [];
      const isCalm = calm.look(now);
      const moves = await found(most, now);
      if (moves.length === 0 && avoidance.isEmpty(now)) isCalm();
      return moves;
    },
    stop: () => calm.stop(),
  };
}

/** Whether the job says how its own tasks are spread. */
function hasSpread({ spec }: Job): boolean {
  return (spec.constraints ?? []).some(isSpreadRule);
}
