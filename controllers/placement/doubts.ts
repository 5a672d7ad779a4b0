import type { Task } from '../../src/api/kinds.gen.ts';
import { phaseOf } from '../../src/api/task.ts';
import type { Informer } from '../../src/runtime/informer.ts';

/** Tasks whose binding may be stored although its write failed: nobody has sent them, and nobody else will. */
export interface Doubts {
  note(task: Task): void;
  clear(task: Task): void;
  /** Those of them that are found bound. */
  found(): readonly Task[];
  stop(): void;
}

/** `wake` is called when one is found. */
export function createDoubts(
  tasks: Pick<Informer<Task>, 'by' | 'onChange'>,
  wake: () => void,
): Doubts {
  const uids = new Set<string>();
  const stop = tasks.onChange(({ now, before }) => {
    const uid = (now ?? before)?.metadata.uid ?? '';
    if (!uids.has(uid)) return;
    if (now === undefined) uids.delete(uid);
    else if (isBound(now)) wake();
  });
  return {
    note: ({ metadata }) => void uids.add(metadata.uid),
    clear: ({ metadata }) => void uids.delete(metadata.uid),
    found: () => [...uids].flatMap((uid) => tasks.by('uid', uid)).filter(isBound),
    stop,
  };
}

function isBound(task: Task): boolean {
  return phaseOf(task) === 'Staging' && task.status?.mesosTaskId !== undefined;
}
