import type { Millis } from '../../src/api/object.ts';
import type { Framework } from '../../src/mesos/port.ts';
import type { Clock } from '../../src/runtime/port.ts';

export interface AgentAddressesOptions {
  readonly framework: Pick<Framework, 'agents'>;
  readonly clock: Clock;
}

const ADDRESSES_KEPT_MS: Millis = 60_000;

/** Where agents answer, as the master says, asked again after a minute. */
export function agentAddresses({ framework, clock }: AgentAddressesOptions) {
  let addresses: ReadonlyMap<string, string> = new Map();
  let readAt = Number.NEGATIVE_INFINITY;
  return async (agentId: string): Promise<string | undefined> => {
    if (clock.now() - readAt > ADDRESSES_KEPT_MS) {
      const agents = await framework.agents();
      addresses = new Map(
        agents.flatMap((each) => (each.address ? [[each.agentId, each.address]] : [])),
      );
      readAt = clock.now();
    }
    return addresses.get(agentId);
  };
}
