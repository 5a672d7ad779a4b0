/** Roles with their weights and limits, in the operator API and in the older endpoints. */

import { scalar } from '../../../resources.ts';
import type { V1Resource } from '../../../v1.ts';
import { type Bag, isReserved, normalise, ownerOf } from '../../resources/bag.ts';
import { allocateSoon } from '../allocator.ts';
import type { Reply } from '../master.ts';
import { type MasterState, rolesOf } from '../state.ts';
import type { OperatorCall, QuotaConfig } from './call.ts';
import { heldOn, offersOf, sumOf } from './views.ts';

type Sums = Readonly<Record<string, number>>;

interface RoleView {
  readonly name: string;
  readonly weight: number;
  readonly frameworks: readonly string[];
  readonly allocated: Bag;
  readonly offered: Bag;
  readonly reserved: Bag;
}

/** Those that frameworks subscribed to, hold something in, or that somebody named. */
function rolesIn(state: MasterState): readonly RoleView[] {
  const frameworks = [...state.frameworks.values()];
  const reserved = [...state.agents.values()].flatMap(({ total }) => total.filter(isReserved));
  const names = new Set([
    ...state.weights.keys(),
    ...state.quotas.keys(),
    ...reserved.map(ownerOf),
    ...frameworks.flatMap((one) => [...rolesOf(one.info), ...heldRoles(one.held)]),
  ]);
  return [...names].toSorted().map((name) => {
    const held = [...state.agents.values()].flatMap(heldOn);
    const offers = offersOf(state, state.offers.keys());
    return {
      name,
      weight: state.weights.get(name) ?? 1,
      frameworks: frameworks.filter(({ info }) => rolesOf(info).includes(name)).map(({ id }) => id),
      allocated: sumOf(held.filter(({ role }) => role === name)),
      offered: sumOf(offers.filter(({ role }) => role === name)),
      reserved: normalise(reserved.filter((piece) => ownerOf(piece) === name)),
    };
  });
}

function heldRoles(held: ReadonlyMap<string, ReadonlyMap<string, number>>): readonly string[] {
  return [...held].flatMap(([role, sums]) =>
    [...sums.values()].some((amount) => amount > 0) ? [role] : [],
  );
}

/** What there is of each name; ports and items by their number. */
function sumsOf(bags: readonly Bag[], onlyScalars = false): Sums {
  const sums = new Map<string, number>();
  for (const piece of bags.flat()) {
    if (onlyScalars && piece.type !== 'SCALAR') continue;
    sums.set(piece.name, (sums.get(piece.name) ?? 0) + sizeOf(piece));
  }
  const names = [...sums.keys()].toSorted();
  return Object.fromEntries(names.map((name) => [name, (sums.get(name) ?? 0) / 1000]));
}

function sizeOf(piece: Bag[number]): number {
  if (piece.type === 'SCALAR') return piece.thousandths;
  if (piece.type === 'SET') return piece.items.length * 1000;
  return piece.ranges.reduce((sum, { begin, end }) => sum + (end - begin + 1) * 1000, 0);
}

export function getRoles(state: MasterState) {
  const roles = rolesIn(state).map(({ name, weight, frameworks, allocated, offered }) => ({
    name,
    weight,
    ...(frameworks.length > 0 ? { frameworks: frameworks.map((value) => ({ value })) } : {}),
    ...listed(sumsOf([allocated, offered], true)),
  }));
  return roles.length > 0 ? { roles } : {};
}

function listed(sums: Sums): { readonly resources?: readonly V1Resource[] } {
  const resources = Object.entries(sums).map(([name, value]) => scalar(name, value));
  return resources.length > 0 ? { resources } : {};
}

/** `/roles` */
export function legacyRoles(state: MasterState) {
  return {
    roles: rolesIn(state).map(({ name, weight, frameworks, allocated, offered, reserved }) => ({
      name,
      weight,
      quota: {
        role: name,
        guarantee: {},
        limit: state.quotas.get(name) ?? {},
        consumed: sumsOf([allocated, reserved.filter((piece) => !holds(allocated, piece))], true),
      },
      resources: sumsOf([allocated, offered]),
      allocated: sumsOf([allocated]),
      offered: sumsOf([offered]),
      reserved: sumsOf([reserved]),
      frameworks,
    })),
  };
}

function holds(bag: Bag, { key }: Bag[number]): boolean {
  return bag.some((piece) => piece.key === key);
}

export function getWeights(state: MasterState) {
  return [...state.weights].map(([role, weight]) => ({ role, weight }));
}

export function updateWeights(state: MasterState, { update_weights: wanted }: OperatorCall): Reply {
  const infos = wanted?.weight_infos ?? [];
  const bad = infos.find(({ weight }) => weight <= 0);
  if (bad) {
    const body = `Failed to validate update weights request JSON: Invalid weight '${bad.weight}': Weights must be positive`;
    return { status: 400, body };
  }
  for (const { role = '*', weight } of infos) state.weights.set(role, weight);
  allocateSoon(state);
  return { status: 200 };
}

export function getQuota(state: MasterState) {
  const quotas = [...state.quotas];
  if (quotas.length === 0) return { status: {} };
  const configs = quotas.map(([role, limits]) => ({
    role,
    limits: Object.fromEntries(Object.entries(limits).map(([name, value]) => [name, { value }])),
  }));
  return { status: { infos: configs.map(({ role }) => ({ role })), configs } };
}

/** Limits are kept to; a role without one is free of it again. */
export function updateQuota(state: MasterState, { update_quota: wanted }: OperatorCall): Reply {
  const configs = wanted?.quota_configs ?? [];
  const fault = configs.map(findQuotaFault).find((one) => one !== undefined);
  if (fault !== undefined) {
    return { status: 400, body: `Failed to validate 'UpdateQuota.quota_configs': ${fault}` };
  }
  for (const { role, limits = {} } of configs) {
    const named = Object.entries(limits).map(([name, { value }]) => [name, value] as const);
    if (named.length === 0) state.quotas.delete(role);
    else state.quotas.set(role, Object.fromEntries(named));
  }
  allocateSoon(state);
  return { status: 200 };
}

function findQuotaFault({ role, limits = {}, guarantees = {} }: QuotaConfig): string | undefined {
  if (role === '' || role === '*')
    return `Invalid 'QuotaConfig.role': setting quota on the default '*' role is not supported`;
  if (Object.keys(guarantees).length > 0) return 'The local master keeps no guarantees';
  const negative = Object.values(limits).some(({ value }) => value < 0);
  return negative ? `Invalid 'QuotaConfig.limits': negative` : undefined;
}
