import { describeOperation, type Operation } from './operation.ts';

/** Why no order of the operations on a key explains what clients were told. */
export interface Refusal {
  readonly key: string;
  readonly text: string;
}

/**
 * Whether a history is linearizable: each operation seems done at one moment between its begin and its end.
 * Keys are independent, so each is looked at alone. Cost grows with the number of operations and with how
 * many of a key overlap.
 *
 * @returns what could not be explained, at most one a key
 */
export function checkHistory(operations: readonly Operation[]): readonly Refusal[] {
  const byKey = Map.groupBy(operations, ({ key }) => key);
  return [...byKey].flatMap(([key, own]) => {
    const text = twoVersions(own) ?? unexplained(own);
    return text === undefined ? [] : [{ key, text }];
  });
}

/** A value that was seen under two versions was written twice. */
function twoVersions(operations: readonly Operation[]): string | undefined {
  const versions = new Map<string, string>();
  for (const { value, version } of operations) {
    if (value === undefined || version === undefined) continue;
    const known = versions.get(value) ?? version;
    if (known !== version) return `${value} was seen as version ${known} and as ${version}`;
    versions.set(value, version);
  }
  return undefined;
}

/** A state that the key may be in, and who of those that are under way has made it so. */
interface Possible {
  /** Absent: there is no object. */
  readonly value: string | undefined;
  /** Done already, though not ended; those of unknown outcome that may not be done once more, too. */
  readonly done: ReadonlySet<Operation>;
}

interface UnderWay {
  readonly open: ReadonlySet<Operation>;
  /** Whether anything that ends from now on tells of a value, or asks for it. */
  readonly matters: (value: string | undefined) => boolean;
}

/**
 * Goes through begins and ends in their order and keeps every state that is possible. An operation is only
 * taken as done when the end of one asks for it ("just in time"), so that few states are kept.
 */
function unexplained(operations: readonly Operation[]): string | undefined {
  const mentions = lastMentions(operations);
  const open = new Set<Operation>();
  let possible: readonly Possible[] = [{ value: undefined, done: new Set() }];
  for (const { at, operation, ends } of moments(operations)) {
    if (!ends) {
      open.add(operation);
      continue;
    }
    const matters = (value: string | undefined) =>
      value === undefined || (mentions.get(value) ?? -1) >= at;
    const underWay = { open, matters };
    const next = possible.flatMap((each) => statesAfter(each, operation, underWay));
    open.delete(operation);
    if (next.length === 0) return refusalText(operation, possible, open);
    const kept = withoutNeedless(next.map(lean), matters);
    const settled = settledIn(open, kept);
    for (const each of settled) open.delete(each);
    possible = kept.map(({ value, done }) => ({ value, done: done.difference(settled) }));
  }
  return undefined;
}

function moments(operations: readonly Operation[]) {
  return operations
    .flatMap((operation) => [
      { at: operation.begin, operation, ends: false },
      ...(operation.outcome === 'unknown' ? [] : [{ at: operation.end, operation, ends: true }]),
    ])
    .toSorted((a, b) => a.at - b.at);
}

/** When each value is told of or asked for last. */
function lastMentions(operations: readonly Operation[]): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  for (const { deed, value, expects, outcome, end } of operations) {
    const at = outcome === 'unknown' ? Number.POSITIVE_INFINITY : end;
    for (const text of [deed === 'read' ? value : undefined, expects]) {
      if (text !== undefined) last.set(text, Math.max(at, last.get(text) ?? 0));
    }
  }
  return last;
}

/**
 * Those of unknown outcome that cannot be done from now on: in every state they are done, or wait for a value
 * that cannot come again, since no value comes twice.
 */
function settledIn(
  open: ReadonlySet<Operation>,
  possible: readonly Possible[],
): ReadonlySet<Operation> {
  const values = new Set([...possible, ...open].map(({ value }) => value));
  const settled = [...open].filter((operation) => {
    if (operation.outcome !== 'unknown') return false;
    const { expects } = operation;
    const isLate = expects !== undefined && !values.has(expects);
    return isLate || possible.every(({ done }) => done.has(operation));
  });
  return new Set(settled);
}

/** The states in which `wanted` is done, after as many of those under way as it takes, in every order. */
function statesAfter(from: Possible, wanted: Operation, underWay: UnderWay): readonly Possible[] {
  const found: Possible[] = [];
  let met: readonly Possible[] = [];
  let waiting: readonly Possible[] = [from];
  while (waiting.length > 0) {
    const done = waiting.filter((state) => state.done.has(wanted));
    found.push(...done.map(({ value, done: all }) => ({ value, done: without(all, wanted) })));
    const onward = waiting.filter((state) => !state.done.has(wanted));
    const before = new Set(met);
    met = withoutNeedless([...met, ...onward], underWay.matters);
    const fresh = met.filter((state) => !before.has(state));
    waiting = fresh.flatMap((state) => steps(state, underWay));
  }
  return found;
}

/** The states that one more of those under way leads to. */
function steps(state: Possible, { open, matters }: UnderWay): readonly Possible[] {
  const alike = new Set<string>();
  return [...open].flatMap((operation) => {
    if (state.done.has(operation) || !isPossible(operation, state.value)) return [];
    const { deed, value, outcome } = operation;
    if (outcome === 'unknown') {
      // Of those that end never and that nobody can tell apart, the first does as well as any.
      const kind = matters(value) ? `${deed} ${value}` : deed;
      if (alike.has(kind)) return [];
      alike.add(kind);
    }
    const after = outcome !== 'unknown' && outcome !== 'done' ? state.value : value;
    return [{ value: after, done: new Set(state.done).add(operation) }];
  });
}

/** Whether an operation can have its outcome, or be done where that is unknown, on a value. */
function isPossible({ deed, value, expects, outcome }: Operation, held: string | undefined) {
  const isExpected = expects === undefined || held === expects;
  if (outcome === 'exists') return held !== undefined;
  if (outcome === 'absent') return held === undefined;
  if (outcome === 'conflict') return held !== undefined && !isExpected;
  if (deed === 'create') return held === undefined;
  if (deed === 'read') return held === value;
  return held !== undefined && isExpected;
}

function without(set: ReadonlySet<Operation>, one: Operation): ReadonlySet<Operation> {
  const rest = new Set(set);
  rest.delete(one);
  return rest;
}

/** One of unknown outcome that expected a value need not be remembered: that value does not come again. */
function lean({ value, done }: Possible): Possible {
  const kept = [...done].filter(
    ({ outcome, expects }) => outcome !== 'unknown' || expects === undefined,
  );
  return kept.length === done.size ? { value, done } : { value, done: new Set(kept) };
}

/**
 * Leaves out a state where another has a value that is as good for fewer writes of unknown outcome: those may
 * still be done.
 */
function withoutNeedless(
  states: readonly Possible[],
  matters: UnderWay['matters'],
): readonly Possible[] {
  if (states.length < 2) return states;
  const kept: Possible[] = [];
  const isAsGood = (one: Possible, other: Possible) =>
    one.value === other.value || !(matters(one.value) || matters(other.value));
  for (const state of states.toSorted((a, b) => a.done.size - b.done.size)) {
    const isNeedless = kept.some(
      (other) => isAsGood(other, state) && differsInUnknown(other.done, state.done),
    );
    if (!isNeedless) kept.push(state);
  }
  return kept;
}

/** Whether `few` is within `many`, and what it lacks are writes of unknown outcome only. */
function differsInUnknown(few: ReadonlySet<Operation>, many: ReadonlySet<Operation>): boolean {
  if (!few.isSubsetOf(many)) return false;
  return (
    few.size === many.size ||
    [...many.difference(few)].every(({ outcome }) => outcome === 'unknown')
  );
}

const SHOWN_MAX = 8;

function refusalText(
  operation: Operation,
  possible: readonly Possible[],
  open: ReadonlySet<Operation>,
): string {
  const values = possible.slice(0, SHOWN_MAX).map(({ value }) => value ?? 'nothing');
  const others = [...open].slice(0, SHOWN_MAX).map(describeOperation);
  return [
    `${describeOperation(operation)}, though it could only hold ${[...new Set(values)].join(' or ')}`,
    ...others.map((line) => `  meanwhile ${line}`),
  ].join('\n');
}
