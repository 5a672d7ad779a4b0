import type { Task } from '../../src/api/kinds.gen.ts';
import { isDeleting } from '../../src/api/object.ts';
import { classOf } from '../../src/scheduling/backlog/read.ts';

/** Tasks that wait and ask alike in every way. */
export interface PendingClass {
  readonly name: string;
  readonly first: Task;
  readonly tasks: readonly Task[];
}

/** Tasks that are looked at in one step. */
export const STEP_TASKS = 500;

/** What waits by class, in steps. A task that is to go does not wait. */
export function* classesOf(pending: readonly Task[]): Generator<void, readonly PendingClass[]> {
  const classes = new Map<string, PendingClass & { readonly tasks: Task[] }>();
  for (const [at, task] of pending.entries()) {
    if (at % STEP_TASKS === STEP_TASKS - 1) yield;
    if (isDeleting(task)) continue;
    const name = classOf(task);
    const known = classes.get(name);
    if (known === undefined) classes.set(name, { name, first: task, tasks: [task] });
    else known.tasks.push(task);
  }
  return [...classes.values()];
}

/** Why a task cannot be placed whatever agents there are; a class of tasks is asked for once. */
export interface LackingClass<L> {
  readonly lack: L;
  readonly tasks: readonly Task[];
}

interface Sorted<L> {
  readonly lacking: readonly LackingClass<L>[];
  readonly complete: readonly PendingClass[];
}

/** Parts what lacks something beside an agent from what does not. Who `isApart` is asked by itself. */
export function* sortOut<L>(
  classes: readonly PendingClass[],
  lackOf: (task: Task) => L | undefined,
  isApart: (task: Task) => boolean,
): Generator<void, Sorted<L>> {
  const lacking: LackingClass<L>[] = [];
  const complete: PendingClass[] = [];
  for (const each of classes) {
    for (const part of isApart(each.first) ? aloneOf(each) : [each]) {
      const lack = lackOf(part.first);
      if (lack === undefined) complete.push(part);
      else lacking.push({ lack, tasks: part.tasks });
      yield;
    }
  }
  return { lacking, complete };
}

function aloneOf({ name, tasks }: PendingClass): readonly PendingClass[] {
  return tasks.map((task) => ({ name, first: task, tasks: [task] }));
}
