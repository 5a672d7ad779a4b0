import { isPlaced, type Placement, type Placer, type Refused } from '../place/placer.ts';
import type { Waiting } from '../place/profile.ts';
import { type GroupPlacer, placerFor } from '../place/scheduler.ts';
import type { Nominations } from '../preemption/nominations.ts';
import type { Entry } from '../queue/entry.ts';
import type { Pass } from '../queue/pass.ts';

/** What became of one entry of the queue, or that more must be worked out for it. */
export type Step =
  | { readonly entry: Entry; readonly isWorking: true }
  | { readonly entry: Entry; readonly placements: readonly Placement[] }
  | { readonly entry: Entry; readonly refused: Refused };

type Outcome = Exclude<Step, { readonly isWorking: true }>;

interface DriveOptions {
  readonly pass: Pass;
  readonly placer: Placer;
  /** A member of an entry as the placer knows it. */
  waiting(key: string): Waiting | undefined;
  /** The scheduler that the capacity group names, if it does. */
  schedulerOf(group: string): string | undefined;
  /** What is kept for those for whom others are being stopped. */
  readonly nominations: Nominations;
}

/**
 * Places what waits, in the order in which it is due, until nothing that is left may or can go. Each
 * step is one entry: bound in the snapshot and charged to its group, or refused without a trace.
 */
export function* drive(options: DriveOptions): Generator<Step> {
  const { pass, placer, waiting, nominations } = options;
  const answer = answering(options);
  nominations.withhold(placer.snapshot, undefined);
  try {
    for (let entry = pass.next(); entry !== undefined; entry = pass.next()) {
      let members = membersOf(entry, waiting);
      const preparing = preparationsFor(members, placer);
      if (preparing.length > 0) {
        for (const steps of preparing) for (const _ of steps) yield { entry, isWorking: true };
        members = membersOf(entry, waiting);
      }
      const step = answer(entry, members);
      if (step !== undefined) yield step;
    }
  } finally {
    nominations.restore(placer.snapshot);
  }
}

/** Places one entry and says in the pass what came of it. */
function answering({ pass, placer, schedulerOf, nominations }: DriveOptions) {
  const placers = new Map<string, GroupPlacer>();

  function placerOf(group: string): GroupPlacer {
    const known = placers.get(group);
    if (known !== undefined) return known;
    const made = placerFor(schedulerOf(group), placer);
    placers.set(group, made);
    return made;
  }

  return (entry: Entry, members: readonly Waiting[]): Outcome | undefined => {
    const isNominated = nominations.has(entry.key);
    if (isNominated) nominations.withhold(placer.snapshot, entry.key);
    const step = stepOf(entry, members, placerOf(entry.group));
    if (step === undefined || 'refused' in step) pass.refused(entry);
    else {
      nominations.end(entry.key);
      pass.placed(entry);
    }
    if (isNominated) nominations.withhold(placer.snapshot, undefined);
    return step;
  };
}

/** The members that still wait. */
function membersOf({ members }: Entry, waiting: DriveOptions['waiting']): readonly Waiting[] {
  const found: Waiting[] = [];
  for (const { key } of members) {
    const member = waiting(key);
    if (member !== undefined) found.push(member);
  }
  return found;
}

type Preparation = Generator<void, void>;

const NONE: readonly Preparation[] = [];

/** What must be worked out for the members before they are placed, each profile once. */
function preparationsFor(members: readonly Waiting[], placer: Placer): readonly Preparation[] {
  const [first] = members;
  if (first === undefined) return NONE;
  if (members.length === 1) {
    const only = placer.prepare(first.profile);
    return only === undefined ? NONE : [only];
  }
  const profiles = new Map(members.map(({ profile }) => [profile.id, profile]));
  return [...profiles.values()].flatMap((profile) => placer.prepare(profile) ?? []);
}

/** @returns nothing where a member has left meanwhile */
function stepOf(
  entry: Entry,
  members: readonly Waiting[],
  placer: GroupPlacer,
): Outcome | undefined {
  const [first] = members;
  if (first === undefined || members.length < entry.members.length) return undefined;
  if (members.length === 1) {
    const result = placer.place(first);
    return isPlaced(result) ? { entry, placements: [result] } : { entry, refused: result };
  }
  const { placed, refused } = placer.placeAll(members);
  const [reason] = refused;
  return reason === undefined ? { entry, placements: placed } : { entry, refused: reason };
}
