import { type Account, type Cohort, countIn, createCohort, openAccount } from './account.ts';
import type { Amounts } from './amounts.ts';

/** A task that uses a group's share. */
export interface Charge {
  readonly key: string;
  readonly group: string;
  readonly ask: Amounts;
}

/** What is charged, by key. */
export interface Charges {
  get(key: string): Charge | undefined;
  set(charge: Charge): void;
  /** @returns the charge that was there */
  remove(key: string): Charge | undefined;
}

/** All that a ledger knows. */
export interface Books {
  capacity: Amounts;
  readonly accounts: Map<string, Account>;
  readonly cohorts: Map<string, Cohort>;
  readonly used: number[];
  /** Over all cohorts: what each holds against the others. */
  readonly held: number[];
  readonly charges: Charges;
}

/** @param below what was charged before; it is read and never changed */
export function createCharges(below?: Charges): Charges {
  const own = new Map<string, Charge | undefined>();

  function get(key: string): Charge | undefined {
    return own.has(key) ? own.get(key) : below?.get(key);
  }

  return {
    get,
    set(charge) {
      own.set(charge.key, charge);
    },
    remove(key) {
      const charge = get(key);
      if (below?.get(key) === undefined) own.delete(key);
      else own.set(key, undefined);
      return charge;
    },
  };
}

/** Books that can be changed without changing these, while these stay as they are. */
export function copyOf({ capacity, accounts, used, held, charges }: Books): Books {
  const cohorts = new Map<string, Cohort>();
  const renewed = new Map<Cohort, Cohort>();
  const copies = new Map<string, Account>();
  for (const [name, account] of accounts) {
    const cohort = renewed.get(account.cohort) ?? createCohort(account.cohort.key);
    renewed.set(account.cohort, cohort);
    const copy = openAccount(account.terms, account.declared, { cohort, used: account.used });
    countIn(copy, 1);
    copies.set(name, copy);
    cohorts.set(cohort.key, cohort);
  }
  return {
    capacity,
    accounts: copies,
    cohorts,
    used: [...used],
    held: [...held],
    charges: createCharges(charges),
  };
}
