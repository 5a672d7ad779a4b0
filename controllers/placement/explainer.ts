import { TASK, type Task, type TaskStatus } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, type Millis, toTimestamp } from '../../src/api/object.ts';
import type { Runtime } from '../../src/runtime/controller.ts';
import { inGroups } from '../../src/runtime/group.ts';
import { explain } from '../../src/scheduling/explain/explain.ts';
import { explanationText } from '../../src/scheduling/explain/text.ts';
import type { Placer } from '../../src/scheduling/place/placer.ts';
import type { Unplaced } from './plan.ts';
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
  readonly refused: readonly Unplaced[];
}

interface Word {
  readonly task: Task;
  readonly reason: 'SecretMissing' | 'Unschedulable';
  message(): string;
}

/** Tells tasks that fit nowhere why: not at once, not too often, not all at once; each class is explained once. */
export function createExplainer(
  { client, clock }: Pick<Runtime, 'client' | 'clock'>,
  placer: Placer,
): Explainer {
  const toldAt = new Map<string, Millis>();

  function isDue({ task: { metadata } }: Word, now: Millis): boolean {
    const told = toldAt.get(metadata.uid);
    if (told !== undefined) return now - told >= RETELL_MS;
    return now - fromTimestamp(metadata.creationTimestamp) >= PATIENCE_MS;
  }

  function messagesFor(refused: readonly Unplaced[]): (of: Unplaced) => string {
    const pending = new Map<string, number>();
    for (const { profile } of refused) pending.set(profile.id, (pending.get(profile.id) ?? 0) + 1);
    const known = new Map<string, string>();
    return ({ profile }) => {
      const text = known.get(profile.id) ?? explained();
      known.set(profile.id, text);
      return text;

      function explained(): string {
        return explanationText(explain(profile, placer, pending.get(profile.id)), toTimestamp);
      }
    };
  }

  function wordsFor({ lacking, refused }: Kept): readonly Word[] {
    const messageOf = messagesFor(refused);
    return [
      ...lacking.map(
        ({ task, message }): Word => ({ task, reason: 'SecretMissing', message: () => message }),
      ),
      ...refused.map(
        (each): Word => ({
          task: each.task,
          reason: 'Unschedulable',
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
    const news = (await inSlices(statusesFor(due), clock)).filter(
      ({ task, status }) => task.status?.message !== status.message,
    );
    await inGroups(news, TELL_MAX, ({ task, status }) =>
      client.updateStatus(TASK, { ...task, status }),
    );
    return PATIENCE_MS;
  }

  return { tell };
}

interface News {
  readonly task: Task;
  readonly status: TaskStatus;
}

/** One task a step: to explain a class costs by the agents. */
function* statusesFor(words: readonly Word[]): Generator<void, readonly News[]> {
  const news: News[] = [];
  for (const { task, reason, message } of words) {
    news.push({ task, status: { ...task.status, phase: 'Pending', reason, message: message() } });
    yield;
  }
  return news;
}
