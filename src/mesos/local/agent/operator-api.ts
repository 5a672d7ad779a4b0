/** What an agent tells operators of itself, as far as it needs no look into containers; see README.md. */
import type { Reply } from '../master/master.ts';

const answers: Readonly<Record<string, object>> = {
  GET_HEALTH: { get_health: { healthy: true } },
  GET_VERSION: { get_version: { version_info: { version: '1.12.0' } } },
};

/** What a real agent takes too, and this one does not. */
const uncovered: ReadonlySet<string> = new Set([
  'GET_FLAGS',
  'GET_METRICS',
  'GET_LOGGING_LEVEL',
  'SET_LOGGING_LEVEL',
  'LIST_FILES',
  'READ_FILE',
  'GET_STATE',
  'GET_CONTAINERS',
  'GET_FRAMEWORKS',
  'GET_EXECUTORS',
  'GET_OPERATIONS',
  'GET_TASKS',
  'GET_AGENT',
  'GET_RESOURCE_PROVIDERS',
  'LAUNCH_CONTAINER',
  'WAIT_CONTAINER',
  'KILL_CONTAINER',
  'REMOVE_CONTAINER',
  'LAUNCH_NESTED_CONTAINER',
  'WAIT_NESTED_CONTAINER',
  'KILL_NESTED_CONTAINER',
  'REMOVE_NESTED_CONTAINER',
  'LAUNCH_NESTED_CONTAINER_SESSION',
  'ATTACH_CONTAINER_INPUT',
  'ATTACH_CONTAINER_OUTPUT',
  'ADD_RESOURCE_PROVIDER_CONFIG',
  'UPDATE_RESOURCE_PROVIDER_CONFIG',
  'REMOVE_RESOURCE_PROVIDER_CONFIG',
  'MARK_RESOURCE_PROVIDER_GONE',
  'PRUNE_IMAGES',
]);

export function answerAgentCall(json: unknown): Reply {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    const body = 'Failed to convert JSON into Call protobuf: Expecting a JSON object';
    return { status: 400, body };
  }
  const type = 'type' in json && typeof json.type === 'string' ? json.type : '';
  if (Object.hasOwn(answers, type)) return { status: 200, body: { type, ...answers[type] } };
  const why = uncovered.has(type)
    ? `The local agent does not answer ${type}`
    : "Expecting 'type' to be present";
  return { status: 400, body: `Failed to validate agent::Call: ${why}` };
}
