import {
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  type ClusterRole,
  type RoleBinding,
} from '../api/builtin.ts';
import { hasReason } from '../api/error.ts';
import type { Kind } from '../api/kind.ts';
import type { ApiObject, Draft } from '../api/object.ts';
import { aggregatedRules } from '../auth/rbac/aggregate.ts';
import { AUTO_UPDATE, DEFAULT_BINDINGS, DEFAULT_ROLES } from '../auth/rbac/default-roles.ts';
import { notCovered } from '../auth/rbac/rules.ts';
import type { Client } from '../registry/port.ts';

type Writer = Pick<Client, 'get' | 'list' | 'create' | 'update'>;

const TRIES = 5;

/**
 * Makes sure of the roles and bindings that are always there, and that none of them has lost what it
 * gives; what people added stays, and one that is annotated with `autoupdate: "false"` is left alone.
 */
export async function ensureDefaultRoles(client: Writer): Promise<void> {
  await Promise.all([
    ...DEFAULT_ROLES.filter(({ aggregationRule }) => aggregationRule === undefined).map((draft) =>
      ensure(client, { kind: CLUSTER_ROLE, draft, renew: withRules }),
    ),
    ...DEFAULT_BINDINGS.map((draft) =>
      ensure(client, { kind: CLUSTER_ROLE_BINDING, draft, renew: withSubjects }),
    ),
  ]);
  // From the inside out: `admin` has what `edit` has, which has what `view` has.
  for (const draft of DEFAULT_ROLES.filter((role) => role.aggregationRule).toReversed()) {
    await aggregate(client, draft);
  }
}

interface Ensuring<T extends ApiObject> {
  readonly kind: Kind<T>;
  readonly draft: Draft<T>;
  /** The object as it should be; `undefined` where it is so. */
  readonly renew: (found: T, draft: Draft<T>) => T | undefined;
}

/** Another replica may be at the same: whoever loses the race looks again. */
async function ensure<T extends ApiObject>(client: Writer, options: Ensuring<T>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await ensureOnce(client, options);
      return;
    } catch (thrown) {
      const isRace = hasReason(thrown, 'AlreadyExists') || hasReason(thrown, 'Conflict');
      if (!isRace || tries === TRIES) throw thrown;
    }
  }
}

async function ensureOnce<T extends ApiObject>(
  client: Writer,
  { kind, draft, renew }: Ensuring<T>,
): Promise<void> {
  const { name = '' } = draft.metadata;
  const found = await client.get(kind, { name }).catch((thrown: unknown) => {
    if (hasReason(thrown, 'NotFound')) return undefined;
    throw thrown;
  });
  if (found === undefined) {
    await client.create(kind, draft);
    return;
  }
  if (found.metadata.annotations?.[AUTO_UPDATE] === 'false') return;
  const next = renew(found, draft);
  if (next !== undefined) await client.update(kind, next);
}

function withRules(found: ClusterRole, { rules }: Draft<ClusterRole>): ClusterRole | undefined {
  const missing = notCovered(found.rules ?? [], rules ?? []);
  return missing.length === 0
    ? undefined
    : { ...found, rules: [...(found.rules ?? []), ...missing] };
}

function withSubjects(found: RoleBinding, draft: Draft<RoleBinding>): RoleBinding | undefined {
  const held = found.subjects ?? [];
  const missing = (draft.subjects ?? []).filter(
    (wanted) => !held.some(({ kind, name }) => kind === wanted.kind && name === wanted.name),
  );
  return missing.length === 0 ? undefined : { ...found, subjects: [...held, ...missing] };
}

/** Its rules are computed here once, so that it holds before a leader keeps it so. */
async function aggregate(client: Writer, draft: Draft<ClusterRole>): Promise<void> {
  const { items } = await client.list(CLUSTER_ROLE);
  const rules = aggregatedRules(draft as ClusterRole, items) ?? [];
  const renew = (found: ClusterRole) => {
    const now = aggregatedRules(found, items);
    const isSo = now === undefined || JSON.stringify(now) === JSON.stringify(found.rules ?? []);
    return isSo ? undefined : { ...found, rules: now };
  };
  await ensure(client, { kind: CLUSTER_ROLE, draft: { ...draft, rules }, renew });
}
