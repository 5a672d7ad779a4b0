import type { Millis } from '../../api/object.ts';
import type { Ledger } from '../shares/ledger.ts';
import type { ShareRefusal } from '../shares/verdict.ts';
import type { Entry } from './entry.ts';
import type { Line, Rank } from './line.ts';
import { createRanking, NOT_RANKED, type Ranked } from './ranking.ts';

/** Entries of one class that their group's share keeps waiting. */
export interface Denial {
  readonly refusal: ShareRefusal;
  /** The first of them; the others ask the same. */
  readonly entry: Entry;
}

/**
 * One walk over what waits. Whoever drives it asks for the next entry, tries to place it, says what came
 * of it, and asks again; shares move with each answer. The walk ends when nothing that is left may go.
 */
export interface Pass {
  /** The entry whose turn it is; the same again until it is answered for. */
  next(): Entry | undefined;
  /** The entry found its place: it is charged to its group and leaves the queue. */
  placed(entry: Entry): void;
  /** The entry found no place: neither it nor any of its class is offered again in this pass. */
  refused(entry: Entry): void;
  /** What the shares of their groups kept back so far. */
  readonly denied: readonly Denial[];
}

interface PassOptions {
  readonly ledger: Ledger;
  readonly lines: readonly Line[];
  remove(key: string): void;
  readonly now: Millis;
}

interface Turn extends Ranked {
  readonly line: Line;
  readonly tier: number;
  promised: boolean;
  borrows: boolean;
  ratio: number;
}

/** Whom others are stopped for, then tier, then who stays within its guarantee, then who has the least of its share, then the name. */
function isDueBefore(a: Turn, b: Turn): boolean {
  if (a.promised !== b.promised) return a.promised;
  if (a.tier !== b.tier) return a.tier < b.tier;
  if (a.borrows !== b.borrows) return b.borrows;
  if (a.ratio !== b.ratio) return a.ratio < b.ratio;
  return a.line.group < b.line.group;
}

export function openPass({ ledger, lines, remove, now }: PassOptions): Pass {
  const turns = createRanking<Turn>(isDueBefore);
  const byGroup = new Map<string, Turn>();
  const denied: Denial[] = [];

  /** Puts the group where it now belongs, or takes it out where nothing of it is left. */
  function settle(turn: Turn): void {
    const entry = turn.line.first()?.head;
    if (entry === undefined) {
      turns.remove(turn);
      return;
    }
    turn.promised = entry.promised === true;
    turn.borrows = ledger.wouldBorrow(entry.group, entry.ask);
    turn.ratio = ledger.ratio(entry.group);
    turns.place(turn);
  }

  function deny({ line }: Turn, rank: Rank, refusal: ShareRefusal): void {
    const entry = rank.head;
    denied.push({ refusal, entry });
    line.setAside(rank);
    if (holdsBack(entry)) line.setAllAside();
  }

  /** In a group that is strict what has waited for long lets nothing by, but what its terms never allow. */
  function holdsBack({ group, ask, since }: Entry): boolean {
    return now - since >= ledger.terms(group).strictAfterMs && ledger.couldEver(group, ask);
  }

  function answered(entry: Entry, how: (turn: Turn) => void): void {
    const turn = byGroup.get(entry.group);
    if (turn === undefined) return;
    how(turn);
    settle(turn);
  }

  for (const line of lines) {
    const { tier } = ledger.terms(line.group);
    const turn: Turn = { at: NOT_RANKED, line, tier, promised: false, borrows: false, ratio: 0 };
    byGroup.set(line.group, turn);
    settle(turn);
  }

  return {
    denied,
    next() {
      for (let turn = turns.first(); turn !== undefined; turn = turns.first()) {
        const rank = turn.line.first();
        if (rank === undefined) {
          settle(turn);
          continue;
        }
        const verdict = ledger.judge(rank.head.group, rank.head.ask);
        if (verdict.admitted) return rank.head;
        deny(turn, rank, verdict.refusal);
        settle(turn);
      }
      return undefined;
    },
    placed(entry) {
      for (const { key, ask } of entry.members) ledger.charge({ key, group: entry.group, ask });
      answered(entry, () => remove(entry.key));
    },
    refused(entry) {
      answered(entry, ({ line }) => {
        const rank = line.first();
        if (rank?.head.key === entry.key) line.setAside(rank);
      });
    },
  };
}
