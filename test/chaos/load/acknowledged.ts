/** When writes were acknowledged, on the clock of `performance.now()`. */
export interface Acknowledged {
  readonly count: number;
  note(): void;
  /** The longest time without one, of the span from `from` to `to`. */
  gapMs(from: number, to: number): number;
}

export function createAcknowledged(): Acknowledged {
  const times: number[] = [];
  return {
    get count() {
      return times.length;
    },
    note: () => void times.push(performance.now()),
    gapMs(from, to) {
      const within = times.filter((time) => time > from && time < to);
      const ends = [from, ...within, to];
      return Math.max(
        ...within.map((time, index) => time - (ends[index] ?? from)),
        to - (ends.at(-2) ?? from),
      );
    },
  };
}
