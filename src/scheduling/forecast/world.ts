import type { Agent, CapacityGroup, Job, Task, Volume } from '../../api/kinds.gen.ts';
import type { Millis } from '../../api/object.ts';
import type { Home } from '../objects/view.ts';
import type { Catalog } from '../place/catalog.ts';

/** A fault domain as it is, and what would be otherwise. */
export interface ForecastWorld {
  readonly home: Home;
  readonly agents: readonly Agent[];
  readonly tasks: readonly Task[];
  readonly jobs: readonly Job[];
  readonly groups: readonly CapacityGroup[];
  readonly volumes: readonly Volume[];
  readonly now: Millis;
  /** Jobs as they would be. */
  readonly changed: readonly Job[];
  /** Whether the agent would be gone. */
  fails(agent: Agent): boolean;
  /** Agents that would be there beside. */
  readonly added: readonly Agent[];
  /** Whether the whole fault domain would be gone. */
  readonly isLost: boolean;
  /** The rules, fitness and schedulers that are known here; the server may have more. */
  readonly catalog: Catalog;
}

/** The job that a task is of, as `namespace/name`. */
export function jobOf({ metadata, spec }: Task): string {
  return `${metadata.namespace ?? 'default'}/${spec.jobName}`;
}
