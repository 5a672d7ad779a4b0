import type { Task } from '../../src/api/kinds.gen.ts';
import type { Millis } from '../../src/api/object.ts';
import { claimsVolumes } from '../../src/api/volume.ts';
import type { Backlog } from '../../src/scheduling/backlog/backlog.ts';
import { classOf } from '../../src/scheduling/backlog/read.ts';
import type { Given } from '../../src/scheduling/cluster/task.ts';
import { drive } from '../../src/scheduling/drive/drive.ts';
import { itemsGiven } from '../../src/scheduling/objects/view.ts';
import { type Placement, type Placer, refusalText } from '../../src/scheduling/place/placer.ts';
import type { Profile, Waiting } from '../../src/scheduling/place/profile.ts';
import type { Nominations } from '../../src/scheduling/preemption/nominations.ts';
import type { Entry } from '../../src/scheduling/queue/entry.ts';
import type { Denial } from '../../src/scheduling/queue/pass.ts';

/** A task and the agent that is to run it. */
export interface Binding {
  readonly task: Task;
  readonly agent: string;
  readonly ports: readonly number[];
  /** Values of ranges and items of sets of other names. */
  readonly items: ReturnType<typeof itemsGiven>;
  /** Shares of named resource sets. */
  readonly resourceSets: Given['slots'];
  /** The gang that it starts with: all of them or none. */
  readonly gang?: string;
}

export interface PlacementWorld {
  readonly backlog: Backlog;
  readonly placer: Placer;
  readonly nominations: Nominations;
  /** Whether the task has all that it needs beside an agent. */
  isComplete(task: Task): boolean;
  /** Whether it waits for something of its own, unlike others of its class; none does unless told. */
  isHeldBack?(task: Task): boolean;
  /** The task with all that its Volumes ask of its agent; as it is unless told. */
  asPlaced?(task: Task): Task;
  /** How many may be bound in this pass, but for the rest of a gang; not bounded unless told. */
  readonly launchesLeft?: number;
  readonly now: Millis;
}

export interface Word {
  readonly text: string;
  /** A plugin failed. */
  readonly failed: boolean;
}

export interface PlacementPlan {
  readonly bindings: readonly Binding[];
  /** Of each class that fits nowhere the first. */
  readonly refused: readonly Entry[];
  /** What is known of a refusal without asking the agents, by the class of the tasks. */
  readonly words: ReadonlyMap<string, Word>;
  /** What the shares of capacity groups keep back. */
  readonly denied: readonly Denial[];
  /** Whether more may be placed at once. */
  readonly isCut: boolean;
}

/** Tasks that one pass places; the others have their turn in the next. */
const PASS_MAX = 2_000;

/**
 * Gives what waits to agents, in the order of tiers and shares: each is bound in the placer's snapshot. It
 * is worked in steps of one entry, so that whoever runs it may do something else in between.
 */
export function* planPlacement(world: PlacementWorld): Generator<void, PlacementPlan> {
  const { backlog, placer, nominations, now, launchesLeft = PASS_MAX } = world;
  const most = Math.min(PASS_MAX, launchesLeft);
  const bindings: Binding[] = [];
  const refused: Entry[] = [];
  const words = new Map<string, Word>();
  const pass = backlog.pass(now);
  const steps = drive({
    pass,
    placer,
    nominations,
    waiting: waitingIn(world),
    schedulerOf: backlog.schedulerOf,
  });
  for (const step of steps) {
    if ('placements' in step) bindings.push(...bindingsOf(step.entry, step.placements, backlog));
    else if ('refused' in step) {
      const { entry, refused: why } = step;
      refused.push(entry);
      const task = backlog.task(entry.members[0]?.key ?? '');
      const text = refusalText(why);
      if (text !== undefined && task !== undefined) {
        words.set(classOf(task), { text, failed: why.failure !== undefined });
      }
    }
    yield;
    if (bindings.length >= most) break;
  }
  const isCut = bindings.length >= most;
  return { bindings, refused, words, denied: pass.denied, isCut };
}

/**
 * Members of entries as the placer knows them. Tasks of a class are looked at once for all; those that
 * claim Volumes each for itself, as another may have taken one.
 */
export function waitingIn(world: Omit<PlacementWorld, 'nominations'>) {
  const { backlog, isComplete, isHeldBack, asPlaced = (task) => task, now } = world;
  const classes = new Map<string, Profile | undefined>();

  function found(task: Task): Profile | undefined {
    return isComplete(task) ? backlog.profile(asPlaced(task), now) : undefined;
  }

  function profileOf(task: Task): Profile | undefined {
    if (isHeldBack?.(task)) return undefined;
    if (claimsVolumes(task.spec)) return found(task);
    const name = classOf(task);
    const known = classes.get(name);
    if (known !== undefined || classes.has(name)) return known;
    const profile = found(task);
    classes.set(name, profile);
    return profile;
  }

  return (key: string): Waiting | undefined => {
    const task = backlog.task(key);
    const profile = task && profileOf(task);
    return profile === undefined ? undefined : { key, profile };
  };
}

function bindingsOf(
  entry: Entry,
  placements: readonly Placement[],
  backlog: Backlog,
): readonly Binding[] {
  return placements.flatMap(({ key, agent, given }) => {
    const task = backlog.task(key);
    if (task === undefined) return [];
    const gang = entry.members.length > 1 ? { gang: entry.key } : {};
    const { ranges, slots: resourceSets } = given;
    const items = itemsGiven(given);
    return [{ task, agent, ports: ranges.ports ?? [], items, resourceSets, ...gang }];
  });
}
