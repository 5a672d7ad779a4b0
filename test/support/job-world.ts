import type { JobWorld } from '../../controllers/job/plan.ts';
import { START } from './clock.ts';

/** What a job sees in dc1 when tests begin: nothing, and nothing in the way. */
export const AN_EMPTY_WORLD: JobWorld = {
  home: { name: 'dc1', region: 'us-east-1' },
  now: START,
  domains: [],
  agents: [],
  tasks: [],
  expectedUntil: Number.POSITIVE_INFINITY,
  unreadable: new Map(),
  attempts: new Map(),
  revisions: [],
  frozen: false,
  launchesLeft: Number.POSITIVE_INFINITY,
  jobLaunchesPerSecond: Number.POSITIVE_INFINITY,
  jobTasksStarting: 300,
  replacementsLeft: Number.POSITIVE_INFINITY,
  disruptionsLeft: Number.POSITIVE_INFINITY,
  preemptible: false,
  hasOwnGroup: false,
  findJob: () => undefined,
  dependents: [],
  runsHere: () => false,
};
