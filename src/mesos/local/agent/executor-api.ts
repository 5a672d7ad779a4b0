/** The v1 executor API of an agent: what executors of frameworks' own say to it. */
import type { V1Status } from '../../v1.ts';
import type { V1ExecutorCall } from '../../v1-executor.ts';
import { CustomExecutor, type ExecutorStream } from '../executor/custom-executor.ts';
import { findJsonFault, type Shape } from '../master/json-shape.ts';
import type { Reply } from '../master/master.ts';
import type { LocalAgent } from './agent.ts';

const id = { is: { value: { is: 'string', required: true } } } as const;
const status = {
  is: {
    task_id: { ...id, required: true },
    state: { is: 'string', required: true },
    executor_id: id,
    agent_id: id,
    source: { is: 'string' },
    reason: { is: 'string' },
    message: { is: 'string' },
    timestamp: { is: 'number' },
    healthy: { is: 'boolean' },
    data: { is: 'bytes' },
    uuid: { is: 'bytes' },
  },
  required: true,
} as const;
const task = { is: { task_id: { ...id, required: true } }, many: true } as const;
const callShape: Shape = {
  framework_id: { ...id, required: true },
  executor_id: { ...id, required: true },
  subscribe: {
    is: {
      unacknowledged_tasks: task,
      unacknowledged_updates: { is: { status }, many: true },
    },
  },
  update: { is: { status } },
  message: { is: { data: { is: 'bytes', required: true } } },
};

const parts: Readonly<Record<string, 'subscribe' | 'update' | 'message'>> = {
  SUBSCRIBE: 'subscribe',
  UPDATE: 'update',
  MESSAGE: 'message',
};

/**
 * Answers a call; `undefined` where it went into a stream. `open` is called once for an accepted
 * SUBSCRIBE, before its first event; it is told what to call when the connection is gone.
 */
export function answerExecutor(
  agent: LocalAgent,
  json: unknown,
  open: (closed: (stream: ExecutorStream) => void) => ExecutorStream,
): Reply | undefined {
  const call = json as V1ExecutorCall;
  const fault = findJsonFault(json, callShape) ?? findMeaningFault(call);
  if (fault !== undefined) return { status: 400, body: fault };
  const frameworkId = call.framework_id?.value ?? '';
  if (!agent.frameworks().has(frameworkId)) {
    return { status: 400, body: 'Framework cannot be found' };
  }
  const hosted = agent.executors.find(frameworkId, call.executor_id?.value ?? '');
  const executor = hosted?.executor;
  if (!(executor instanceof CustomExecutor)) {
    return { status: 400, body: 'Executor cannot be found' };
  }
  if (call.type === 'SUBSCRIBE') {
    executor.subscribe(
      open((stream) => executor.closed(stream)),
      call.subscribe,
    );
    return undefined;
  }
  if (!executor.isSubscribed) return { status: 403, body: 'Executor is not subscribed' };
  if (call.update) executor.update(call.update.status);
  if (call.message) executor.say(call.message.data);
  return { status: 202 };
}

function findMeaningFault(call: V1ExecutorCall): string | undefined {
  const invalid = 'Failed to validate executor::Call:';
  const part = parts[call.type ?? ''];
  if (part === undefined) return `${invalid} Expecting 'type' to be present`;
  if (call[part] === undefined) return `${invalid} Expecting '${part}' to be present`;
  const updates = [call.update, ...(call.subscribe?.unacknowledged_updates ?? [])];
  for (const update of updates) {
    const fault = update && findStatusFault(update.status, call);
    if (fault !== undefined) return `${invalid} ${fault}`;
  }
  return undefined;
}

function findStatusFault(
  { uuid, executor_id: of, source, state }: V1Status,
  { executor_id, framework_id }: V1ExecutorCall,
): string | undefined {
  if (uuid === undefined) return "Expecting 'uuid' to be present";
  if (Buffer.from(uuid, 'base64').length !== 16) return 'Not a valid UUID';
  if (of && of.value !== executor_id?.value) {
    return `ExecutorID in Call: ${executor_id?.value} does not match ExecutorID in TaskStatus: ${of.value}`;
  }
  if (source !== 'SOURCE_EXECUTOR') {
    return (
      `Received Call from executor ${executor_id?.value} of framework ` +
      `${framework_id?.value} with invalid source, expecting 'SOURCE_EXECUTOR'`
    );
  }
  return state === 'TASK_STAGING'
    ? `Received TASK_STAGING from executor ${executor_id?.value} of framework ${framework_id?.value} which is not allowed`
    : undefined;
}
