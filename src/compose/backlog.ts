import type { ApiObject } from '../api/object.ts';
import type { Change, Informer } from '../runtime/informer.ts';
import type { Clock } from '../runtime/port.ts';
import { inSlices } from '../runtime/slices.ts';
import { type Backlog, createBacklog } from '../scheduling/backlog/backlog.ts';
import type { Home } from '../scheduling/objects/view.ts';
import type { Informers } from './informers.ts';

/**
 * The backlog of the fault domain, in step with what the informers know. It must be made before
 * anything that reads it, so that it has heard of a change when others are told. Resolves when it knows
 * all that there is, which it reads in slices.
 */
export async function followBacklog(
  informers: Pick<Informers, 'groups' | 'agents' | 'jobs' | 'tasks'>,
  { home, clock }: { readonly home: Home; readonly clock: Clock },
): Promise<Backlog> {
  const backlog = createBacklog(home);
  const reads = [
    follow(informers.groups, backlog.putGroup, backlog.dropGroup),
    follow(informers.agents, backlog.putAgent, backlog.dropAgent),
    follow(informers.jobs, backlog.putJob, backlog.dropJob),
    follow(informers.tasks, backlog.putTask, backlog.dropTask),
  ];
  for (const read of reads) await inSlices(read, clock);
  return backlog;
}

/** Objects that are read in one step. */
const STEP_OBJECTS = 100;

/** What changes from now on is heard of; what there is already is read in the steps that are returned. */
function follow<T extends ApiObject>(
  informer: Informer<T>,
  put: (object: T) => void,
  drop: (object: T) => void,
): Generator<void, void> {
  informer.onChange(({ now, before }: Change<T>) => {
    // One of the same name may have taken its place unseen.
    if (before !== undefined && before.metadata.uid !== now?.metadata.uid) drop(before);
    if (now !== undefined) put(now);
  });
  return reading(informer, put);
}

function* reading<T extends ApiObject>(
  informer: Informer<T>,
  put: (object: T) => void,
): Generator<void, void> {
  let looked = 0;
  for (const object of informer.values()) {
    put(object);
    if (looked++ % STEP_OBJECTS === 0) yield;
  }
}
