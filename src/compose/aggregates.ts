import { CLUSTER_ROLE, type ClusterRole } from '../api/builtin.ts';
import { aggregatedRules } from '../auth/rbac/aggregate.ts';
import type { Client } from '../registry/port.ts';
import { sameJson } from '../runtime/equal.ts';
import type { Informer } from '../runtime/informer.ts';
import type { Clock, Log } from '../runtime/port.ts';
import { passAfterChanges } from './after-changes.ts';

export interface AggregatesOptions {
  readonly client: Pick<Client, 'update'>;
  readonly clusterRoles: Informer<ClusterRole>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Keeps the rules of aggregated roles equal to those of the roles that they select. Every replica
 * does: all come to the same, and whoever is second changes nothing.
 */
export function keepAggregates(options: AggregatesOptions, signal: AbortSignal): void {
  const { clusterRoles, clock, log } = options;
  const failure = 'an aggregated role cannot be kept';
  const follow = clusterRoles.onChange;
  passAfterChanges({ clock, log, follow, failure, pass: () => pass(options) }, signal);
}

async function pass({ client, clusterRoles }: AggregatesOptions): Promise<void> {
  for (const role of clusterRoles.values()) {
    const rules = aggregatedRules(role, clusterRoles.values());
    if (rules === undefined || sameJson(rules, role.rules ?? [])) continue;
    await client.update(CLUSTER_ROLE, { ...role, rules });
  }
}
