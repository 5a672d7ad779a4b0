/** Steps that the rules of one write may take together. A step is about half a microsecond. */
export const OBJECT_STEPS = 30_000;

/** Thrown when rules have taken more steps than they may. */
export class OutOfBudget extends Error {
  override readonly name = 'OutOfBudget';

  constructor() {
    super(
      'validation failed due to running out of cost budget, no further validation rules will be run',
    );
  }
}

/** Counts the steps of rules, and ends those that take too many. */
export interface Budget {
  /** Begins to count anew: at most this many from here. */
  refill(steps: number): void;
  readonly left: number;
  /** @returns whether there is something left; loops end at once where there is not */
  spend(steps: number): boolean;
  /** @throws OutOfBudget */
  charge(steps: number): void;
}

export function createBudget(): Budget {
  let left = 0;
  return {
    refill(steps) {
      left = steps;
    },
    get left() {
      return left;
    },
    spend(steps) {
      left -= steps;
      return left >= 0;
    },
    charge(steps) {
      left -= steps;
      if (left < 0) throw new OutOfBudget();
    },
  };
}

const CHARS_A_STEP = 64;

/** What it takes to look at a value as a whole, without what it holds. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return 1 + Math.ceil(value.length / CHARS_A_STEP);
  if (Array.isArray(value)) return 1 + value.length;
  return 1;
}

/** Charges for a value with all that it holds. */
export function chargeDeep(budget: Budget, value: unknown): void {
  if (!budget.spend(sizeOf(value))) return;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') chargeDeep(budget, item);
  } else if (typeof value === 'object' && value !== null && isPlain(value)) {
    for (const item of Object.values(value)) chargeDeep(budget, item);
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
