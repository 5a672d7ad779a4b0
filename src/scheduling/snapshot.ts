import type { Span } from './ports.ts';

/** What a task asks for. Processor shares are counted in thousandths, so that sums are exact. */
export interface Ask {
  readonly cpusMilli: number;
  readonly memoryMiB: number;
  readonly diskMiB: number;
  readonly ports: number;
}

/** A task that waits for an agent. */
export interface Waiting {
  /** What names it in the answer. */
  readonly key: string;
  /** Its job, as `namespace/name`: tasks of one job are spread. */
  readonly job: string;
  readonly ask: Ask;
  /** The only agent that it may run on. */
  readonly agent?: string;
}

/** An agent with what it has and what of that is offered now. */
export interface AgentView {
  /** Its name as the Agent object has it; ties are broken by it. */
  readonly name: string;
  readonly agentId: string;
  readonly unschedulable: boolean;
  readonly total: Omit<Ask, 'ports'>;
  readonly free: Omit<Ask, 'ports'>;
  readonly ports: readonly Span[];
  /** Live tasks on it, by job. */
  readonly jobs: ReadonlyMap<string, number>;
}

/** The cluster as one placement pass sees it. */
export interface Snapshot {
  readonly agents: readonly AgentView[];
}

export function toMilli(cpus: number): number {
  return Math.round(cpus * 1000);
}
