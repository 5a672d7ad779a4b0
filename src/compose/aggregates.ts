import { CLUSTER_ROLE, type ClusterRole } from '../api/builtin.ts';
import { asTitanError } from '../api/error.ts';
import { aggregatedRules } from '../auth/rbac/aggregate.ts';
import type { Client } from '../registry/port.ts';
import { sameJson } from '../runtime/equal.ts';
import type { Informer } from '../runtime/informer.ts';
import type { Clock, Log } from '../runtime/port.ts';

export interface AggregatesOptions {
  readonly client: Pick<Client, 'update'>;
  readonly clusterRoles: Informer<ClusterRole>;
  readonly clock: Clock;
  readonly log: Log;
}

const SETTLE_MS = 50;
const RETRY_MS = 5_000;

/**
 * Keeps the rules of aggregated roles equal to those of the roles that they select. Every replica
 * does: all come to the same, and whoever is second changes nothing.
 */
export function keepAggregates(options: AggregatesOptions, signal: AbortSignal): void {
  const { clusterRoles, clock, log } = options;
  let waiting = false;

  function look(delayMs: number): void {
    if (waiting || signal.aborted) return;
    waiting = true;
    const cancel = clock.after(delayMs, () => {
      signal.removeEventListener('abort', cancel);
      waiting = false;
      pass(options).catch((thrown) => {
        const { retryable, message } = asTitanError(thrown);
        if (!retryable) log.warn('an aggregated role cannot be kept', { error: message });
        look(RETRY_MS);
      });
    });
    signal.addEventListener('abort', cancel, { once: true });
  }

  const stop = clusterRoles.onChange(() => look(SETTLE_MS));
  signal.addEventListener('abort', stop, { once: true });
}

async function pass({ client, clusterRoles }: AggregatesOptions): Promise<void> {
  for (const role of clusterRoles.values()) {
    const rules = aggregatedRules(role, clusterRoles.values());
    if (rules === undefined || sameJson(rules, role.rules ?? [])) continue;
    await client.update(CLUSTER_ROLE, { ...role, rules });
  }
}
