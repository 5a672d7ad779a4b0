import { explainShare } from '../shares/verdict.ts';
import type { Denial } from './pass.ts';

/** What a task is told whose group's share keeps it back, by its key and its class. */
export type ShareTexts = (task: {
  readonly key: string;
  readonly class: string;
}) => string | undefined;

/** Of a fleet that is full the agents can say more, so that is left out. Costs by the classes that are denied. */
export function textsOfDenials(denials: readonly Denial[]): ShareTexts {
  const texts = new Map<string, string>();
  for (const { entry, refusal } of denials) {
    if (refusal.lacks === 'FleetFull') continue;
    const text = explainShare(entry.group, refusal);
    if (entry.members.length === 1) texts.set(entry.class, text);
    else for (const { key } of entry.members) texts.set(key, text);
  }
  return (task) => texts.get(task.class) ?? texts.get(task.key);
}
