import type { AgentLink, LaunchOrder } from './link.ts';
import type { AgentMessage } from './network-faults.ts';

export interface LinkTrouble {
  /** Whether the connection breaks at this message: then it is lost, in the middle of what the master does. */
  breaks(message: AgentMessage): boolean;
  /** Told of each launch that arrives. */
  took?(order: LaunchOrder): void;
}

/** What a master says to an agent over a network that may break. */
export function breakableLink(link: AgentLink, { breaks, took }: LinkTrouble): AgentLink {
  return {
    ...link,
    launch(orders, framework) {
      if (breaks('launch')) return;
      for (const order of orders) took?.(order);
      link.launch(orders, framework);
    },
    kill(...given) {
      if (!breaks('kill')) link.kill(...given);
    },
    acknowledge(...given) {
      if (!breaks('acknowledge')) link.acknowledge(...given);
    },
  };
}
