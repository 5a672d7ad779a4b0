/** The v1 operator API of an agent. */
import { buildInfo } from '../../build.ts';
import type { ContainerId } from '../../executor/container-status.ts';
import { findJsonFault, type Shape } from '../../master/json-shape.ts';
import type { Reply } from '../../master/master.ts';
import type { LocalAgent } from '../agent.ts';
import { showContainers } from './containers.ts';
import { findFile, listFolder, readMaxBytes, readPart } from './files.ts';
import { flagsOf } from './flags.ts';
import { fileNotFound } from './legacy.ts';
import { metricsOf } from './metrics.ts';
import {
  attachOutput,
  type ContainerCall,
  killNested,
  launchNested,
  listenerTo,
  type OutputStream,
  removeNested,
  waitNested,
} from './nested.ts';
import { showExecutors, showFrameworks, showState, showTasks } from './tasks.ts';

/** A call; each part but `type` is there only for its own type. */
interface AgentCall {
  readonly type?: string;
  readonly get_containers?: { readonly show_nested?: boolean };
  readonly list_files?: { readonly path: string };
  readonly read_file?: {
    readonly path: string;
    readonly offset: number;
    readonly length?: number;
  };
}

/** What came with a call that is answered by a stream, or later. */
export interface Exchange {
  /** Opens the answer as a stream; called at most once. */
  open(): OutputStream;
  /** Calls `gone` when the caller is gone before its answer is whole. */
  onGone(gone: () => void): void;
}

const containerId: Shape = {
  value: { is: 'string', required: true },
  parent: { is: { value: { is: 'string', required: true } } },
};
const container: Shape = {
  container_id: { is: containerId, required: true },
  command: {
    is: {
      value: { is: 'string' },
      shell: { is: 'boolean' },
      arguments: { is: 'string', many: true },
      environment: {
        is: {
          variables: {
            is: { name: { is: 'string', required: true }, value: { is: 'string' } },
            many: true,
          },
        },
      },
    },
  },
  signal: { is: 'number' },
};
const containerParts = [
  'launch_container',
  'wait_container',
  'kill_container',
  'remove_container',
  'launch_nested_container',
  'wait_nested_container',
  'kill_nested_container',
  'remove_nested_container',
  'launch_nested_container_session',
  'attach_container_output',
] as const;

type ContainerPart = (typeof containerParts)[number];

const callShape: Shape = {
  type: { is: 'string' },
  get_containers: { is: { show_nested: { is: 'boolean' }, show_standalone: { is: 'boolean' } } },
  list_files: { is: { path: { is: 'string', required: true } } },
  read_file: {
    is: {
      path: { is: 'string', required: true },
      offset: { is: 'number', required: true },
      length: { is: 'number' },
    },
  },
  ...Object.fromEntries(containerParts.map((name) => [name, { is: container }])),
};

/** Calls that are answered with what they ask for, under their own name. */
const reads: Readonly<Record<string, (agent: LocalAgent, call: AgentCall) => object>> = {
  GET_HEALTH: () => ({ healthy: true }),
  GET_VERSION: () => ({ version_info: buildInfo }),
  GET_FLAGS: (agent) => ({ flags: flagsOf(agent).map(([name, value]) => ({ name, value })) }),
  GET_STATE: showState,
  GET_TASKS: showTasks,
  GET_EXECUTORS: showExecutors,
  GET_FRAMEWORKS: showFrameworks,
  GET_CONTAINERS: (agent, { get_containers: wanted }) =>
    showContainers(agent, agent.nested, wanted),
  GET_AGENT: ({ info }) => ({ agent_info: info }),
  GET_METRICS: (agent) => ({
    metrics: metricsOf(agent).map(([name, value]) => ({ name, value })),
  }),
  GET_OPERATIONS: () => ({}),
  GET_RESOURCE_PROVIDERS: () => ({}),
};

/** What a real agent takes too, and this one does not. */
const uncovered: ReadonlySet<string> = new Set([
  'GET_LOGGING_LEVEL',
  'SET_LOGGING_LEVEL',
  'ADD_RESOURCE_PROVIDER_CONFIG',
  'UPDATE_RESOURCE_PROVIDER_CONFIG',
  'REMOVE_RESOURCE_PROVIDER_CONFIG',
  'MARK_RESOURCE_PROVIDER_GONE',
  'PRUNE_IMAGES',
]);

/** `undefined` where the answer is a stream. */
export async function answerAgentCall(
  agent: LocalAgent,
  json: unknown,
  exchange: Exchange,
): Promise<Reply | undefined> {
  const call = json as AgentCall;
  const fault = findJsonFault(json, callShape) ?? findTypeFault(call);
  if (fault !== undefined) return { status: 400, body: fault };
  const { type = '' } = call;
  const read = reads[type];
  if (read) return answered(type, read(agent, call));
  if (type === 'LIST_FILES') return listFiles(agent, call);
  if (type === 'READ_FILE') return readFile(agent, call);
  const part = type.toLowerCase() as ContainerPart;
  const asked = (json as Partial<Record<ContainerPart, ContainerCall>>)[part];
  return asked && answerContainerCall(agent, { type, asked }, exchange);
}

function answered(type: string, body: object): Reply {
  return { status: 200, body: { type, [type.toLowerCase()]: body } };
}

function findTypeFault(call: AgentCall): string | undefined {
  const { type = '' } = call;
  const invalid = 'Failed to validate agent::Call:';
  if (uncovered.has(type)) return `${invalid} The local agent does not answer ${type}`;
  if (Object.hasOwn(reads, type)) return undefined;
  const part = type.toLowerCase();
  const isKnown = part in callShape && part !== 'type' && type === type.toUpperCase();
  if (!isKnown) return `${invalid} Expecting 'type' to be present`;
  return part in call ? undefined : `${invalid} Expecting '${part}' to be present`;
}

async function listFiles(agent: LocalAgent, { list_files: asked }: AgentCall): Promise<Reply> {
  const name = asked?.path ?? '';
  const path = await findFile(agent, name);
  const files = path === undefined ? undefined : await listFolder(path, name);
  if (!files) return fileNotFound;
  const file_infos = files.map(({ mtime, ...rest }) => {
    return { ...rest, mtime: { nanoseconds: mtime * 1e9 } };
  });
  return answered('LIST_FILES', { file_infos });
}

async function readFile(agent: LocalAgent, { read_file: asked }: AgentCall): Promise<Reply> {
  const { path: name = '', offset = 0, length = readMaxBytes } = asked ?? {};
  const path = await findFile(agent, name);
  if (path === undefined) return fileNotFound;
  const part = await readPart(path, Math.max(0, offset), length);
  if (!part) return { status: 400, body: 'Cannot read a directory.\n' };
  return answered('READ_FILE', { size: part.size, data: part.bytes.toString('base64') });
}

async function answerContainerCall(
  agent: LocalAgent,
  { type, asked }: { readonly type: string; readonly asked: ContainerCall },
  exchange: Exchange,
): Promise<Reply | undefined> {
  switch (type) {
    case 'LAUNCH_CONTAINER':
    case 'LAUNCH_NESTED_CONTAINER':
      return launchNested(agent, asked) ?? { status: 200 };
    case 'LAUNCH_NESTED_CONTAINER_SESSION':
      return openSession(agent, asked, exchange);
    case 'ATTACH_CONTAINER_OUTPUT':
      return attachOutput(agent, asked, exchange.open);
    case 'WAIT_CONTAINER':
    case 'WAIT_NESTED_CONTAINER':
      return waitFor(agent, type, asked, exchange);
    case 'KILL_CONTAINER':
    case 'KILL_NESTED_CONTAINER':
      return killNested(agent, asked);
    default:
      return removeNested(agent, asked);
  }
}

/** A session ends with its caller's connection. */
function openSession(
  agent: LocalAgent,
  asked: ContainerCall,
  exchange: Exchange,
): Reply | undefined {
  let stream: OutputStream | undefined;
  const opened = () => (stream ??= exchange.open());
  const refusal = launchNested(
    agent,
    asked,
    listenerTo({ send: (message) => opened().send(message), end: () => opened().end() }),
  );
  if (refusal) return refusal;
  opened();
  exchange.onGone(() => endSession(agent, asked.container_id));
  return undefined;
}

const killSignal = 9;

function endSession(agent: LocalAgent, id: ContainerId): void {
  const nested = agent.nested.find(id);
  if (nested?.status === undefined) nested?.command.signal(killSignal);
}

function waitFor(
  agent: LocalAgent,
  type: string,
  asked: ContainerCall,
  exchange: Exchange,
): Promise<Reply> {
  return new Promise((resolve) => {
    const tell = (exit_status: number) => resolve(answered(type, { exit_status }));
    const refusal = waitNested(agent, asked, tell);
    if (refusal) resolve(refusal);
    exchange.onGone(() => resolve({ status: 200 }));
  });
}
