import type { Snapshot } from '../cluster/snapshot.ts';
import { isPlaced, type Placer } from '../place/placer.ts';
import type { Profile } from '../place/profile.ts';
import type { Crew, Member, Move } from './crew.ts';
import { countsBy, falls, type SpreadRule, spreadRulesOf } from './deviation.ts';

/** Values of an attribute that are tried as the target of one move, those that lack most first. */
const TARGETS_MAX = 16;

/** How far the tasks of a crew are from what its rules want, all rules together. */
export function spreadDeviation(
  rules: readonly SpreadRule[],
  hosts: ReadonlyMap<string, number>,
  snapshot: Snapshot,
): number {
  return rules.reduce(
    (sum, rule) => sum + rule.deviation(countsBy(rule.attribute, hosts, snapshot)),
    0,
  );
}

/**
 * Moves that each lower the deviation of the crew's spread, to an agent that the placer finds room on.
 * What is found is kept in the placer's snapshot: the room of the target is taken, and that of the source
 * is not given away before the task has left. So it must be called inside a trial.
 */
export function* spreadMoves(
  crew: Crew,
  { placer, most }: { readonly placer: Placer; readonly most: number },
): Generator<void, readonly Move[]> {
  const rules = spreadRulesOf(crew.profile, placer.snapshot);
  const moves: Move[] = [];
  if (rules.length === 0) return moves;
  let members = crew.members;
  const limit = Math.min(most, crew.left);
  while (moves.length < limit) {
    const move = nextMove({ ...crew, members }, rules, placer);
    if (move === undefined) break;
    members = members.filter(({ key }) => key !== move.key);
    moves.push(move);
    yield;
  }
  return moves;
}

function nextMove(crew: Crew, rules: readonly SpreadRule[], placer: Placer): Move | undefined {
  const { snapshot } = placer;
  const { hosts } = snapshot.counts.of(crew.job);
  const before = spreadDeviation(rules, hosts, snapshot);
  if (!falls(before, 0)) return undefined;
  for (const profile of targetsOf(crew, rules, snapshot)) {
    const move = moveTo(crew, { profile, rules, placer, before });
    if (move !== undefined) return move;
  }
  return undefined;
}

/** The profile, held to each value that a task may be missing at, the one with the fewest first. */
function targetsOf(
  { job, profile }: Crew,
  rules: readonly SpreadRule[],
  snapshot: Snapshot,
): readonly Profile[] {
  const { hosts } = snapshot.counts.of(job);
  return rules.flatMap((rule) => {
    const { attribute, values } = rule;
    const counts = countsBy(attribute, hosts, snapshot);
    if (values.length === 0) return heldBelow(profile, attribute, counts);
    const withOneMore = (value: string) =>
      rule.deviation(new Map(counts).set(value, (counts.get(value) ?? 0) + 1));
    return values
      .map((value) => ({ value, deviation: withOneMore(value) }))
      .toSorted((a, b) => a.deviation - b.deviation || (a.value < b.value ? -1 : 1))
      .slice(0, TARGETS_MAX)
      .map(({ value }) => heldTo(profile, attribute, value));
  });
}

function heldTo(profile: Profile, attribute: string, value: string): Profile {
  const held = { rule: 'Equals', attribute, values: [value] };
  const id = JSON.stringify([profile.id, attribute, value]);
  return { ...profile, id, constraints: [...profile.constraints, held] };
}

/** The profile, held to where the job has none, then to where it has one at most, and so on. */
function heldBelow(
  profile: Profile,
  attribute: string,
  counts: ReadonlyMap<string, number>,
): readonly Profile[] {
  const most = Math.max(1, ...counts.values());
  const bounds = new Set([1, ...[...counts.values()].map((count) => count + 1)]);
  return [...bounds]
    .filter((bound) => bound < most || bound === 1)
    .toSorted((a, b) => a - b)
    .slice(0, TARGETS_MAX)
    .map((number) => {
      const below = { rule: 'MaxPer', attribute, number };
      const id = JSON.stringify([profile.id, attribute, number]);
      return { ...profile, id, constraints: [...profile.constraints, below] };
    });
}

interface Attempt {
  readonly profile: Profile;
  readonly rules: readonly SpreadRule[];
  readonly placer: Placer;
  readonly before: number;
}

/** One more task is placed; then the one is sought that may best go for it. Else nothing has changed. */
function moveTo(
  { job, members, avoids }: Crew,
  { profile, rules, placer, before }: Attempt,
): Move | undefined {
  const { snapshot } = placer;
  snapshot.begin();
  const placed = placer.place({ key: `move/${job}/${members.length}`, profile });
  if (isPlaced(placed) && !avoids.has(placed.agent)) {
    const { hosts } = snapshot.counts.of(job);
    const best = leastWithout(members, (member) =>
      spreadDeviation(rules, lessOne(hosts, member.agent), snapshot),
    );
    if (best !== undefined && best.member.agent !== placed.agent && falls(before, best.deviation)) {
      const { key, agent: from } = best.member;
      leave(key, snapshot);
      snapshot.commit();
      const deviation = [before, best.deviation] as const;
      return { key, job, from, to: placed.agent, why: 'Spread', deviation };
    }
  }
  snapshot.undo();
  return undefined;
}

function leastWithout(
  members: readonly Member[],
  deviationWithout: (member: Member) => number,
): { readonly member: Member; readonly deviation: number } | undefined {
  let best: { readonly member: Member; readonly deviation: number } | undefined;
  const tried = new Set<string>();
  for (const member of members) {
    if (tried.has(member.agent)) continue;
    tried.add(member.agent);
    const deviation = deviationWithout(member);
    if (best === undefined || falls(best.deviation, deviation)) best = { member, deviation };
  }
  return best;
}

function lessOne(hosts: ReadonlyMap<string, number>, host: string): ReadonlyMap<string, number> {
  return new Map(hosts).set(host, (hosts.get(host) ?? 0) - 1);
}

/** The task counts for its job no more, but has its room until it has ended. */
export function leave(key: string, snapshot: Snapshot): void {
  const held = snapshot.tasks.get(key);
  if (held === undefined) return;
  snapshot.end(key);
  snapshot.hold({ ...held.task, job: LEAVING }, held.agent, held.given);
}

/** The job under whose name tasks are counted that are about to leave. */
export const LEAVING = 'leaving';
