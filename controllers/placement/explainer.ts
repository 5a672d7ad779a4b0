import { TASK, type Task, type TaskStatus } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, type Millis, toTimestamp } from '../../src/api/object.ts';
import { notScheduled, toldToWait, type Waits } from '../../src/api/scheduled.ts';
import type { Runtime } from '../../src/runtime/controller.ts';
import { inGroups } from '../../src/runtime/group.ts';
import { inSlices } from '../../src/runtime/slices.ts';
import type { Backlog } from '../../src/scheduling/backlog/backlog.ts';
import { explaining } from '../../src/scheduling/explain/explain.ts';
import { type Survey, surveyOf } from '../../src/scheduling/explain/survey.ts';
import { explanationText } from '../../src/scheduling/explain/text.ts';
import type { Placer } from '../../src/scheduling/place/placer.ts';
import type { Profile } from '../../src/scheduling/place/profile.ts';
import type { KeptClass } from './kept.ts';
import { type LackingClass, STEP_TASKS } from './pending.ts';

/** How long a task waits before it is told why, so that a passing shortage makes no noise. */
const PATIENCE_MS = 3_000;
/** How often at most one task is told anew, and how many are told in one pass. */
const RETELL_MS = 30_000;
const TELL_MAX = 100;

interface Explainer {
  /** @returns when to look again */
  tell(waiting: Kept): Promise<Millis>;
}

/** What tasks lack beside an agent, with what they are told. */
export interface Lack extends Waits {
  readonly reason: Exclude<Waits['reason'], 'Unschedulable'>;
}

/** What goes nowhere now. */
export interface Kept {
  readonly lacking: readonly LackingClass<Lack>[];
  readonly kept: readonly KeptClass[];
}

interface Word {
  readonly task: Task;
  readonly reason: Waits['reason'];
  readonly failed?: boolean;
  /** What it is told, or what must be explained first. */
  readonly message: string | KeptClass;
}

interface ExplainerOptions extends Pick<Runtime, 'client' | 'clock' | 'recorder'> {
  readonly backlog: Pick<Backlog, 'profile'>;
  /** The task with all that its Volumes ask of its agent. */
  asPlaced(task: Task): Task;
}

/** Tells tasks that fit nowhere why: not at once, not too often, not all at once; each class is explained once. */
export function createExplainer(
  { client, clock, recorder, backlog, asPlaced }: ExplainerOptions,
  placer: Placer,
): Explainer {
  /** The newest last. */
  const toldAt = new Map<string, Millis>();

  function isDue({ metadata }: Task, now: Millis): boolean {
    if (toldAt.has(metadata.uid)) return false;
    return now - fromTimestamp(metadata.creationTimestamp) >= PATIENCE_MS;
  }

  function forget(now: Millis): void {
    for (const [uid, at] of toldAt) {
      if (now - at < RETELL_MS) return;
      toldAt.delete(uid);
    }
  }

  function* dueAmong(waiting: Kept, now: Millis): Generator<void, readonly Word[]> {
    const due: Word[] = [];
    let looked = 0;
    for (const word of wordsFor(waiting)) {
      if (isDue(word.task, now)) due.push(word);
      if (due.length === TELL_MAX) return due;
      looked += 1;
      if (looked % STEP_TASKS === 0) yield;
    }
    return due;
  }

  async function tell(waiting: Kept): Promise<Millis> {
    if (waiting.lacking.length + waiting.kept.length === 0) return Number.POSITIVE_INFINITY;
    const now = clock.now();
    forget(now);
    const due = await inSlices(dueAmong(waiting, now), clock);
    for (const { task } of due) toldAt.set(task.metadata.uid, now);
    const profile = (task: Task) => backlog.profile(asPlaced(task), now);
    const explained = messagesFor(waiting.kept, placer, profile);
    const news = await inSlices(statusesFor(due, explained, now), clock);
    for (const { task, status, failed } of news) {
      if (failed) recorder.warning(task, 'PluginFailed', status.message);
    }
    await inGroups(
      news.filter(({ task, status }) => toldToWait(task.status) !== status.message),
      TELL_MAX,
      ({ task, status }) => client.updateStatus(TASK, { ...task, status }),
    );
    return PATIENCE_MS;
  }

  return { tell };
}

function* wordsFor({ lacking, kept }: Kept): Iterable<Word> {
  for (const { tasks, lack } of lacking) for (const task of tasks) yield { task, ...lack };
  for (const each of kept) {
    const { message = each, failed = false } = each;
    for (const task of each.tasks) yield { task, reason: 'Unschedulable', failed, message };
  }
}

type Message = Generator<void, string>;

/** Each class of tasks that no agent can take is explained once, and the agents are looked up once for all. */
function messagesFor(
  kept: readonly KeptClass[],
  { snapshot, catalog }: Placer,
  profileOf: (task: Task) => Profile,
): (task: Task, of: KeptClass) => Message {
  const pending = new Map<string, number>();
  for (const { name, tasks } of kept) pending.set(name, (pending.get(name) ?? 0) + tasks.length);
  const known = new Map<string, string>();
  let survey: Survey | undefined;

  function* explained(task: Task, { name, gang }: KeptClass): Message {
    survey ??= yield* surveyOf(snapshot);
    const options = { survey, catalog, pending: pending.get(name) ?? 1 };
    const found = yield* explaining(profileOf(task), options);
    if (!gang) return explanationText(found, toTimestamp);
    const alone = found.refusals.length === 0 ? 'one alone would have room' : undefined;
    const why = alone ?? explanationText(found, toTimestamp);
    return `there is no room for it and the others that start together with it: ${why}`;
  }

  return function* messageOf(task, each) {
    const text = known.get(each.name) ?? (yield* explained(task, each));
    known.set(each.name, text);
    return text;
  };
}

interface News {
  readonly task: Task;
  readonly status: TaskStatus & { readonly message: string };
  readonly failed: boolean;
}

function* statusesFor(
  words: readonly Word[],
  explained: ReturnType<typeof messagesFor>,
  now: Millis,
): Generator<void, readonly News[]> {
  const news: News[] = [];
  for (const { task, reason, message, failed = false } of words) {
    const text = typeof message === 'string' ? message : yield* explained(task, message);
    const why = { reason, message: text };
    const conditions = notScheduled(task.status, why, now);
    const status = { ...task.status, phase: 'Pending', ...why, conditions } as const;
    news.push({ task, status, failed });
    yield;
  }
  return news;
}
