import type { Job } from '../../../src/api/kinds.gen.ts';
import type { Location } from '../../../src/api/location.ts';
import { withLastWords } from './last-words.ts';
import type { Rollout } from './rollout.ts';

/** What the other fault domains mean for a rollout here. */
export interface Gate {
  /** Those that are to be done first, where there are too many of them. */
  readonly waitsFor: readonly string[];
  /** Where the version failed elsewhere: a line that says so. */
  readonly failure: string | undefined;
  /** Whether it is then to be rolled back here, even where it is done. */
  readonly goesBack: boolean;
  /** Whether as many as may change at once go back before it: the last to change is the first to return. */
  readonly isReturnFull: boolean;
}

export const OPEN: Gate = {
  waitsFor: [],
  failure: undefined,
  goesBack: false,
  isReturnFull: false,
};

export interface GateWorld {
  readonly home: string;
  readonly locations: readonly Location[];
  /** Whether there is such a fault domain: nobody waits for one that may never come. */
  exists(domain: string): boolean;
}

const FAILED: ReadonlySet<Rollout['phase']> = new Set([
  'RollingBack',
  'RolledBack',
  'Failed',
  'RollbackFailed',
]);

/** Phases of those that are about to go back, or on their way. */
const RETURNS: ReadonlySet<Rollout['phase']> = new Set([
  'Progressing',
  'Paused',
  'Analysing',
  'AwaitingPromotion',
  'KeepingOld',
  'RollingBack',
  'Complete',
]);

/**
 * Reads from the replicated status how far the others are with the version that the spec asks for. What a
 * domain said of an older spec counts as nothing: it has yet to begin.
 */
export function gateOf(job: Job, revision: string, world: GateWorld): Gate {
  const { domains } = job.spec.update ?? {};
  if (domains === undefined) return OPEN;
  const order = orderOf(domains.order ?? [], world);
  const rolloutOf = (name: string) => reported(job, revision, name);
  const others = order.filter((name) => name !== world.home);
  const onFailure = domains.onFailure ?? 'Hold';
  const failed = others.find((name) => FAILED.has(rolloutOf(name)?.phase ?? 'Waiting'));
  const isOver = (name: string) => {
    const phase = rolloutOf(name)?.phase ?? 'Waiting';
    return phase === 'Complete' || (onFailure === 'GoOn' && FAILED.has(phase));
  };
  const before = order.slice(0, Math.max(0, order.indexOf(world.home)));
  const open = before.filter((name) => !isOver(name));
  const failure =
    failed === undefined || onFailure === 'GoOn'
      ? undefined
      : `it failed in ${failed}: ${rolloutOf(failed)?.message ?? 'no reason given'}`;
  const { maxParallel = 1 } = domains;
  const after = order.slice(order.indexOf(world.home) + 1);
  const returning = after.filter((name) => RETURNS.has(rolloutOf(name)?.phase ?? 'Waiting'));
  return {
    waitsFor: open.length >= maxParallel ? open : [],
    failure,
    goesBack: onFailure === 'RollBack',
    isReturnFull: returning.length >= maxParallel,
  };
}

/** The named ones first, then the others as the location has them. */
function orderOf(
  named: readonly string[],
  { home, locations, exists }: GateWorld,
): readonly string[] {
  const all = locations
    .filter(({ domain, count }) => count !== 0 && (domain === home || exists(domain)))
    .map(({ domain }) => domain);
  const first = named.filter((name) => all.includes(name));
  return [...first, ...all.filter((name) => !first.includes(name))];
}

function reported(job: Job, revision: string, name: string): Rollout | undefined {
  const entry = job.status?.domains?.find((each) => each.name === name);
  if (entry?.observedGeneration !== job.metadata.generation) return undefined;
  return entry.rollout?.revision === revision ? withLastWords(entry) : undefined;
}
