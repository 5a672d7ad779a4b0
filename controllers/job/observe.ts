import { guardOf, isFrozen, replacementsPerMinute } from '../../src/api/guard.ts';
import type {
  Agent,
  CapacityGroup,
  FaultDomain,
  Job,
  JobRevision,
  Task,
} from '../../src/api/kinds.gen.ts';
import { isLive } from '../../src/api/task.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import type { Clock } from '../../src/runtime/port.ts';
import { createRateLimit, type RateLimit } from '../../src/runtime/rate-limit.ts';
import { groupOf } from '../../src/scheduling/backlog/read.ts';
import { createExpectations, type Expectations } from './expectations.ts';
import { createNumbering } from './numbering.ts';
import type { JobWorld } from './plan.ts';
import type { Home } from './share.ts';
import { type UnreadableTask, unreadableOf } from './unreadable.ts';

/** What a job is decided from. */
export interface JobSources {
  readonly home: Home;
  /** With an index `job`: the owning job's uid. */
  readonly tasks: Informer<Task>;
  readonly agents: Informer<Agent>;
  readonly domains: Informer<FaultDomain>;
  readonly groups: Informer<CapacityGroup>;
  /** With an index `after`: `namespace/name` of each job that it depends on. */
  readonly jobs: Informer<Job>;
  /** With an index `job`: the owning job's uid. */
  readonly revisions: Informer<JobRevision>;
  /** Tasks whose records cannot be read, of all jobs; absent, there never are any. */
  readonly unreadable?: (() => readonly UnreadableTask[]) | undefined;
}

/** What bounds all jobs of the fault domain together. */
export interface Limits {
  readonly launches: RateLimit;
  readonly replacements: RateLimit;
  readonly disruptions: RateLimit;
}

/** Reads all that one look at a job needs. */
export function observer(sources: JobSources & { readonly clock: Clock }): {
  readonly limits: Limits;
  readonly expectations: Pick<Expectations, 'deleted'>;
  observe(job: Job): JobWorld;
  /** It is gone. */
  forget(job: Job): void;
} {
  const { clock, home, tasks, domains, groups, jobs, revisions } = sources;
  const here = () => domains.get(home.name);
  const limits: Limits = {
    launches: createRateLimit({ clock, perMinute: () => guardOf(here()).launchesPerMinute }),
    replacements: createRateLimit({
      clock,
      perMinute: () => replacementsPerMinute(here(), tasks.count('mesos', 'yes')),
      // Who led before may have replaced as many a moment ago.
      beginsSpent: true,
    }),
    disruptions: createRateLimit({ clock, perMinute: () => guardOf(here()).disruptionsPerMinute }),
  };
  const numbering = createNumbering(home.name);
  const expectations = createExpectations();
  const all = surroundings(sources);
  return {
    limits,
    expectations,
    forget: (job) => numbering.forget(job),
    observe(job) {
      const { namespace = 'default' } = job.metadata;
      const now = clock.now();
      const { tasks: own, until } = expectations.applied(tasks.by('job', job.metadata.uid), now);
      const group = groups.get(groupOf(job));
      const { jobLaunchesPerSecond, jobTasksStarting } = guardOf(here());
      return {
        frozen: isFrozen(here()),
        launchesLeft: limits.launches.left(),
        jobLaunchesPerSecond,
        jobTasksStarting,
        replacementsLeft: limits.replacements.left(),
        disruptionsLeft: limits.disruptions.left(),
        preemptible: group?.spec.preemptible ?? false,
        hasOwnGroup: group !== undefined,
        home,
        now,
        tasks: own,
        expectedUntil: until,
        unreadable: unreadableOf(job, home.name, sources.unreadable?.() ?? []),
        attempts: numbering.see(job, own),
        ...all(),
        revisions: revisions.by('job', job.metadata.uid),
        findJob: (name) => jobs.get(`${namespace}/${name}`),
        dependents: jobs.by('after', `${namespace}/${job.metadata.name}`),
        runsHere: ({ metadata }) => tasks.by('job', metadata.uid).some(isLive),
      };
    },
  };
}

/** Agents and fault domains: the same lists until one of them changes, since there may be many, and each look asks. */
function surroundings({ agents, domains }: Pick<JobSources, 'agents' | 'domains'>) {
  let lists: Pick<JobWorld, 'agents' | 'domains'> | undefined;
  for (const informer of [agents, domains]) {
    informer.onChange(() => {
      lists = undefined;
    });
  }
  return () => {
    lists ??= { agents: [...agents.values()], domains: [...domains.values()] };
    return lists;
  };
}
