import type { Millis } from '../../api/object.ts';
import type { Amounts } from '../shares/amounts.ts';

/** A task that waits, or a gang of tasks that start together or not at all. */
export interface Entry {
  readonly key: string;
  /** Of equal age the first by name goes first, so that tasks made together go in an order that people see. */
  readonly name?: string;
  /** Its capacity group. */
  readonly group: string;
  /** The higher goes first inside its group. */
  readonly priority: number;
  /** Since when it waits: of equal priority the oldest goes first. */
  readonly since: Millis;
  /** It is held out until then. */
  readonly readyAt: Millis;
  /** Entries of one class ask alike in every way: where one cannot go, no other can. */
  readonly class: string;
  /** Others are being stopped for it, so it goes before all. */
  readonly promised?: boolean;
  /** What it asks for; for a gang, all of its members together. */
  readonly ask: Amounts;
  /** The tasks: one, with the entry's key, unless it is a gang. */
  readonly members: readonly Member[];
}

export interface Member {
  readonly key: string;
  readonly ask: Amounts;
}

/** Whether one goes before the other inside a group. */
export function goesBefore(a: Entry, b: Entry): boolean {
  if (a.promised !== b.promised) return a.promised === true;
  if (a.priority !== b.priority) return a.priority > b.priority;
  if (a.since !== b.since) return a.since < b.since;
  const [name = '', other = ''] = [a.name, b.name];
  return name === other ? a.key < b.key : name < other;
}
