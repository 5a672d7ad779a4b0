import type { ApiObject } from '../api/object.ts';
import type { Change, Informer } from '../runtime/informer.ts';
import { type Backlog, createBacklog } from '../scheduling/backlog/backlog.ts';
import type { Informers } from './informers.ts';

/**
 * The backlog of the fault domain `home`, in step with what the informers know. It must be made before
 * anything that reads it, so that it has heard of a change when others are told.
 */
export function followBacklog(informers: Informers, home: string): Backlog {
  const backlog = createBacklog(home);
  follow(informers.groups, backlog.putGroup, backlog.dropGroup);
  follow(informers.agents, backlog.putAgent, backlog.dropAgent);
  follow(informers.jobs, backlog.putJob, backlog.dropJob);
  follow(informers.tasks, backlog.putTask, backlog.dropTask);
  return backlog;
}

function follow<T extends ApiObject>(
  informer: Informer<T>,
  put: (object: T) => void,
  drop: (object: T) => void,
): void {
  for (const object of informer.values()) put(object);
  informer.onChange(({ now, before }: Change<T>) => {
    // One of the same name may have taken its place unseen.
    if (before !== undefined && before.metadata.uid !== now?.metadata.uid) drop(before);
    if (now !== undefined) put(now);
  });
}
