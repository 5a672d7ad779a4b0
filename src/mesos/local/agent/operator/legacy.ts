/** The endpoints that agents had before their v1 API: GET, and JSON of another shape. */
import { basename } from 'node:path';
import type { V1Framework, V1Resource, V1Status } from '../../../v1.ts';
import { agentCapabilities, buildInfo } from '../../build.ts';
import type { Reply } from '../../master/master.ts';
import { addBags, type Bag, emptyBag, scalarOf } from '../../resources/bag.ts';
import { bagToWire, inAgentOrder, readBag } from '../../resources/wire.ts';
import { amountInWords } from '../../resources/words.ts';
import type { LocalAgent } from '../agent.ts';
import type { AgentTask } from '../task.ts';
import { listContainers, listStatistics } from './containers.ts';
import { endedExecutorsOf, executorsOf, resourcesOf, type ShownExecutor } from './executors.ts';
import { attached, directoryOf, findFile, listFolder, modeInWords, readPart } from './files.ts';
import { attributeInWords, flagsOf } from './flags.ts';
import { metricsOf } from './metrics.ts';

/** Beside a reply the file that is its body. */
interface FileReply extends Reply {
  readonly file?: string;
}

type Endpoint = (agent: LocalAgent, query: URLSearchParams) => FileReply | Promise<FileReply>;

const endpoints: Readonly<Record<string, Endpoint>> = {
  '/health': () => ({ status: 200 }),
  '/version': () => json(buildInfo),
  '/flags': (agent) => json({ flags: Object.fromEntries(flagsOf(agent)) }),
  '/state': (agent) => json(showState(agent)),
  '/metrics/snapshot': (agent) => json(Object.fromEntries(metricsOf(agent))),
  '/containers': (agent) => json(listContainers(agent)),
  '/monitor/statistics': (agent) => json(listStatistics(agent)),
  '/files/debug': (agent) => json(Object.fromEntries(attached(agent))),
  '/files/browse': browse,
  '/files/read': read,
  '/files/download': download,
};

/** `undefined` where there is no such endpoint. */
export function answerGet(
  agent: LocalAgent,
  path: string,
  query: URLSearchParams,
): FileReply | Promise<FileReply> | undefined {
  return Object.hasOwn(endpoints, path) ? endpoints[path]?.(agent, query) : undefined;
}

function json(body: object): Reply {
  return { status: 200, body };
}

const plainText = { 'Content-Type': 'text/plain; charset=utf-8' };
export const fileNotFound: Reply = { status: 404, headers: plainText };
const noPath: Reply = { status: 400, body: "Expecting 'path=value' in query.\n" };

async function browse(agent: LocalAgent, query: URLSearchParams): Promise<Reply> {
  const name = query.get('path');
  if (!name) return noPath;
  const path = await findFile(agent, name);
  const files = path === undefined ? undefined : await listFolder(path, name);
  if (!files) return fileNotFound;
  return json(
    files.map(({ gid, mode, mtime, nlink, path: at, size, uid }) => {
      return { gid, mode: modeInWords(mode), mtime, nlink, path: at, size, uid };
    }),
  );
}

async function read(agent: LocalAgent, query: URLSearchParams): Promise<Reply> {
  const name = query.get('path');
  if (!name) return noPath;
  const offset = Number(query.get('offset') ?? -1);
  const length = Number(query.get('length') ?? Number.POSITIVE_INFINITY);
  if (!Number.isInteger(offset)) return { status: 400, body: 'Failed to parse offset.\n' };
  if (Number.isNaN(length)) return { status: 400, body: 'Failed to parse length.\n' };
  if (offset < -1) return { status: 400, body: `Negative offset provided: ${offset}.\n` };
  const path = await findFile(agent, name);
  if (path === undefined) return fileNotFound;
  // A length below nothing asks for all, as in Mesos.
  const wanted = length < 0 ? Number.POSITIVE_INFINITY : length;
  const part = await readPart(path, offset, wanted);
  if (!part) return { status: 400, body: 'Cannot read a directory.\n' };
  return json({ data: part.bytes.toString(), offset: offset < 0 ? part.size : offset });
}

async function download(agent: LocalAgent, query: URLSearchParams): Promise<FileReply> {
  const name = query.get('path');
  if (!name) return noPath;
  const file = await findFile(agent, name);
  if (file === undefined) return fileNotFound;
  if (!(await readPart(file, 0, 0))) return { status: 400, body: 'Cannot download a directory.\n' };
  const headers = {
    'Content-Disposition': `attachment; filename=${basename(file)}`,
    'Content-Type': 'application/octet-stream',
  };
  return { status: 200, headers, file };
}

function showState(agent: LocalAgent) {
  const { hostname, port = 0, resources, attributes = [] } = agent.info;
  const total = readBag(resources);
  const executors = executorsOf(agent);
  const used = executors.reduce((sum, one) => addBags(sum, resourcesOf(one)), emptyBag);
  return {
    ...buildInfo,
    start_time: agent.startedAt / 1000,
    id: agent.id ?? '',
    pid: `slave(1)@127.0.0.1:${port}`,
    hostname,
    capabilities: agentCapabilities,
    resources: amounts(total),
    reserved_resources: {},
    unreserved_resources: amounts(total),
    reserved_resources_full: {},
    unreserved_resources_full: bagToWire(inAgentOrder(total), { form: 'both' }),
    reserved_resources_allocated: {},
    unreserved_resources_allocated: amounts(used),
    resource_providers: [],
    attributes: Object.fromEntries(attributes.map((one) => [one.name, attributeInWords(one)])),
    master_hostname: 'localhost',
    flags: Object.fromEntries(flagsOf(agent)),
    frameworks: [...agent.frameworks()].map(([id, info]) => showFramework(agent, id, info)),
    completed_frameworks: agent.history.frameworks.map(({ id, info }) =>
      showFramework(agent, id, info),
    ),
  };
}

function showFramework(agent: LocalAgent, id: string, info: V1Framework) {
  const shown = (executors: readonly ShownExecutor[]) =>
    executors
      .filter(({ frameworkId }) => frameworkId === id)
      .map((one) => showExecutor(agent, one));
  return {
    id,
    name: info.name,
    user: info.user,
    failover_timeout: info.failover_timeout ?? 0,
    checkpoint: info.checkpoint ?? false,
    hostname: info.hostname ?? '',
    ...(info.roles ? { roles: info.roles } : { role: info.role ?? '*' }),
    executors: shown(executorsOf(agent)),
    completed_executors: shown(endedExecutorsOf(agent)),
  };
}

function amounts(bag: Bag): object {
  const other = bag.filter(({ name, type }) => type !== 'SCALAR' || !shownAlways.has(name));
  return {
    disk: scalarOf(bag, 'disk'),
    mem: scalarOf(bag, 'mem'),
    gpus: scalarOf(bag, 'gpus'),
    cpus: scalarOf(bag, 'cpus'),
    ...Object.fromEntries(other.map((piece) => [piece.name, amountInWords(piece)])),
  };
}

const shownAlways = new Set(['disk', 'mem', 'gpus', 'cpus']);

function showExecutor(agent: LocalAgent, executor: ShownExecutor) {
  const { id, info, containerId, role, isCommand, tasks, endedTasks } = executor;
  const isQueued = ({ state }: AgentTask) => state === 'TASK_STAGING';
  return {
    id,
    name: info.name ?? '',
    source: info.source ?? '',
    container: containerId,
    directory: directoryOf(agent, executor),
    resources: amounts(resourcesOf(executor)),
    role,
    ...(info.type === undefined ? {} : { type: info.type }),
    tasks: tasks.filter((task) => !isQueued(task)).map((task) => showTask(task, isCommand)),
    queued_tasks: tasks.filter(isQueued).map((task) => showTask(task, isCommand)),
    completed_tasks: endedTasks.map((task) => showTask(task, isCommand)),
  };
}

function showTask({ order, state, statuses }: AgentTask, isCommand: boolean) {
  const { task, executor, frameworkId, role } = order;
  const resources: readonly V1Resource[] = task.resources ?? [];
  return {
    id: task.task_id.value,
    name: task.name,
    framework_id: frameworkId,
    executor_id: isCommand ? '' : (executor?.executor_id?.value ?? ''),
    slave_id: task.agent_id.value,
    state,
    resources: amounts(readBag(resources)),
    role,
    statuses: statuses.map(showStatus),
    ...(task.labels ? { labels: task.labels.labels } : {}),
  };
}

function showStatus({ state, timestamp, healthy, container_status: container }: V1Status) {
  const { container_id, network_infos } = container ?? {};
  const shown = {
    ...(container_id ? { container_id } : {}),
    ...(network_infos ? { network_infos } : {}),
  };
  return {
    state,
    timestamp,
    ...(healthy === undefined ? {} : { healthy }),
    ...(container ? { container_status: shown } : {}),
  };
}
