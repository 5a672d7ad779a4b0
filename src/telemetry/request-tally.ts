import type { Asked } from '../apiserver/port.ts';

/** Upper bounds in seconds. */
const BUCKETS = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

const REQUESTS = 'apiserver_request_total';
const DURATION = 'apiserver_request_duration_seconds';

/** The counts of requests that asked for the same. */
interface Tally {
  readonly asked: Asked;
  readonly labels: string;
  readonly codes: Map<number, number>;
  /** How many took up to each bound and longer than the one before; the last: longer than all. */
  readonly buckets: number[];
  seconds: number;
}

/**
 * Counts the API's requests by what they asked for. Every request is counted, so it costs a look-up and some
 * additions; what Prometheus is to read is put together when it asks.
 */
export interface RequestTally {
  answered(asked: Asked, code: number, seconds: number): void;
  /** In Prometheus' text format. */
  text(): string;
}

/** What is asked for comes from what is served, so there are not more tallies than that. */
export function createRequestTally(): RequestTally {
  // By the resource, which tells nearly all apart: no key is put together for each request.
  const tallies = new Map<string, Tally[]>();

  function tallyOf(asked: Asked): Tally {
    const { resource } = asked;
    const alike = tallies.get(resource) ?? [];
    const known = alike.find((tally) => isSame(tally.asked, asked));
    if (known !== undefined) return known;
    const made: Tally = {
      asked,
      labels: labelText(asked),
      codes: new Map(),
      buckets: Array.from({ length: BUCKETS.length + 1 }, () => 0),
      seconds: 0,
    };
    tallies.set(resource, [...alike, made]);
    return made;
  }

  return {
    answered(asked, code, seconds) {
      const tally = tallyOf(asked);
      tally.codes.set(code, (tally.codes.get(code) ?? 0) + 1);
      if (asked.verb === 'WATCH') return;
      let place = 0;
      while (seconds > (BUCKETS[place] ?? Number.POSITIVE_INFINITY)) place += 1;
      tally.buckets[place] = (tally.buckets[place] ?? 0) + 1;
      tally.seconds += seconds;
    },
    text() {
      const all = [...tallies.values()].flat();
      return [
        `# HELP ${REQUESTS} Answered requests.`,
        `# TYPE ${REQUESTS} counter`,
        ...all.flatMap(countLines),
        `# HELP ${DURATION} How long requests took, without watches.`,
        `# TYPE ${DURATION} histogram`,
        ...all.flatMap(durationLines),
        '',
      ].join('\n');
    },
  };
}

function isSame(a: Asked, b: Asked): boolean {
  return (
    a.verb === b.verb &&
    a.group === b.group &&
    a.version === b.version &&
    a.subresource === b.subresource
  );
}

function labelText(asked: Asked): string {
  const { verb, group, version, resource, subresource } = asked;
  return Object.entries({ verb, group, version, resource, subresource })
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',');
}

function countLines({ labels, codes }: Tally): string[] {
  return [...codes].map(([code, count]) => `${REQUESTS}{${labels},code="${code}"} ${count}`);
}

function durationLines({ labels, buckets, seconds }: Tally): string[] {
  let sum = 0;
  const lines = buckets.map((count, place) => {
    sum += count;
    return `${DURATION}_bucket{${labels},le="${BUCKETS[place] ?? '+Inf'}"} ${sum}`;
  });
  if (sum === 0) return [];
  return [...lines, `${DURATION}_sum{${labels}} ${seconds}`, `${DURATION}_count{${labels}} ${sum}`];
}
