import type { Millis } from '../api/object.ts';
import type { Clock, Log, Random } from '../runtime/port.ts';
import type { Framework, FrameworkHost, FrameworkInfo, FrameworkMetrics, Master } from './port.ts';
import { Session } from './session.ts';

export interface SessionOptions {
  /** The first wait after a loss, doubled up to `backoffMaxMs`, each drawn from 0 to its length. */
  readonly backoffMs?: Millis;
  readonly backoffMaxMs?: Millis;
  readonly reconcileEveryMs?: Millis;
  /** Offers held this long without use are given back for `unusedRefuseMs`. */
  readonly holdMs?: Millis;
  readonly unusedRefuseMs?: Millis;
  readonly idleRefuseMs?: Millis;
  /** Updates of different tasks that are made durable at once. */
  readonly updatesAtOnce?: number;
}

export interface FrameworkOptions {
  readonly master: Master;
  readonly framework: FrameworkInfo;
  readonly host: FrameworkHost;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Absent: nothing is counted. */
  readonly metrics?: FrameworkMetrics;
  readonly options?: SessionOptions;
}

export interface RunningFramework extends Framework {
  /** Leaves the master without ending the framework: tasks run on. */
  stop(): Promise<void>;
}

/** Starts a framework's session, which goes on by itself until `stop`. */
export function startFramework(start: FrameworkOptions): RunningFramework {
  return new Session(start);
}
