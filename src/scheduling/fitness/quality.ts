import type { Millis } from '../../api/object.ts';

/** What speaks against an agent. */
export type Fault = 'LostBeforeStart' | 'LostAfterStart' | 'StartError' | 'Crash';

/** How much each counts against it (Titus). */
const WEIGHTS: Readonly<Record<Fault, number>> = {
  LostBeforeStart: 0.3,
  LostAfterStart: 0.1,
  StartError: 0.5,
  Crash: 0.3,
};

const KEPT_MS = 300_000;
const MINUTE_MS = 60_000;
const FAULTS_MAX = 50;

/** How far agents have deserved trust lately. Faults are forgotten after five minutes, or by one clean start. */
interface QualityRecord {
  fault(agent: string, fault: Fault, at: Millis): void;
  cleanStart(agent: string): void;
  /** `1 − Σ weight / (1 + age in whole minutes)`, from 0 to 1. */
  quality(agent: string, now: Millis): number;
  /** The agents that anything speaks against. */
  marked(now: Millis): readonly string[];
}

interface Noted {
  readonly fault: Fault;
  readonly at: Millis;
}

export function createQualityRecord(): QualityRecord {
  const faults = new Map<string, readonly Noted[]>();

  function fresh(agent: string, now: Millis): readonly Noted[] {
    const kept = (faults.get(agent) ?? []).filter(({ at }) => now - at < KEPT_MS);
    if (kept.length === 0) faults.delete(agent);
    else faults.set(agent, kept);
    return kept;
  }

  return {
    fault(agent, fault, at) {
      const noted = [...(faults.get(agent) ?? []), { fault, at }];
      faults.set(agent, noted.slice(-FAULTS_MAX));
    },
    cleanStart: (agent) => faults.delete(agent),
    quality(agent, now) {
      const against = fresh(agent, now).reduce(
        (sum, { fault, at }) => sum + WEIGHTS[fault] / (1 + Math.floor((now - at) / MINUTE_MS)),
        0,
      );
      return Math.max(0, 1 - against);
    },
    marked: (now) => [...faults.keys()].filter((agent) => fresh(agent, now).length > 0),
  };
}
