import { asTitanError } from '../../src/api/error.ts';
import { TASK } from '../../src/api/kinds.gen.ts';
import { uidOfMesosTask } from '../../src/api/task.ts';
import { originLabels } from '../../src/api/task-origin.ts';
import type { Journal } from '../../src/runtime/port.ts';
import { type AdopterOptions, adopt, adoptionWorld } from './adopter.ts';
import { planAdoptions } from './adoption.ts';
import type { JournalEntry } from './caretaker.ts';
import { foldUpdate } from './fold.ts';

export interface MergeOptions extends Omit<AdopterOptions, 'refused' | 'leftOut'> {
  readonly journal: Journal;
}

type Entry<K extends JournalEntry['kind']> = Extract<JournalEntry, { kind: K }>;

/**
 * Takes what was journalled while the store was away into the store, before Mesos is heard. The store is right where
 * both speak: what Mesos said then counts only where it is news for the task as it is now, and a restart only
 * while the attempt that it follows is the newest of its instance. Whatever is not taken is forgotten: what
 * runs of it is then unknown, and treated as such.
 */
export async function mergeJournal(options: MergeOptions): Promise<void> {
  const { journal, log } = options;
  const entries = (await journal.read()) as readonly JournalEntry[];
  if (entries.length === 0) return;
  for (const entry of entries) if (entry.kind === 'update') await replay(entry, options);
  for (const entry of entries) if (entry.kind === 'restart') await settle(entry, options);
  await journal.clear();
  log.warn('the journal was merged', { entries: entries.length });
}

async function replay(
  { update, at }: Entry<'update'>,
  { client, tasks, log }: MergeOptions,
): Promise<void> {
  const uid = uidOfMesosTask(update.taskId) ?? '';
  const [task] = tasks.by('mesosUid', uid);
  const status = task && foldUpdate(task, update, at);
  if (task === undefined || status === undefined) return;
  await client.updateStatus(TASK, { ...task, status }).catch((thrown: unknown) => {
    const error = asTitanError(thrown);
    if (error.reason !== 'Conflict' && error.reason !== 'NotFound') throw error;
    log.warn('not taken from the journal', { task: task.metadata.name, error: error.message });
  });
}

async function settle({ after, task }: Entry<'restart'>, options: MergeOptions): Promise<void> {
  const { tasks, log } = options;
  const { mesosTaskId: taskId = '', agentId = '' } = task.status ?? {};
  const [ended] = tasks.by('mesosUid', after);
  const jobUid = task.metadata.ownerReferences?.find(({ controller }) => controller)?.uid ?? '';
  const isNewest = tasks
    .by('job', jobUid)
    .filter(({ spec }) => spec.slot === task.spec.slot)
    .every(({ spec }) => spec.attempt <= (ended?.spec.attempt ?? -1));
  if (ended === undefined || !isNewest) {
    log.warn('a restart is not taken from the journal: its instance has moved on', { taskId });
    return;
  }
  const labels = originLabels(task);
  const found = { taskId, agentId, state: 'TASK_STAGING', labels } as const;
  const plan = planAdoptions([found], adoptionWorld(options)).get(taskId);
  if (plan === undefined || plan.do === 'refuse') {
    log.warn('a restart is not taken from the journal', { taskId, why: plan?.why });
    return;
  }
  const { retries } = task.spec;
  const kept =
    plan.do === 'make'
      ? { ...plan, place: { ...plan.place, next: { ...plan.place.next, retries } } }
      : plan;
  await adopt(taskId, kept, options);
}
