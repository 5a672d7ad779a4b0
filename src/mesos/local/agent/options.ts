import type { Millis } from '../../../api/object.ts';
import type { Clock, Log, Random } from '../../../runtime/port.ts';
import type { V1AgentInfo } from '../../v1.ts';
import type { Launcher } from '../executor/launcher.ts';
import type { Vault } from '../vault.ts';

/** What an agent says of itself, what it runs tasks with, and where it writes down what it must know. */
export interface AgentOptions {
  readonly info: V1AgentInfo;
  readonly launcher: Launcher;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** How long a task takes to be handed over; a kill in this time finds nothing to end. */
  readonly startDelayMs?: Millis;
  /** Where its API listens, `host:port`; absent: nowhere, and no framework's own executor can run. */
  readonly endpoint?: string;
}
