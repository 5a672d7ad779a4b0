import type { Agent, CapacityGroup, FaultDomain, Job, Task, Volume } from '../../api/kinds.gen.ts';
import type { Millis } from '../../api/object.ts';
import type { Plugin } from '../../scheduling/place/catalog.ts';

/** A fault domain as its API showed it at one moment. */
export interface RecordedDomain {
  readonly domain: FaultDomain;
  readonly agents: readonly Agent[];
  readonly groups: readonly CapacityGroup[];
  readonly jobs: readonly Job[];
  readonly tasks: readonly Task[];
  readonly volumes: readonly Volume[];
}

/** Something that fails: a fault domain, a zone, an agent, or an attribute as `rack=r1`. */
export interface Strike {
  readonly name: string;
  /** After the start. */
  readonly afterMs: Millis;
}

/** What is asked. */
export interface Question {
  readonly domains: readonly RecordedDomain[];
  /** Jobs that are applied at the start, in place of those of the same names. */
  readonly jobs: readonly Job[];
  /** Capacity groups, likewise. */
  readonly groups: readonly CapacityGroup[];
  readonly strikes: readonly Strike[];
  readonly startAt: Millis;
  readonly spanMs: Millis;
  readonly seed: number;
  readonly plugins: readonly Plugin[];
  /** Told now and then how much has been played. */
  readonly progress: (playedMs: Millis) => void;
}

/** How a job fares in one fault domain. */
export interface JobStory {
  readonly job: string;
  readonly domain: string;
  readonly wanted: number;
  /** At the end. */
  readonly running: number;
  /** The fewest that ran at any time. */
  readonly least: number;
  /** From the first failure until as many ran as are wanted, for good; `null` where they never did, absent where there never were too few. */
  readonly wholeAfterMs?: Millis | null;
  /** Why tasks wait at the end. */
  readonly waiting: readonly { readonly tasks: number; readonly why: string }[];
}

/** The most that was in use of a fault domain at one time, as parts of all that its machines had at the start. */
export interface DomainStory {
  readonly domain: string;
  readonly agents: number;
  readonly failedAgents: number;
  readonly peakCpus: number;
  readonly peakMemory: number;
}

/** What happened in a fault domain within a minute, or what failed. */
export interface Happening {
  readonly afterMs: Millis;
  readonly domain: string;
  readonly what: string;
}

export interface Answer {
  readonly seed: number;
  readonly startAt: string;
  readonly spanMs: Millis;
  /** Instances that did not come to run where they were recorded. */
  readonly elsewhere: number;
  readonly domains: readonly DomainStory[];
  readonly jobs: readonly JobStory[];
  readonly happenings: readonly Happening[];
  /** Whether every job has all its tasks at the end. */
  readonly whole: boolean;
}
