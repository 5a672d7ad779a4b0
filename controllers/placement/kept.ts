import type { Task } from '../../src/api/kinds.gen.ts';
import type { Backlog } from '../../src/scheduling/backlog/backlog.ts';
import { type ShareTexts, textsOfDenials } from '../../src/scheduling/queue/denial.ts';
import { type PendingClass, STEP_TASKS } from './pending.ts';
import type { PlacementPlan, Word } from './plan.ts';

/** Tasks of one class that go nowhere now, with what is known of why. */
export interface KeptClass extends Reason {
  readonly name: string;
  readonly tasks: readonly Task[];
}

interface Reason {
  /** Absent: no agent can take them, and the agents must be asked why. */
  readonly message?: string;
  /** What their agents' refusals mean for the whole gang. */
  readonly gang?: boolean;
  /** A plugin failed. */
  readonly failed?: boolean;
}

/** Of the tasks that wait those that the plan gives no agent, with what keeps them; in steps. */
export function* keptBy(
  pending: readonly PendingClass[],
  { bindings, words, denied }: PlacementPlan,
  backlog: Pick<Backlog, 'missingMembers' | 'startsTogether'>,
): Generator<void, readonly KeptClass[]> {
  const bound = new Set(bindings.map(({ task }) => task.metadata.uid));
  const textOf = textsOfDenials(denied);
  const kept: KeptClass[] = [];
  for (const each of pending) {
    const { name, first } = each;
    for (const [text, tasks] of yield* byText(each, bound, textOf)) {
      kept.push({
        name,
        tasks,
        ...reasonOf(first, { word: words.get(name), text, backlog }),
      });
    }
    yield;
  }
  return kept;
}

type ByText = ReadonlyMap<string | undefined, readonly Task[]>;

/** The tasks that have no agent, by what the share of their group says: of a gang it may say it of some alone. */
function* byText(
  { name, tasks }: PendingClass,
  bound: ReadonlySet<string>,
  textOf: ShareTexts,
): Generator<void, ByText> {
  const found = new Map<string | undefined, Task[]>();
  for (const [at, task] of tasks.entries()) {
    if (at % STEP_TASKS === STEP_TASKS - 1) yield;
    const key = task.metadata.uid;
    if (bound.has(key)) continue;
    const text = textOf({ key, class: name });
    const alike = found.get(text) ?? [];
    if (alike.push(task) === 1) found.set(text, alike);
  }
  return found;
}

interface Known {
  readonly word: Word | undefined;
  /** What the share of the group says. */
  readonly text: string | undefined;
  readonly backlog: Pick<Backlog, 'missingMembers' | 'startsTogether'>;
}

function reasonOf(first: Task, { word, text, backlog }: Known): Reason {
  if (word?.failed) return { message: word.text, failed: true };
  const message = text ?? textOfMissing(backlog.missingMembers(first)) ?? word?.text;
  if (message !== undefined) return { message };
  return backlog.startsTogether(first) ? { gang: true } : {};
}

function textOfMissing(members: number): string | undefined {
  if (members === 0) return undefined;
  return `it starts together with others of its job, and ${members} of them are not there yet`;
}
