/**
 * The points between two effects at which tests let the process die, stand still or fail
 * (`TITAN_FAILPOINT`), each with what has happened by then.
 */
export const FAILPOINTS = {
  'before-office': 'nobody leads; the key that says who does is about to be written',
  'after-office-before-subscribe': 'this process leads; Mesos is about to hear of it',
  'after-subscribe-before-id': 'Mesos has given a framework id, which is not stored',
  'before-task-made': 'a job lacks a task, which is not stored',
  'after-task-made': 'the task is stored, and no agent chosen for it',
  'after-plan-before-store': 'an agent is chosen for the task, which is not stored',
  'after-store-before-accept': 'the task is bound to its agent; the launch is not sent',
  'after-accept': 'the launch is sent; nothing was heard of it',
  'after-update-before-store': 'Mesos has said what became of a task, which is not stored',
  'after-store-before-acknowledge': 'it is stored, and not acknowledged',
  'after-acknowledge': 'it is acknowledged',
  'before-stop-stored': 'a task is to end, which is not stored',
  'after-store-before-kill': 'it is stored that the task is told to stop; the kill is not sent',
  'after-kill': 'the kill is sent; nothing was heard of it',
  'before-task-removed': 'a task has ended, and is about to be removed from the store',
  'after-task-removed': 'it is removed',
} as const;

export type FailpointName = keyof typeof FAILPOINTS;

export function isFailpoint(text: string): text is FailpointName {
  return Object.hasOwn(FAILPOINTS, text);
}
