import type { Agent, Job, Task, Volume } from '../../src/api/kinds.gen.ts';
import { type Millis, toTimestamp } from '../../src/api/object.ts';
import { isLive } from '../../src/api/task.ts';
import { taskDraft } from '../../src/api/task-draft.ts';
import { taskShape } from '../../src/api/task-shape.ts';
import type { Runtime } from '../../src/runtime/controller.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import { readSecrets } from '../../src/runtime/secrets.ts';
import { inSlices } from '../../src/runtime/slices.ts';
import type { Backlog } from '../../src/scheduling/backlog/backlog.ts';
import { groupOf } from '../../src/scheduling/backlog/read.ts';
import { foresee } from '../../src/scheduling/explain/foresee.ts';
import type { Catalog } from '../../src/scheduling/place/catalog.ts';
import type { JobPlan } from './plan.ts';
import type { Home } from './share.ts';

export interface ForesightSources {
  readonly backlog: Pick<Backlog, 'all' | 'profile' | 'roleOf' | 'keepers' | 'schedulerOf'>;
  readonly catalog: Catalog;
  readonly volumes: Informer<Volume>;
}

interface ForesightOptions extends Pick<Runtime, 'client' | 'clock'>, ForesightSources {
  readonly home: Home;
  readonly agents: Informer<Agent>;
}

/** Sees whether a new version could start, before anything is stopped for it. */
export interface Foresight {
  /** What the newest version, for which the plan would stop tasks, waits for, as `a Secret: why`; `undefined` where nothing. */
  lackOf(job: Job, plan: JobPlan, tasks: readonly Task[]): Promise<string | undefined>;
  /** It is gone. */
  forget(job: Job): void;
}

/** What was seen of a version; that there is room is not looked at twice. */
interface Seen {
  readonly revision: string;
  readonly lack: string | undefined;
  readonly at: Millis;
}

/** How long a version for which there is no room is not looked at again. */
const ROOM_AGAIN_MS = 10_000;

export function createForesight(options: ForesightOptions): Foresight {
  const { client, clock, home, agents, volumes, backlog, catalog } = options;
  /** By the uids of jobs: one entry for each that there is. */
  const seen = new Map<string, Seen>();

  async function roomLack(job: Job, revision: string, victims: readonly Task[]) {
    const [first] = victims;
    const known = seen.get(job.metadata.uid);
    const now = clock.now();
    const isFresh = known?.lack === undefined || now < known.at + ROOM_AGAIN_MS;
    if (known?.revision === revision && isFresh) return known.lack;
    if (first === undefined || first.spec.agent !== undefined) return undefined;
    const next = { attempt: 0, retries: 0, freeRestarts: 0 };
    const draft = taskDraft(job, { slot: first.spec.slot, revision, next }, home.name);
    const steps = foresee(planned(draft, now), {
      home,
      agents: [...agents.values()],
      backlog,
      catalog,
      now,
      group: groupOf(job),
      priority: job.spec.priority ?? 0,
      leaving: new Set(victims.map(({ metadata }) => metadata.uid)),
      volume: (key) => volumes.get(key),
    });
    const lack = await inSlices(steps, clock);
    seen.set(job.metadata.uid, { revision, lack, at: now });
    return lack;
  }

  return {
    async lackOf(job, plan, tasks) {
      const victims = victimsOf(plan, tasks);
      if (victims.length === 0) return undefined;
      const naming = { metadata: job.metadata, spec: taskShape(job) };
      const secret = (await readSecrets(client, [naming])).missing(naming);
      if (secret !== undefined) return `a Secret: ${secret}`;
      return roomLack(job, plan.revision, victims);
    },
    forget: ({ metadata }) => {
      seen.delete(metadata.uid);
    },
  };
}

/** Tasks that are stopped before one of the newest version has started in their place. */
function victimsOf({ stops }: JobPlan, tasks: readonly Task[]): readonly Task[] {
  const replaced = stops.flatMap(({ task, why }) => (why === 'NewRevision' ? [task] : []));
  if (replaced.length === 0) return replaced;
  const live = Map.groupBy(tasks.filter(isLive), ({ spec }) => spec.slot);
  const isAlone = ({ metadata, spec }: Task) =>
    live.get(spec.slot)?.every(({ metadata: other }) => other.uid === metadata.uid) ?? true;
  return replaced.filter(isAlone);
}

/** The task as it would be once it is made. */
function planned(draft: ReturnType<typeof taskDraft>, now: Millis): Task {
  const { name = '', uid = `planned/${name}` } = draft.metadata;
  const made = { resourceVersion: '0', generation: 1, creationTimestamp: toTimestamp(now) };
  return { ...draft, metadata: { ...draft.metadata, name, uid, ...made } };
}
