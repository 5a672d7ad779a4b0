import type { Task } from '../../api/kinds.gen.ts';
import { toTimestamp } from '../../api/object.ts';
import type { Backlog } from '../backlog/backlog.ts';
import { classOf } from '../backlog/read.ts';
import { atOnce } from '../cluster/steps.ts';
import { explaining } from '../explain/explain.ts';
import { type Survey, surveyOf } from '../explain/survey.ts';
import { explanationText } from '../explain/text.ts';
import type { Catalog } from '../place/catalog.ts';
import type { Placer } from '../place/placer.ts';
import type { Profile } from '../place/profile.ts';
import type { ForecastClaims } from './claims.ts';
import type { ForecastWorld } from './world.ts';

export interface WhyNotParts {
  readonly backlog: Backlog;
  readonly placer: Placer;
  readonly claims: ForecastClaims;
  /** What is known of refusals without asking the agents, by the class of the entry. */
  readonly words: ReadonlyMap<string, string>;
}

/** Why a task is left over; each class is explained once. */
export function createWhyNot(
  { home, now, isLost, catalog }: ForecastWorld,
  { backlog, placer, claims, words }: WhyNotParts,
): (task: Task, group: string) => string {
  const known = new Map<string, string>();
  let survey: Survey | undefined;

  function explained(task: Task, group: string, profile: Profile): string {
    if (isLost) {
      return `${home.name} would be gone, and tasks are not moved to another fault domain: they wait until it is back, or until the job's location says otherwise`;
    }
    const unknown = unknownTo(catalog, profile, backlog.schedulerOf(group));
    if (unknown !== undefined) {
      return `nothing is known here of ${unknown}, which a plugin of the server may bring: give that with --scheduler-plugin`;
    }
    const word = words.get(classOf(task));
    if (word !== undefined) return word;
    const missing = backlog.missingMembers(task);
    if (missing > 0) return `its gang lacks ${missing} more tasks`;
    survey ??= atOnce(surveyOf(placer.snapshot));
    const found = atOnce(explaining(profile, { survey, catalog }));
    const hasRoom = found.refusals.length === 0 && found.failure === undefined;
    if (hasRoom && backlog.startsTogether(task)) {
      return 'there is no room for all of its gang together';
    }
    return explanationText(found, toTimestamp);
  }

  return (task, group) => {
    const lack = isLost ? undefined : claims.lackOf(task);
    if (lack !== undefined) return lack;
    const profile = backlog.profile(claims.asPlaced(task), now);
    const text = known.get(profile.id) ?? explained(task, group, profile);
    known.set(profile.id, text);
    return text;
  };
}

/** What the job or its capacity group names, and the catalog does not hold. */
function unknownTo(
  catalog: Catalog,
  { constraints, fitness }: Profile,
  scheduler: string | undefined,
): string | undefined {
  const rule = constraints.find((each) => !catalog.rules.has(each.rule));
  if (rule !== undefined) return `the rule ${rule.rule}`;
  const part = fitness.find(({ name }) => !catalog.fitness.has(name));
  if (part !== undefined) return `the fitness ${part.name}`;
  const isKnown = scheduler === undefined || catalog.schedulers.has(scheduler);
  return isKnown ? undefined : `the scheduler ${scheduler}`;
}
