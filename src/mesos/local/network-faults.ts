/** What goes wrong on the network of Mesos, by the names that `--fail` and simulations have for it. */

/** Of each fault what its share is a share of. */
export const NETWORK_FAULTS = {
  acknowledge: 'ACKNOWLEDGE calls, which are lost',
  kill: 'KILL calls, which are lost',
  cut: 'calls at which the connection to the master breaks, the call lost with it',
  delay: 'updates and rescinded offers, which come up to 20 s late',
  repeat: 'updates, which come twice',
  partition: 'looks at an agent, one in 10 s, at which it is cut off for up to a minute',
  'agent-launch':
    'launches at which the connection from master to agent breaks, the launch lost with it',
  'agent-kill': 'kills at which the connection from master to agent breaks, the kill lost with it',
  'agent-acknowledge':
    'acknowledgements at which the connection from master to agent breaks, lost with it',
} as const;

export type NetworkFault = keyof typeof NETWORK_FAULTS;

/** The share of the chances for each fault that it takes, 0 to 1; of one that is not named none. */
export type FaultRates = Readonly<Partial<Record<NetworkFault, number>>>;

/** What a master says to an agent that may be lost with the connection. */
export type AgentMessage = 'launch' | 'kill' | 'acknowledge';
