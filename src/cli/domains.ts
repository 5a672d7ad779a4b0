import { hasReason, TitanError } from '../api/error.ts';
import { apiVersionOf, type Kind } from '../api/kind.ts';
import { FAULT_DOMAIN, type FaultDomain } from '../api/kinds.gen.ts';
import type { ApiObject } from '../api/object.ts';
import type { Cluster, ConnectOptions } from '../gitops/cluster.ts';
import { findTarget, type TargetFlags } from './target.ts';

/** A fault domain, and its own API. */
export interface OpenDomain {
  readonly domain: FaultDomain;
  readonly cluster: Cluster;
}

export interface OpenDomainsOptions {
  readonly flags: TargetFlags;
  readonly connect: (options: ConnectOptions) => Promise<Cluster>;
  readonly warn: (text: string) => void;
}

/**
 * Every fault domain that the kubeconfig has a context for, or the one that `--context` names. `first` is the API
 * that knew of them.
 * @throws TitanError (`NotFound`) where there is none
 */
export async function openDomains({ flags, connect, warn }: OpenDomainsOptions): Promise<{
  readonly first: Cluster;
  readonly domains: readonly OpenDomain[];
}> {
  const target = findTarget(flags);
  const first = await connect(target);
  const domains: OpenDomain[] = [];
  for (const domain of await listAll<FaultDomain>(first, FAULT_DOMAIN)) {
    const { name } = domain.metadata;
    if (flags.context !== undefined && flags.context !== name) continue;
    const cluster = await connect({ ...target, context: name }).catch((thrown: unknown) => {
      if (!hasReason(thrown, 'NotFound')) throw thrown;
      warn(`${name} is left out: the kubeconfig has no context of this name`);
      return undefined;
    });
    if (cluster !== undefined) domains.push({ domain, cluster });
  }
  if (domains.length === 0) throw new TitanError('NotFound', 'there is no fault domain to look at');
  return { first, domains };
}

/** All objects of a kind, of all namespaces. */
export async function listAll<T extends ApiObject>(
  cluster: Cluster,
  kind: Kind<T>,
): Promise<readonly T[]> {
  const items = await cluster.list(apiVersionOf(kind), kind.kind, '');
  return items as unknown as readonly T[];
}
