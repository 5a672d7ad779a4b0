/** Host ports as inclusive ranges, ascending. */
export interface Span {
  readonly begin: number;
  readonly end: number;
}

export function countPorts(spans: readonly Span[]): number {
  return spans.reduce((sum, { begin, end }) => sum + end - begin + 1, 0);
}

/** The lowest `count` ports, and what is left; there must be that many. */
export function takePorts(
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
