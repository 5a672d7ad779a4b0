/** Whole numbers from `begin` to `end`, both included. Lists of them are ascending and apart. */
export interface Span {
  readonly begin: number;
  readonly end: number;
}

export function countOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { begin, end }) => sum + end - begin + 1, 0);
}

/** The lowest `count` numbers, as many as there are, and what is left. */
export function takeLowest(
  spans: readonly Span[],
  count: number,
): { readonly taken: readonly number[]; readonly left: readonly Span[] } {
  const taken: number[] = [];
  const left: Span[] = [];
  for (const { begin, end } of spans) {
    let next = begin;
    while (taken.length < count && next <= end) taken.push(next++);
    if (next <= end) left.push({ begin: next, end });
  }
  return { taken, left };
}

export function without(spans: readonly Span[], numbers: readonly number[]): readonly Span[] {
  return numbers.reduce<readonly Span[]>(withoutOne, spans);
}

function withoutOne(spans: readonly Span[], number: number): readonly Span[] {
  return spans.flatMap(({ begin, end }) => {
    if (number < begin || end < number) return [{ begin, end }];
    const lower = begin < number ? [{ begin, end: number - 1 }] : [];
    return number < end ? [...lower, { begin: number + 1, end }] : lower;
  });
}

/** Puts numbers back; neighbours become one span. */
export function withNumbers(spans: readonly Span[], numbers: readonly number[]): readonly Span[] {
  const all = [...spans, ...numbers.map((number) => ({ begin: number, end: number }))];
  const joined: Span[] = [];
  for (const span of all.toSorted((a, b) => a.begin - b.begin)) {
    const last = joined.at(-1);
    if (last === undefined || span.begin > last.end + 1) joined.push(span);
    else joined[joined.length - 1] = { begin: last.begin, end: Math.max(last.end, span.end) };
  }
  return joined;
}
