import type { Job } from '../../src/api/kinds.gen.ts';

/** The stored record of a task that cannot be read: for all that is known the task runs. */
export interface UnreadableTask {
  readonly namespace?: string;
  readonly name: string;
  readonly error: string;
}

/** How often it is looked at whether it is mended: nobody tells of a record that was removed. */
export const MENDED_AGAIN_MS = 5_000;

/** Those of a job here, by their instance: the name of a task says whose it is. */
export function unreadableOf(
  { metadata: { name: job, namespace } }: Job,
  home: string,
  records: readonly UnreadableTask[],
): ReadonlyMap<string, UnreadableTask> {
  const found = new Map<string, UnreadableTask>();
  const start = `${job}-${home}-`;
  for (const record of records) {
    if (record.namespace !== namespace || !record.name.startsWith(start)) continue;
    const slot = /^(?<slot>.+)-\d+$/.exec(record.name.slice(start.length))?.groups?.slot;
    if (slot !== undefined) found.set(slot, record);
  }
  return found;
}

const SHOWN_MAX = 10;
const WORDS_MAX = 300;

/** What is shown of them: the first ten. */
export function unreadableShown(
  records: readonly UnreadableTask[],
): readonly { readonly task: string; readonly message: string }[] {
  return records
    .slice(0, SHOWN_MAX)
    .map(({ name, error }) => ({ task: name, message: error.slice(0, WORDS_MAX) }));
}
