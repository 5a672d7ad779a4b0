import { isPlaced, type Placement, type Placer, type Refused } from '../place/placer.ts';
import type { Profile, Waiting } from '../place/profile.ts';
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

export interface DriveOptions {
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
  const { nominations, placer } = options;
  nominations.withhold(placer.snapshot, undefined);
  try {
    yield* steps(options);
  } finally {
    nominations.restore(placer.snapshot);
  }
}

function* steps({
  pass,
  placer,
  waiting,
  schedulerOf,
  nominations,
}: DriveOptions): Generator<Step> {
  const placers = new Map<string, GroupPlacer>();

  function placerOf(group: string): GroupPlacer {
    const known = placers.get(group) ?? placerFor(schedulerOf(group), placer);
    placers.set(group, known);
    return known;
  }

  for (let entry = pass.next(); entry !== undefined; entry = pass.next()) {
    yield* prepared(entry, { placer, waiting });
    const members = entry.members.flatMap(({ key }) => waiting(key) ?? []);
    const isNominated = nominations.has(entry.key);
    if (isNominated) nominations.withhold(placer.snapshot, entry.key);
    const step: Outcome | undefined = stepOf(entry, members, placerOf(entry.group));
    if (step === undefined || 'refused' in step) pass.refused(entry);
    else {
      nominations.end(entry.key);
      pass.placed(entry);
    }
    if (isNominated) nominations.withhold(placer.snapshot, undefined);
    if (step !== undefined) yield step;
  }
}

function* prepared(
  entry: Entry,
  { placer, waiting }: Pick<DriveOptions, 'placer' | 'waiting'>,
): Generator<Step, void> {
  const profiles = new Map<string, Profile>();
  for (const { key } of entry.members) {
    const { profile } = waiting(key) ?? {};
    if (profile !== undefined) profiles.set(profile.id, profile);
  }
  for (const profile of profiles.values()) {
    for (const _ of placer.prepare(profile) ?? []) yield { entry, isWorking: true };
  }
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
