/**
 * Does `work` for every item, at most `concurrency` at once, starting in order. All are tried, also
 * when some fail. @returns what became of each, in the order of the items
 */
export async function inGroups<T, R>(
  items: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<R>,
): Promise<readonly PromiseSettledResult<R>[]> {
  const results: PromiseSettledResult<R>[] = Array.from({ length: items.length });
  let next = 0;

  async function worker(): Promise<void> {
    while (next < items.length) {
      const at = next++;
      const item = items[at] as T;
      results[at] = await work(item).then(
        (value) => ({ status: 'fulfilled', value }),
        (reason: unknown) => ({ status: 'rejected', reason }),
      );
    }
  }

  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
  return results;
}

/** Throws the first failure, if there was one. */
export function throwFirst(results: readonly PromiseSettledResult<unknown>[]): void {
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
