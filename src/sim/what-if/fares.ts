import type { Millis } from '../../api/object.ts';
import type { Clock } from '../../runtime/port.ts';
import type { JobStory } from './port.ts';

type Faring = Pick<JobStory, 'job' | 'wanted' | 'running' | 'least' | 'wholeAfterMs'>;

/** How jobs fare in one fault domain: how many of their tasks run, and since when enough do. */
export interface Fares {
  /** One more task of the job runs, or one fewer. */
  ran(job: string, by: 1 | -1): void;
  /** All that became of one task has been counted. */
  weigh(job: string): void;
  /** How many tasks jobs want now. */
  want(wanted: ReadonlyMap<string, number>): void;
  /** Counts anew from here. */
  begin(): void;
  /** Jobs that want tasks, or have some; spans are counted from this moment. */
  rows(from: Millis): readonly Faring[];
}

interface Fare {
  running: number;
  least: number;
  wanted: number;
  wasShort: boolean;
  /** Since when it has had all, while it has. */
  wholeSince: Millis | undefined;
}

export function createFares(clock: Pick<Clock, 'now'>): Fares {
  const fares = new Map<string, Fare>();

  function fareOf(job: string): Fare {
    const found = fares.get(job);
    if (found !== undefined) return found;
    const made = { running: 0, least: 0, wanted: 0, wasShort: false, wholeSince: clock.now() };
    fares.set(job, made);
    return made;
  }

  function weigh(job: string): void {
    const fare = fareOf(job);
    fare.least = Math.min(fare.least, fare.running);
    if (fare.running >= fare.wanted) fare.wholeSince ??= clock.now();
    else {
      fare.wasShort = true;
      fare.wholeSince = undefined;
    }
  }

  return {
    ran(job, by) {
      fareOf(job).running += by;
    },
    weigh,
    want(wanted) {
      for (const [job, count] of wanted) {
        fareOf(job).wanted = count;
        weigh(job);
      }
    },
    begin() {
      for (const [job, fare] of fares) {
        Object.assign(fare, { least: fare.running, wasShort: false });
        weigh(job);
      }
    },
    rows: (from) =>
      [...fares].flatMap(([job, { wanted, running, least, wasShort, wholeSince }]) => {
        if (wanted === 0 && running === 0) return [];
        const whole = wholeSince === undefined ? null : Math.max(0, wholeSince - from);
        return [{ job, wanted, running, least, ...(wasShort ? { wholeAfterMs: whole } : {}) }];
      }),
  };
}
