import type { Profile } from '../place/profile.ts';

/** The tasks of one job that may move: they are all alike. */
export interface Crew {
  /** `namespace/name` */
  readonly job: string;
  readonly profile: Profile;
  readonly members: readonly Member[];
  /** How many of them may be told to move now. */
  readonly left: number;
  /** Agents that did not take a task of the job lately. */
  readonly avoids: ReadonlySet<string>;
}

export interface Member {
  /** Of the task in the snapshot. */
  readonly key: string;
  readonly agent: string;
}

/** A task, and the agent that has been found to have room for the one that follows it. */
export interface Move {
  readonly key: string;
  readonly job: string;
  readonly from: string;
  readonly to: string;
  readonly why: 'Spread' | 'Packing';
  /** The deviation before and after: of the job's spread, or of the packing. It always falls. */
  readonly deviation: readonly [number, number];
}
