import {
  type Account,
  type Cohort,
  countIn,
  countUse,
  createCohort,
  heldAgainstOthers,
  openAccount,
} from './account.ts';
import { NOTHING } from './amounts.ts';
import type { Books, Charge } from './books.ts';
import { type GroupTerms, groupTerms } from './group.ts';

/** Changes a ledger's books so that their sums stay true. */
interface Bookkeeper {
  /** Makes the account anew by these terms; what it uses stays. */
  open(terms: GroupTerms, declared: boolean): Account;
  close(name: string): void;
  charge(charge: Charge): void;
  release(key: string): void;
}

export function bookkeeper(books: Books): Bookkeeper {
  const { accounts, charges, used } = books;

  function accountOf(name: string): Account {
    return accounts.get(name) ?? open(groupTerms({ name }), false);
  }

  function open(terms: GroupTerms, declared: boolean): Account {
    const used = accounts.get(terms.name)?.used ?? NOTHING;
    close(terms.name);
    const key = cohortKey(terms);
    const cohort = books.cohorts.get(key) ?? createCohort(key);
    books.cohorts.set(key, cohort);
    const account = openAccount(terms, declared, { cohort, used });
    accounts.set(terms.name, account);
    recount(cohort, () => countIn(account, 1));
    return account;
  }

  function close(name: string): void {
    const account = accounts.get(name);
    if (account === undefined) return;
    recount(account.cohort, () => countIn(account, -1));
    accounts.delete(name);
    if (account.cohort.members === 0) books.cohorts.delete(account.cohort.key);
  }

  /** Keeps the total of what cohorts hold true over a change of one. */
  function recount(cohort: Cohort, change: () => void): void {
    for (let at = 0; at < books.held.length; at += 1) {
      books.held[at] = (books.held[at] ?? 0) - heldAgainstOthers(cohort, at);
    }
    change();
    for (let at = 0; at < books.held.length; at += 1) {
      books.held[at] = (books.held[at] ?? 0) + heldAgainstOthers(cohort, at);
    }
  }

  function move({ group, ask }: Charge, by: 1 | -1): void {
    const account = accountOf(group);
    const { cohort } = account;
    for (let at = 0; at < used.length; at += 1) {
      const amount = by * (ask[at] ?? 0);
      if (amount === 0) continue;
      used[at] = (used[at] ?? 0) + amount;
      const before = heldAgainstOthers(cohort, at);
      countUse(account, at, amount);
      books.held[at] = (books.held[at] ?? 0) + heldAgainstOthers(cohort, at) - before;
    }
  }

  function charge(next: Charge): void {
    const before = charges.get(next.key);
    if (before !== undefined) {
      if (isSame(before, next)) return;
      release(next.key);
    }
    charges.set(next);
    move(next, 1);
  }

  function release(key: string): void {
    const before = charges.remove(key);
    if (before === undefined) return;
    move(before, -1);
    const account = accounts.get(before.group);
    if (account?.declared === false && account.used.every((amount) => amount === 0)) {
      close(before.group);
    }
  }

  return { open, close, charge, release };
}

/** A group without a cohort is one of its own; a name cannot hold a slash, so the two never meet. */
function cohortKey({ tier, cohort, name }: GroupTerms): string {
  return cohort === undefined ? `/${name}` : `${tier}/${cohort}`;
}

function isSame(a: Charge, b: Charge): boolean {
  return a.group === b.group && a.ask.every((amount, at) => amount === b.ask[at]);
}
