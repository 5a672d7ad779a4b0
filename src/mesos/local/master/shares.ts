/**
 * Who comes first: dominant resource fairness among roles, by weight, level by level of their
 * hierarchy, and then among the frameworks of one role, as Mesos' hierarchical allocator does it.
 */
import type { Bag } from '../resources/bag.ts';
import { dominantShare, type Quantities, tally } from '../resources/quantities.ts';
import type { FrameworkRecord, MasterState } from './state.ts';

export interface Claim {
  readonly framework: FrameworkRecord;
  readonly role: string;
  /** The role and those above it, topmost first. */
  readonly path: readonly string[];
}

export function claimOf(framework: FrameworkRecord, role: string): Claim {
  return { framework, role, path: pathOf(role) };
}

/** Counts what a role of a framework holds; `sign` -1 when it is given back. */
export function charge(
  state: MasterState,
  { framework, role }: { readonly framework: FrameworkRecord | undefined; readonly role: string },
  bag: Bag,
  sign: 1 | -1 = 1,
): void {
  for (const above of pathOf(role)) tally(sumsOf(state.held, above), bag, sign);
  if (framework) tally(sumsOf(framework.held, role), bag, sign);
}

function sumsOf(all: Map<string, Quantities>, name: string): Quantities {
  const known = all.get(name);
  if (known) return known;
  const sums: Quantities = new Map();
  all.set(name, sums);
  return sums;
}

/** `a/b` is below `a`; a framework in `a` itself stands beside `a/b` as `a/.`. */
function pathOf(role: string): readonly string[] {
  const parts = role.split('/');
  const above = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  return [...above, `${role}/.`];
}

/** Negative where `a` comes before `b`. */
export function compareClaims(state: MasterState, a: Claim, b: Claim): number {
  return (
    compareRoles(state, a, b) ||
    frameworkShare(state, a) - frameworkShare(state, b) ||
    servedTimes(a) - servedTimes(b) ||
    byText(a.role, b.role) ||
    byText(a.framework.id, b.framework.id)
  );
}

function compareRoles(state: MasterState, a: Claim, b: Claim): number {
  const level = a.path.findIndex((name, index) => name !== b.path[index]);
  if (level < 0) return 0;
  return roleShare(state, a.path[level] ?? '') - roleShare(state, b.path[level] ?? '');
}

function roleShare(state: MasterState, role: string): number {
  return dominantShare(state.held.get(role), state.total) / (state.weights.get(role) ?? 1);
}

function frameworkShare(state: MasterState, { framework, role }: Claim): number {
  return dominantShare(framework.held.get(role), state.total);
}

function servedTimes({ framework, role }: Claim): number {
  return framework.served.get(role) ?? 0;
}

function byText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
