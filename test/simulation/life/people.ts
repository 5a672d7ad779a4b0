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
import { aDependency } from './draw-job.ts';
import { ownRollout } from './judge.ts';

/** All that happens to a job from outside. */
export interface People {
  /** One thing happens, drawn by chance. */
  strike(): void;
  /** All that was done to agents is undone; a rollout that waits for a person may be let go on. */
  calm(): void;
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
      (task) => phaseOf(task) === 'Running' && !isDeleting(task),
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

  function locate(): void {
    const here = isLucky(0.06) ? 0 : 1 + upTo(INSTANCES_MAX - 1);
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
    [3, () => apply({ suspend: isLucky(0.3) })],
    [3, () => update({ maxUnavailable: 1 + upTo(2) })],
    [3, () => depend(isLucky(0.5))],
    [8, () => withTask('crash', agents.crash)],
    [6, () => withTask('lose', agents.lose)],
    [6, () => cutOff(5_000 + upTo(120_000))],
    [2, () => cutOff(Number.POSITIVE_INFINITY)],
    [5, () => withAgent(drain)],
    [5, () => ask('Rebalance', false)],
    [5, () => ask('Preemption', true)],
    [2, () => ask('Request', isLucky(0.5))],
    [2, () => ask('Drain', true, true)],
    [3, () => withTask('delete', remove)],
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

  function kill(): void {
    note('restart');
    control.die();
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
      agents.returnAll();
      for (const { metadata } of agents.list) agents.cordon(metadata.name, false);
      massLoss('False');
      depend(true);
      control.calm();
      for (const task of [...api.tasks.values()]) {
        const isAsked = Object.keys(task.metadata.annotations ?? {}).some((name) =>
          name.includes('disruption-cause'),
        );
        const now = api.tasks.get(keyText(keyOf(task)));
        if (isAsked && now !== undefined) api.tasks.put(withMove(now, undefined));
      }
      if (job().spec.suspend === true) apply({ suspend: false });
      if (job().spec.update?.paused === true && isLucky(0.7)) update({ paused: false });
    },
  };
}
