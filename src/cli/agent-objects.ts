import { asTitanError } from '../api/error.ts';
import { apiVersionOf } from '../api/kind.ts';
import { AGENT, type Agent } from '../api/kinds.gen.ts';
import type { Cluster } from '../gitops/cluster.ts';

/** What is to be changed of an agent's spec; `null` takes a field away. */
export interface AgentChange {
  readonly unschedulable: boolean;
  readonly drain?: NonNullable<Agent['spec']>['drain'] | null;
}

/** The Agent objects of a fault domain, as commands need them. */
export interface AgentObjects {
  /** @throws TitanError `NotFound` */
  get(name: string): Promise<Agent>;
  /** @throws TitanError `NotFound` */
  change(name: string, spec: AgentChange): Promise<Agent>;
}

export function agentObjects(cluster: Cluster): AgentObjects {
  const header = (name: string) => ({
    apiVersion: apiVersionOf(AGENT),
    kind: AGENT.kind,
    metadata: { name },
  });
  return {
    get: async (name) => (await cluster.get(header(name))) as unknown as Agent,
    change: async (name, spec) =>
      (await cluster.merge({ ...header(name), spec }, 'titan')) as unknown as Agent,
  };
}

/** Whether the API may answer later, so that asking again makes sense. */
export function isPassing(error: unknown): boolean {
  return asTitanError(error).retryable;
}
