import type { DisruptionRequest } from '../../../src/api/disruption-request.ts';
import { withEviction, withMove } from '../../../src/api/disruption-request.ts';
import { MASS_LOSS } from '../../../src/api/guard.ts';
import type { Job, JobSpec, Task } from '../../../src/api/kinds.gen.ts';
import { isDeleting, keyOf, keyText, toTimestamp } from '../../../src/api/object.ts';
import { holdsSlot, phaseOf } from '../../../src/api/task.ts';
import type { VirtualClock } from '../../../src/runtime/clock.ts';
import type { Random } from '../../../src/runtime/port.ts';
import type { Agents } from './agents.ts';
import type { LifeApi } from './api.ts';
import { type Control, HOME, type Surroundings } from './control.ts';
import { aDependency, aDependent, aDependentsTask } from './draw-job.ts';
import { ownRollout } from './sight.ts';

/** All that happens to a job from outside. */
export interface People {
  /** One thing happens, drawn by chance. */
  strike(): void;
  /** All that was done to agents is undone; a rollout that waits for a person may be let go on. */
  calm(): void;
  /** The job is deleted, and before or after it what depends on it. */
  leave(): void;
}

export interface PeopleOptions {
  readonly api: LifeApi;
  readonly agents: Agents;
  readonly control: Control;
  readonly surroundings: Surroundings;
  readonly clock: VirtualClock;
  readonly random: Random;
  note(text: string): void;
  /** The name of a version that was never applied. */
  freshVersion(): string;
}

type Update = NonNullable<JobSpec['update']>;

const INSTANCES_MAX = 7;
const DEPENDENTS_TASK = keyText(keyOf(aDependentsTask()));

export function createPeople(options: PeopleOptions): People {
  const { api, agents, control, surroundings, clock, random, note } = options;

  const upTo = (most: number) => Math.floor(random.next() * (most + 1));
  const pick = <T>(items: readonly T[]): T | undefined => items[upTo(items.length - 1)];
  const isLucky = (share: number) => random.next() < share;

  function job(): Job {
    return api.jobs.must('default/web');
  }

  function apply(changed: Partial<JobSpec>): void {
    note(`apply ${JSON.stringify(changed)}`);
    const now = job();
    const metadata = { ...now.metadata, generation: (now.metadata.generation ?? 1) + 1 };
    api.jobs.put({ ...now, metadata, spec: { ...now.spec, ...changed } } as Job);
  }

  function update(changed: Partial<Update>): void {
    apply({ update: { ...job().spec.update, ...changed } });
  }

  function running(): readonly Task[] {
    return [...api.tasks.values()].filter(
      (task) => phaseOf(task) === 'Running' && !isDeleting(task) && task.spec.jobName === 'web',
    );
  }

  function withTask(what: string, act: (task: Task) => void): void {
    const task = pick(running());
    if (task === undefined) return;
    note(`${what} ${task.metadata.name}`);
    act(task);
  }

  function withAgent(act: (name: string) => void): void {
    const name = pick(agents.list)?.metadata.name;
    if (name !== undefined) act(name);
  }

  function ask(cause: DisruptionRequest['cause'], evicts: boolean, forced = false): void {
    const since = clock.now();
    withTask(`${cause}${evicts ? ' evicts' : ''}${forced ? ' by force' : ''}`, (task) => {
      const why = cause.toLowerCase();
      const asked = evicts
        ? withEviction(task, { cause, why, since, forced })
        : withMove(task, { cause, why, since });
      api.tasks.put(asked);
    });
  }

  function on(name: string): readonly Task[] {
    return [...api.tasks.values()].filter(
      (task) => task.status?.agent === name && holdsSlot(task) && !isDeleting(task),
    );
  }

  /** All on one agent are asked to move; later they are told to leave, or may stay after all. */
  function drain(name: string): void {
    if (isEverywhere()) return;
    note(`drain ${name}`);
    agents.cordon(name, true);
    const since = clock.now();
    for (const task of on(name)) {
      api.tasks.put(withMove(task, { cause: 'Drain', why: 'drained', since }));
    }
    const isForced = isLucky(0.5);
    clock.after(30_000 + upTo(60_000), () => {
      note(`${isForced ? 'deadline' : 'end'} of the drain of ${name}`);
      for (const task of on(name)) {
        const forced = { cause: 'Drain', why: 'drained', since, forced: true } as const;
        api.tasks.put(isForced ? withEviction(task, forced) : withMove(task, undefined));
      }
      agents.cordon(name, false);
    });
  }

  function massLoss(status: 'True' | 'False'): void {
    const home = surroundings.domains.must(HOME.name);
    const was = home.status?.conditions?.find(({ type }) => type === MASS_LOSS)?.status;
    if ((was ?? 'False') === status) return;
    note(`mass loss ${status}`);
    const lastTransitionTime = toTimestamp(clock.now());
    const condition = { type: MASS_LOSS, status, reason: 'Drawn', message: '', lastTransitionTime };
    surroundings.domains.put({ ...home, status: { ...home.status, conditions: [condition] } });
  }

  function undo(): void {
    const revisions = [...api.revisions.values()];
    const revision = pick(revisions);
    if (revision !== undefined) apply(revision.spec.template as Partial<JobSpec>);
  }

  /** A drain passes over tasks of which there is one on each agent. */
  function isEverywhere(): boolean {
    return job().spec.location.endsWith('*');
  }

  function locate(): void {
    if (isEverywhere()) return;
    const drawn = isLucky(0.06) ? 0 : 1 + upTo(INSTANCES_MAX - 1);
    const here = Math.max(drawn, job().spec.completions ?? 0);
    apply({ location: `dc1:${here}` });
  }

  const strikes: readonly (readonly [number, () => void])[] = [
    [18, () => apply({ version: options.freshVersion() })],
    [10, locate],
    [4, () => update({ paused: true })],
    [6, () => update({ paused: false })],
    [6, promote],
    [4, undo],
    [3, () => apply({ restartedAt: toTimestamp(clock.now()) })],
    [4, () => suspend(isLucky(0.4))],
    [3, () => update({ maxUnavailable: 1 + upTo(2) })],
    [3, () => depend(isLucky(0.5))],
    [8, () => withTask('crash', agents.crash)],
    [6, () => withTask('lose', agents.lose)],
    [4, () => withTask('sicken', (task) => agents.sicken(task, 1_000 + upTo(40_000)))],
    [6, () => cutOff(5_000 + upTo(120_000))],
    [2, () => cutOff(Number.POSITIVE_INFINITY)],
    [5, () => withAgent(drain)],
    [5, () => ask('Rebalance', false)],
    [5, () => ask('Preemption', true)],
    [2, () => ask('Request', isLucky(0.5))],
    [2, () => ask('Drain', true, true)],
    [3, () => withTask('delete', remove)],
    [3, () => withTask('garble', garble)],
    [4, kill],
    [2, () => massLoss('True')],
    [4, () => massLoss('False')],
  ];
  const total = strikes.reduce((sum, [weight]) => sum + weight, 0);

  /** What the job depends on is ready, or is not. */
  function depend(isReady: boolean): void {
    note(`db is ${isReady ? '' : 'not '}ready`);
    api.jobs.put(aDependency(isReady));
  }

  /** What depends on the job may be suspended with it, a little before or after; its task takes its time. */
  function suspend(isSuspended: boolean): void {
    apply({ suspend: isSuspended });
    if (api.jobs.get('default/edge') === undefined) return;
    clock.after(isLucky(0.6) ? 0 : upTo(3_000), () => {
      note(`edge is ${isSuspended ? '' : 'not '}suspended`);
      api.jobs.put(aDependent({ suspend: isSuspended }));
      if (isSuspended) clock.after(upTo(15_000), stopDependent);
      else if (api.tasks.get(DEPENDENTS_TASK) === undefined) api.tasks.put(aDependentsTask());
    });
  }

  function stopDependent(): void {
    const task = api.tasks.get(DEPENDENTS_TASK);
    if (task !== undefined && !isDeleting(task)) remove(task);
  }

  function cutOff(spanMs: number): void {
    withAgent((name) => {
      note(`cut off ${name} for ${spanMs}`);
      agents.cutOff(name, spanMs);
    });
  }

  function promote(): void {
    const revision = ownRollout(job())?.revision;
    if (revision !== undefined) update({ promoted: revision });
  }

  function remove(task: Task): void {
    const deletionTimestamp = toTimestamp(clock.now());
    api.tasks.put({ ...task, metadata: { ...task.metadata, deletionTimestamp } });
  }

  /** Nobody can read its record, and then somebody mends it, or removes it. */
  function garble(task: Task): void {
    const { name } = task.metadata;
    api.garble(task);
    clock.after(10_000 + upTo(60_000), () => mend(name));
  }

  function mend(name: string): void {
    if (!api.garbled.has(name)) return;
    const how = isLucky(0.3) ? 'removed' : 'written';
    note(`the record of ${name} is ${how}`);
    api.mend(name, how);
  }

  function kill(): void {
    note('restart');
    control.die();
  }

  /** Nothing is asked of any task any more. */
  function withdraw(): void {
    for (const task of [...api.tasks.values()]) {
      const isAsked = Object.keys(task.metadata.annotations ?? {}).some((name) =>
        name.includes('disruption-cause'),
      );
      if (isAsked) api.tasks.put(withMove(task, undefined));
    }
  }

  return {
    strike() {
      let drawn = random.next() * total;
      for (const [weight, act] of strikes) {
        drawn -= weight;
        if (drawn > 0) continue;
        act();
        return;
      }
    },
    calm() {
      note('calm');
      for (const name of [...api.garbled.keys()]) mend(name);
      agents.returnAll();
      for (const { metadata } of agents.list) agents.cordon(metadata.name, false);
      massLoss('False');
      depend(true);
      control.calm();
      withdraw();
      if (job().spec.suspend === true) suspend(false);
      if (job().spec.update?.paused === true && isLucky(0.7)) update({ paused: false });
    },
    leave() {
      note('delete');
      const deletionTimestamp = toTimestamp(clock.now());
      api.jobs.put({ ...job(), metadata: { ...job().metadata, deletionTimestamp } });
      const dependent = api.jobs.get('default/edge');
      if (dependent === undefined) return;
      clock.after(upTo(3_000), () => {
        note('delete edge');
        api.jobs.put({ ...dependent, metadata: { ...dependent.metadata, deletionTimestamp } });
        clock.after(upTo(15_000), () => {
          stopDependent();
        });
      });
    },
  };
}
