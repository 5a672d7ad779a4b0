import { TASK, type Task, type TaskStatus } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, type Millis, toTimestamp } from '../../src/api/object.ts';
import type { Runtime } from '../../src/runtime/controller.ts';
import { inGroups } from '../../src/runtime/group.ts';
import { classOf } from '../../src/scheduling/backlog/read.ts';
import { explain } from '../../src/scheduling/explain/explain.ts';
import { explanationText } from '../../src/scheduling/explain/text.ts';
import { profileOf } from '../../src/scheduling/objects/view.ts';
import type { Placer } from '../../src/scheduling/place/placer.ts';
import type { KeptTask } from './kept.ts';
import { inSlices } from './slices.ts';

/** How long a task waits before it is told why, so that a passing shortage makes no noise. */
const PATIENCE_MS = 3_000;
/** How often at most one task is told anew, and how many are told in one pass. */
const RETELL_MS = 30_000;
const TELL_MAX = 100;

export interface Explainer {
  /** @returns when to look again */
  tell(waiting: Kept): Promise<Millis>;
}

/** What goes nowhere now. */
export interface Kept {
  /** Tasks that lack a Secret, with what they are told. */
  readonly lacking: ReadonlyArray<{ readonly task: Task; readonly message: string }>;
  readonly kept: readonly KeptTask[];
}

interface Word {
  readonly task: Task;
  readonly reason: 'SecretMissing' | 'Unschedulable';
  readonly failed?: boolean;
  message(): string;
}

/** Tells tasks that fit nowhere why: not at once, not too often, not all at once; each class is explained once. */
export function createExplainer(
  { client, clock, recorder }: Pick<Runtime, 'client' | 'clock' | 'recorder'>,
  placer: Placer,
): Explainer {
  const toldAt = new Map<string, Millis>();

  function isDue({ task: { metadata } }: Word, now: Millis): boolean {
    const told = toldAt.get(metadata.uid);
    if (told !== undefined) return now - told >= RETELL_MS;
    return now - fromTimestamp(metadata.creationTimestamp) >= PATIENCE_MS;
  }

  /** Each class of tasks that no agent can take is explained once. */
  function messagesFor(kept: readonly KeptTask[]): (of: KeptTask) => string {
    const pending = new Map<string, number>();
    for (const { task } of kept) {
      const name = classOf(task);
      pending.set(name, (pending.get(name) ?? 0) + 1);
    }
    const known = new Map<string, string>();

    function explained({ task, gang }: KeptTask, count: number | undefined): string {
      const found = explain(profileOf(task, clock.now()), placer, count);
      if (!gang) return explanationText(found, toTimestamp);
      const alone = found.refusals.length === 0 ? 'one alone would have room' : undefined;
      const why = alone ?? explanationText(found, toTimestamp);
      return `there is no room for it and the others that start together with it: ${why}`;
    }

    return (each) => {
      if (each.message !== undefined) return each.message;
      const name = classOf(each.task);
      const text = known.get(name) ?? explained(each, pending.get(name));
      known.set(name, text);
      return text;
    };
  }

  function wordsFor({ lacking, kept }: Kept): readonly Word[] {
    const messageOf = messagesFor(kept);
    return [
      ...lacking.map(
        ({ task, message }): Word => ({ task, reason: 'SecretMissing', message: () => message }),
      ),
      ...kept.map(
        (each): Word => ({
          task: each.task,
          reason: 'Unschedulable',
          ...(each.failed ? { failed: true } : {}),
          message: () => messageOf(each),
        }),
      ),
    ];
  }

  async function tell(kept: Kept): Promise<Millis> {
    const now = clock.now();
    const words = wordsFor(kept);
    const uids = new Set(words.map(({ task }) => task.metadata.uid));
    for (const uid of toldAt.keys()) if (!uids.has(uid)) toldAt.delete(uid);
    if (words.length === 0) return Number.POSITIVE_INFINITY;
    const due = words.filter((word) => isDue(word, now)).slice(0, TELL_MAX);
    for (const { task } of due) toldAt.set(task.metadata.uid, now);
    const news = await inSlices(statusesFor(due), clock);
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

interface News {
  readonly task: Task;
  readonly status: TaskStatus & { readonly message: string };
  readonly failed: boolean;
}

/** One task a step: to explain a class costs by the agents. */
function* statusesFor(words: readonly Word[]): Generator<void, readonly News[]> {
  const news: News[] = [];
  for (const { task, reason, message, failed = false } of words) {
    const status = { ...task.status, phase: 'Pending', reason, message: message() } as const;
    news.push({ task, status, failed });
    yield;
  }
  return news;
}
