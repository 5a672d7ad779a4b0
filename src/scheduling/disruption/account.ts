import type {
  DisruptionBudget,
  DisruptionCause,
  DisruptionEntry,
  Disruptions,
} from '../../api/disruption.ts';
import { fromTimestamp, type Millis, toTimestamp } from '../../api/object.ts';

/** What was disrupted of late, as the status of the job has it, with what is added now. */
export interface Account {
  add(cause: DisruptionCause, count: number, slot?: string): void;
  /** Instances that count against the rate: all that was disrupted or lost, not what is wanted no more. */
  used(): number;
  /** When the first of them no longer counts. */
  freesAt(): Millis;
  relocationsOf(slot: string): number;
  /** @param slots the instances that are wanted: of others nothing is kept */
  sum(slots: ReadonlySet<string>): Pick<Disruptions, 'ledger' | 'relocations'>;
}

const KEPT_MS = 3_600_000;
/** Entries of one cause are put together within this part of the time for which they are kept. */
const PARTS = 60;
/** Timestamps are cut to the second. */
const CUT_MS = 1_000;

/** What has run out is dropped only when something is added: time alone changes no status. */
export function openAccount(
  before: Disruptions | undefined,
  { budget, now }: { readonly budget: DisruptionBudget; readonly now: Millis },
): Account {
  const keptMs = budget.rate?.intervalMs ?? KEPT_MS;
  let entries: readonly DisruptionEntry[] = before?.ledger ?? [];
  const counts = new Map((before?.relocations ?? []).map(({ slot, count }) => [slot, count]));
  const endOf = ({ at }: DisruptionEntry) => fromTimestamp(at) + CUT_MS + keptMs;
  const part = (at: Millis) => Math.floor(at / (keptMs / PARTS));
  const counted = () => entries.filter((entry) => entry.cause !== 'ScaleIn' && endOf(entry) > now);

  return {
    add(cause, count, slot) {
      if (count === 0) return;
      const current = entries.filter((entry) => endOf(entry) > now);
      const isSame = (entry: DisruptionEntry) =>
        entry.cause === cause && part(fromTimestamp(entry.at)) === part(now);
      const sum = current.filter(isSame).reduce((total, entry) => total + entry.count, count);
      const others = current.filter((entry) => !isSame(entry));
      entries = [...others, { cause, at: toTimestamp(now), count: sum }];
      if (slot !== undefined) counts.set(slot, (counts.get(slot) ?? 0) + 1);
    },
    used: () => counted().reduce((total, { count }) => total + count, 0),
    freesAt: () => Math.min(...counted().map(endOf)),
    relocationsOf: (slot) => counts.get(slot) ?? 0,
    sum(slots) {
      const relocations = [...counts]
        .filter(([slot]) => slots.has(slot))
        .map(([slot, count]) => ({ slot, count }))
        .toSorted((a, b) => (a.slot < b.slot ? -1 : 1));
      return {
        ...(entries.length === 0 ? {} : { ledger: entries }),
        ...(budget.relocationLimit === Number.POSITIVE_INFINITY || relocations.length === 0
          ? {}
          : { relocations }),
      };
    },
  };
}
