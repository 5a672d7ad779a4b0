import { TASK, type Task, type TaskStatus } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, type Millis, toTimestamp } from '../../src/api/object.ts';
import type { Runtime } from '../../src/runtime/controller.ts';
import { inGroups } from '../../src/runtime/group.ts';
import { inSlices } from '../../src/runtime/slices.ts';
import type { Backlog } from '../../src/scheduling/backlog/backlog.ts';
import { classOf } from '../../src/scheduling/backlog/read.ts';
import { explaining } from '../../src/scheduling/explain/explain.ts';
import { type Survey, surveyOf } from '../../src/scheduling/explain/survey.ts';
import { explanationText } from '../../src/scheduling/explain/text.ts';
import type { Placer } from '../../src/scheduling/place/placer.ts';
import type { Profile } from '../../src/scheduling/place/profile.ts';
import type { KeptTask } from './kept.ts';

/** How long a task waits before it is told why, so that a passing shortage makes no noise. */
const PATIENCE_MS = 3_000;
/** How often at most one task is told anew, and how many are told in one pass. */
const RETELL_MS = 30_000;
const TELL_MAX = 100;

export interface Explainer {
  /** @returns when to look again */
  tell(waiting: Kept): Promise<Millis>;
}

/** A task that lacks something beside an agent, with what it is told. */
export interface Lack {
  readonly task: Task;
  readonly reason: 'SecretMissing' | 'VolumeMissing';
  readonly message: string;
}

/** What goes nowhere now. */
export interface Kept {
  readonly lacking: readonly Lack[];
  readonly kept: readonly KeptTask[];
}

interface Word {
  readonly task: Task;
  readonly reason: Lack['reason'] | 'Unschedulable';
  readonly failed?: boolean;
  /** What it is told, or what must be explained first. */
  readonly message: string | KeptTask;
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
  const toldAt = new Map<string, Millis>();

  function isDue({ task: { metadata } }: Word, now: Millis): boolean {
    const told = toldAt.get(metadata.uid);
    if (told !== undefined) return now - told >= RETELL_MS;
    return now - fromTimestamp(metadata.creationTimestamp) >= PATIENCE_MS;
  }

  async function tell(waiting: Kept): Promise<Millis> {
    const now = clock.now();
    const words = wordsFor(waiting);
    const uids = new Set(words.map(({ task }) => task.metadata.uid));
    for (const uid of toldAt.keys()) if (!uids.has(uid)) toldAt.delete(uid);
    if (words.length === 0) return Number.POSITIVE_INFINITY;
    const due = words.filter((word) => isDue(word, now)).slice(0, TELL_MAX);
    for (const { task } of due) toldAt.set(task.metadata.uid, now);
    const profile = (task: Task) => backlog.profile(asPlaced(task), now);
    const explained = messagesFor(waiting.kept, placer, profile);
    const news = await inSlices(statusesFor(due, explained), clock);
    for (const { task, status, failed } of news) {
      if (failed) recorder.warning(task, 'PluginFailed', status.message);
    }
    await inGroups(
      news.filter(({ task, status }) => task.status?.message !== status.message),
      TELL_MAX,
      ({ task, status }) => client.updateStatus(TASK, { ...task, status }),
    );
    return PATIENCE_MS;
  }

  return { tell };
}

function wordsFor({ lacking, kept }: Kept): readonly Word[] {
  return [
    ...lacking,
    ...kept.map(
      (each): Word => ({
        task: each.task,
        reason: 'Unschedulable',
        ...(each.failed ? { failed: true } : {}),
        message: each.message ?? each,
      }),
    ),
  ];
}

type Message = Generator<void, string>;

/** Each class of tasks that no agent can take is explained once, and the agents are looked up once for all. */
function messagesFor(
  kept: readonly KeptTask[],
  { snapshot, catalog }: Placer,
  profileOf: (task: Task) => Profile,
): (of: KeptTask) => Message {
  const pending = new Map<string, number>();
  for (const { task } of kept) {
    const name = classOf(task);
    pending.set(name, (pending.get(name) ?? 0) + 1);
  }
  const known = new Map<string, string>();
  let survey: Survey | undefined;

  function* explained({ task, gang }: KeptTask): Message {
    survey ??= yield* surveyOf(snapshot);
    const options = { survey, catalog, pending: pending.get(classOf(task)) ?? 1 };
    const found = yield* explaining(profileOf(task), options);
    if (!gang) return explanationText(found, toTimestamp);
    const alone = found.refusals.length === 0 ? 'one alone would have room' : undefined;
    const why = alone ?? explanationText(found, toTimestamp);
    return `there is no room for it and the others that start together with it: ${why}`;
  }

  return function* messageOf(each) {
    const name = classOf(each.task);
    const text = known.get(name) ?? (yield* explained(each));
    known.set(name, text);
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
  explained: (of: KeptTask) => Message,
): Generator<void, readonly News[]> {
  const news: News[] = [];
  for (const { task, reason, message, failed = false } of words) {
    const text = typeof message === 'string' ? message : yield* explained(message);
    const status = { ...task.status, phase: 'Pending', reason, message: text } as const;
    news.push({ task, status, failed });
    yield;
  }
  return news;
}
