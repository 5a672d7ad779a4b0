/** What an agent itself says of tasks that end with something else. */
import type { Saying } from '../executor/port.ts';

export const goneWithAgent: Saying = {
  state: 'TASK_GONE',
  source: 'SOURCE_AGENT',
  reason: 'REASON_AGENT_RESTARTED',
  message: 'The agent was stopped, and its tasks with it',
};

export const executorTerminated: Saying = {
  state: 'TASK_FAILED',
  source: 'SOURCE_AGENT',
  reason: 'REASON_EXECUTOR_TERMINATED',
  message: 'Executor terminated',
};

export const servesNoApi: Saying = {
  state: 'TASK_FAILED',
  source: 'SOURCE_AGENT',
  reason: 'REASON_EXECUTOR_TERMINATED',
  message: 'The agent serves no HTTP API that an executor could speak to',
};
