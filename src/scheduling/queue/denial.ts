import { explainShare } from '../shares/verdict.ts';
import type { Denial } from './pass.ts';

/**
 * What each task is told whose group's share keeps it back, by its key. Of a fleet that is full the agents
 * can say more, so that is left out.
 */
export function textsOfDenials(denials: readonly Denial[]): ReadonlyMap<string, string> {
  return new Map(
    denials
      .filter(({ refusal }) => refusal.lacks !== 'FleetFull')
      .flatMap(({ entry, refusal, entries }) => {
        const text = explainShare(entry.group, refusal);
        const members = [...entries()].flatMap((each) => each.members);
        return members.map(({ key }) => [key, text] as const);
      }),
  );
}
