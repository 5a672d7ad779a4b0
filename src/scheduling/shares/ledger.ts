import { type Standing, standingOf } from './account.ts';
import { type Amounts, dominantShare, NOTHING, sumOf } from './amounts.ts';
import { bookkeeper } from './bookkeeper.ts';
import { type Books, type Charge, copyOf, createCharges } from './books.ts';
import { DEFAULT_GROUP, type GroupTerms, groupTerms, isGuaranteed } from './group.ts';
import { UNKNOWN_GROUP, type Verdict, verdictOn } from './verdict.ts';

/**
 * Who uses how much of the fleet, and who may use more.
 *
 * Every change costs by the number of dimensions. Charging a task twice, or releasing one that is not
 * charged, changes nothing, so that what a pass charges may be heard of again from the store.
 */
export interface Ledger {
  /** What all agents have together. */
  setCapacity(capacity: Amounts): void;
  /** Makes the group known, or changes its terms; what it uses stays. */
  declare(terms: GroupTerms): void;
  /** Forgets the group's terms; what still runs in its name goes on being counted. */
  withdraw(name: string): void;
  charge(charge: Charge): void;
  release(key: string): void;
  /** Whether the group may use so much more. */
  judge(group: string, ask: Amounts): Verdict;
  /** Whether it might use so much if nothing at all were in use. */
  couldEver(group: string, ask: Amounts): boolean;
  /**
   * Whether the group would use more than it is guaranteed of anything that is asked for. Of what its
   * guarantee does not name nothing is borrowed; a group without a guarantee borrows all.
   */
  wouldBorrow(group: string, ask: Amounts): boolean;
  /** Dominant share of the fleet by allocated share: the group with the least goes first (weighted DRF). */
  ratio(group: string): number;
  standing(group: string): Standing;
  terms(group: string): GroupTerms;
  /** What all agents have, and what all groups that are known are guaranteed. */
  fleet(): { readonly capacity: Amounts; readonly promised: Amounts };
  /** A copy to try things on: it shares the charges and costs by the number of groups. */
  fork(): Ledger;
}

/** The allocated share of a group without a guarantee (Fenzo). */
const SHARE_WITHOUT_GUARANTEE = 0.001;

export function createLedger(): Ledger {
  return ledgerOver({
    capacity: NOTHING,
    accounts: new Map(),
    cohorts: new Map(),
    used: [...NOTHING],
    held: [...NOTHING],
    charges: createCharges(),
  });
}

function ledgerOver(books: Books): Ledger {
  const { accounts } = books;
  const { open, close, charge, release } = bookkeeper(books);

  return {
    setCapacity(capacity) {
      books.capacity = capacity;
    },
    declare(terms) {
      open(terms, true);
    },
    withdraw(name) {
      const account = accounts.get(name);
      if (account?.declared !== true) return;
      if (account.used.every((amount) => amount === 0)) close(name);
      else open(groupTerms({ name }), false);
    },
    charge,
    release,
    judge(group, ask) {
      const account = accounts.get(group);
      const known = account?.declared === true || group === DEFAULT_GROUP;
      return known ? verdictOn(account, ask, books) : UNKNOWN_GROUP;
    },
    couldEver(group, ask) {
      const idle = createLedger();
      idle.setCapacity(books.capacity);
      for (const { terms, declared } of accounts.values()) if (declared) idle.declare(terms);
      return idle.judge(group, ask).admitted;
    },
    wouldBorrow(group, ask) {
      const account = accounts.get(group);
      if (account === undefined) return ask.some((amount) => amount > 0);
      const { used, terms } = account;
      for (let at = 0; at < ask.length; at += 1) {
        const amount = ask[at] ?? 0;
        const isAbove = (used[at] ?? 0) + amount > (terms.guarantee[at] ?? 0);
        if (amount > 0 && isAbove && isGuaranteed(terms, at)) return true;
      }
      return false;
    },
    ratio(group) {
      const account = accounts.get(group);
      if (account === undefined) return 0;
      const { guarantee, weight } = account.terms;
      const promised = dominantShare(guarantee, books.capacity);
      const allocated = weight * Math.max(promised, SHARE_WITHOUT_GUARANTEE);
      return dominantShare(account.used, books.capacity) / allocated;
    },
    standing(group) {
      const account = accounts.get(group);
      return account === undefined
        ? { used: NOTHING, borrowed: NOTHING, lent: NOTHING }
        : standingOf(account);
    },
    terms: (group) => accounts.get(group)?.terms ?? groupTerms({ name: group }),
    fleet() {
      const declared = [...accounts.values()].filter((account) => account.declared);
      const promised = sumOf(declared.map(({ terms }) => terms.guarantee));
      return { capacity: books.capacity, promised };
    },
    fork: () => ledgerOver(copyOf(books)),
  };
}
