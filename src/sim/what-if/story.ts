import { JOB, TASK, type Task } from '../../api/kinds.gen.ts';
import { keyOf, keyText, type Millis } from '../../api/object.ts';
import { toldToWait } from '../../api/scheduled.ts';
import { isLive, phaseOf } from '../../api/task.ts';
import type { Client } from '../../registry/port.ts';
import type { Clock } from '../../runtime/port.ts';
import { createFares } from './fares.ts';
import type { DomainStory, Happening, JobStory } from './port.ts';

/** What is seen of one fault domain while it is played, at the cost of what changes. */
export interface Story {
  readonly tasks: ReadonlyMap<string, Task>;
  /** How many tasks have no agent yet. */
  waiting(): number;
  /** When a task last changed. */
  changedAt(): Millis;
  /** Counts from now on. */
  begin(): Promise<void>;
  /** Sees how many tasks jobs want in the end. */
  end(): Promise<void>;
  note(what: string): void;
  happenings(): readonly Happening[];
  peaks(): Pick<DomainStory, 'peakCpus' | 'peakMemory'>;
  /** How every job fares that wants tasks here, or has some; counted from the first failure. */
  jobs(failedAt: Millis | undefined): readonly JobStory[];
}

export interface StoryOptions {
  readonly domain: string;
  readonly client: Client;
  readonly clock: Clock;
  readonly total: { readonly cpus: number; readonly memoryMiB: number };
  readonly signal: AbortSignal;
}

const MINUTE_MS = 60_000;
const REASONS_MAX = 3;
const CHANGES = ['cut off', 'lost', 'failed', 'stopped', 'ended well', 'made', 'started'] as const;
type Change = (typeof CHANGES)[number];

/** Follows the tasks of a fault domain until the signal aborts. */
export function tellStory({ domain, client, clock, total, signal }: StoryOptions): Story {
  const tasks = new Map<string, Task>();
  const fares = createFares(clock);
  const notes: Happening[] = [];
  const minutes = new Map<number, Map<Change, number>>();
  const use = { cpus: 0, memoryMiB: 0 };
  const peak = { ...use };
  let waiting = 0;
  let changedAt = clock.now();
  let beganAt: Millis | undefined;

  /** Adds what the task counts for, or takes it away. */
  function count(task: Task, sign: 1 | -1): void {
    const { cpus, memoryMiB } = task.spec;
    const phase = phaseOf(task);
    if (phase === 'Running') fares.ran(jobOf(task), sign);
    if (phase === 'Pending') waiting += sign;
    else if (isLive(task)) {
      use.cpus += sign * cpus;
      use.memoryMiB += sign * memoryMiB;
    }
  }

  function see(key: string, before: Task | undefined, now: Task | undefined): void {
    if (before !== undefined) count(before, -1);
    if (now === undefined) tasks.delete(key);
    else {
      tasks.set(key, now);
      count(now, 1);
    }
    const known = now ?? before;
    if (known !== undefined) fares.weigh(jobOf(known));
    peak.cpus = Math.max(peak.cpus, use.cpus);
    peak.memoryMiB = Math.max(peak.memoryMiB, use.memoryMiB);
    const change = changeOf(before, now);
    if (change !== undefined) happened(change);
  }

  function happened(change: Change): void {
    changedAt = clock.now();
    if (beganAt === undefined) return;
    const minute = Math.floor((changedAt - beganAt) / MINUTE_MS);
    const counts = minutes.get(minute) ?? new Map<Change, number>();
    minutes.set(minute, counts.set(change, (counts.get(change) ?? 0) + 1));
  }

  async function follow(): Promise<void> {
    const { resourceVersion: after } = await client.list(TASK);
    for await (const events of client.watch(TASK, { after }, signal)) {
      for (const { type, object } of events) {
        const key = keyText(keyOf(object));
        see(key, tasks.get(key), type === 'DELETED' ? undefined : object);
      }
    }
  }

  void follow();
  return {
    tasks,
    waiting: () => waiting,
    changedAt: () => changedAt,
    async begin() {
      fares.want(await wantedIn(domain, client));
      fares.begin();
      Object.assign(peak, use);
      beganAt = clock.now();
    },
    end: async () => fares.want(await wantedIn(domain, client)),
    note(what) {
      notes.push({ afterMs: clock.now() - (beganAt ?? clock.now()), domain, what });
    },
    happenings: () => [
      ...notes,
      ...[...minutes].map(([minute, counts]) => {
        return { afterMs: minute * MINUTE_MS, domain, what: changesText(counts) };
      }),
    ],
    peaks: () => ({
      peakCpus: part(peak.cpus, total.cpus),
      peakMemory: part(peak.memoryMiB, total.memoryMiB),
    }),
    jobs(failedAt) {
      const waits = waitsByJob(tasks.values());
      const rows = fares.rows(failedAt ?? beganAt ?? clock.now());
      return rows.map((row) => ({ ...row, domain, waiting: waits.get(row.job) ?? [] }));
    },
  };
}

/** How many tasks each job wants in the fault domain. */
async function wantedIn(domain: string, client: Client): Promise<ReadonlyMap<string, number>> {
  const { items } = await client.list(JOB);
  return new Map(
    items.map(({ metadata, status }) => {
      const here = status?.domains?.find(({ name }) => name === domain);
      return [keyText(keyOf({ metadata })), here?.desired ?? 0];
    }),
  );
}

function jobOf({ metadata: { namespace = 'default' }, spec }: Task): string {
  return `${namespace}/${spec.jobName}`;
}

function changeOf(before: Task | undefined, now: Task | undefined): Change | undefined {
  if (now === undefined) return undefined;
  if (before === undefined) return 'made';
  const phase = phaseOf(now);
  if (phase === phaseOf(before)) return undefined;
  if (phase === 'Unreachable') return 'cut off';
  if (phase === 'Running') return 'started';
  if (phase === 'Succeeded') return 'ended well';
  if (phase === 'Killed') return 'stopped';
  if (phase === 'Lost' || (phase === 'Failed' && now.status?.fault === 'System')) return 'lost';
  return phase === 'Failed' ? 'failed' : undefined;
}

function changesText(counts: ReadonlyMap<Change, number>): string {
  const said = CHANGES.filter((kind) => counts.has(kind));
  return said.map((kind) => `${counts.get(kind)} ${kind}`).join(', ');
}

function part(of: number, total: number): number {
  return total === 0 ? 0 : Math.round((of / total) * 1_000) / 1_000;
}

/** The reasons for which most tasks of each job wait. */
function waitsByJob(tasks: Iterable<Task>): ReadonlyMap<string, JobStory['waiting']> {
  const waiting = [...tasks].filter((task) => phaseOf(task) === 'Pending');
  return new Map(
    [...Map.groupBy(waiting, jobOf)].map(([job, own]) => {
      const reasons = Map.groupBy(own, ({ status }) => toldToWait(status) ?? 'not looked at yet');
      const said = [...reasons].map(([why, { length }]) => ({ tasks: length, why }));
      return [job, said.toSorted((a, b) => b.tasks - a.tasks).slice(0, REASONS_MAX)];
    }),
  );
}
