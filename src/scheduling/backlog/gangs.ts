import type { Job, Task } from '../../api/kinds.gen.ts';
import { parseLocation, scaleLocations } from '../../api/location.ts';
import type { Entry } from '../queue/entry.ts';
import { assembleGang } from '../queue/gang.ts';
import { entryOf } from './read.ts';

/** A job whose tasks start together, with its tasks here. */
interface GangJob {
  readonly job: Job;
  /** The fault domain that is here. */
  readonly home: string;
  readonly waiting: readonly Task[];
  /** How many tasks have an agent. */
  readonly bound: number;
  /** Whether others are being stopped for the task. */
  isPromised(task: Task): boolean;
}

/** What of the job's waiting tasks may be offered now. */
export function gangEntries(gang: GangJob): readonly Entry[] {
  const { job, waiting, bound } = gang;
  return assembleGang({
    key: `gang/${job.metadata.uid}`,
    size: gangSize(gang),
    started: bound > 0,
    waiting: waiting.map((task) => entryOf(task, { job, promised: gang.isPromised(task) })),
  });
}

/** How many members the gang lacks before it can start; 0 once it has. */
export function missingMembers(gang: GangJob): number {
  return gang.bound > 0 ? 0 : Math.max(0, gangSize(gang) - gang.waiting.length);
}

/** As the job says, but no more than the instances here that have not ended for good. */
function gangSize(gang: GangJob): number {
  return Math.max(1, Math.min(gang.job.spec.gang?.size ?? Number.POSITIVE_INFINITY, wanted(gang)));
}

function wanted({ job, home, waiting }: GangJob): number {
  const own = job.status?.domains?.find(({ name }) => name === home);
  if (own?.desired !== undefined && own.observedGeneration === job.metadata.generation) {
    return own.desired - (own.succeeded ?? 0) - (own.failed ?? 0);
  }
  const parsed = parseLocation(job.spec.location);
  if (!parsed.ok) return waiting.length;
  const locations = scaleLocations(parsed.locations, job.spec.replicas);
  const count = locations.find(({ domain }) => domain === home)?.count;
  return typeof count === 'number' ? count : waiting.length;
}
