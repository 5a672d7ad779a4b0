/** What is to run, from the port's types to Mesos' JSON. */
import { type Ask, carve, type Pieces } from './carve.ts';
import { fromPiece } from './pieces.ts';
import type {
  Check,
  Discovery,
  HealthCheck,
  Launch,
  Mount,
  OwnExecutor,
  Probe,
  Program,
  Sidecar,
} from './port.ts';
import type { V1CheckTimes, V1Command, V1Labels, V1Operation, V1Resource, V1Task } from './v1.ts';
import type {
  V1Check,
  V1Container,
  V1Discovery,
  V1Executor,
  V1HealthCheck,
  V1HttpCheck,
  V1TcpCheck,
  V1Volume,
} from './v1-container.ts';

export interface LaunchPlace {
  readonly frameworkId: string;
  readonly agentId: string;
  /** What the offers hold; what tasks take is cut out of it. */
  readonly pieces: Pieces;
}

/** What the default executor of a task group takes for itself; Mesos refuses one without. */
export const groupOverhead = { cpus: 0.1, memoryMiB: 32, diskMiB: 32 } as const satisfies Ask;

/**
 * One LAUNCH for the tasks that stand alone, and one LAUNCH_GROUP for each that has sidecars. Tasks
 * that share an executor say the same of it, and its resources are taken once.
 */
export function toLaunches(launches: readonly Launch[], place: LaunchPlace): V1Operation[] {
  const alone = launches.filter(({ sidecars = [] }) => sidecars.length === 0);
  const grouped = launches.filter(({ sidecars = [] }) => sidecars.length > 0);
  const executors = new Map<string, V1Executor>();
  const task_infos = alone.map((launch) => {
    const task = toTask(launch, place);
    const { executor } = launch;
    if (executor === undefined) return task;
    const info = executors.get(executor.id) ?? toExecutor(executor, ownPart(launch), place);
    executors.set(executor.id, info);
    return toOwn(task, executor, info);
  });
  return [
    ...(task_infos.length > 0 ? [{ type: 'LAUNCH', launch: { task_infos } }] : []),
    ...grouped.map((launch) => toGroup(launch, place)),
  ];
}

export function toTask(launch: Launch, { agentId, pieces }: Omit<LaunchPlace, 'frameworkId'>) {
  return taskOf(launch, launch, { agentId, resources: carve(pieces, launch), shares: 'SELF' });
}

/** What the parts of one launch may use alike. */
function ownPart({ capacityGroup }: Launch): Pick<Ask, 'capacityGroup'> {
  return capacityGroup === undefined ? {} : { capacityGroup };
}

/** Mesos refuses a task that has both a command and an executor. */
function toOwn(task: V1Task, { data }: OwnExecutor, executor: V1Executor): V1Task {
  const { command: _, ...rest } = task;
  const given = data === undefined ? {} : { data: Buffer.from(data).toString('base64') };
  return { ...rest, executor, ...given };
}

function toExecutor(
  executor: OwnExecutor,
  own: Pick<Ask, 'capacityGroup'>,
  { frameworkId, pieces }: LaunchPlace,
): V1Executor {
  const { id, name, labels } = executor;
  return {
    type: 'CUSTOM',
    executor_id: { value: id },
    framework_id: { value: frameworkId },
    name,
    resources: carve(pieces, { ...executor, ...own }),
    command: toCommand(executor, []),
    labels: toLabels(labels),
  };
}

/** The executor bears the name of the main task, by which it can be shut down. */
function toGroup(launch: Launch, { frameworkId, agentId, pieces }: LaunchPlace): V1Operation {
  const { sidecars = [], taskId } = launch;
  const own = ownPart(launch);
  const members: readonly (Launch | Sidecar)[] = [launch, ...sidecars];
  return {
    type: 'LAUNCH_GROUP',
    launch_group: {
      executor: {
        type: 'DEFAULT',
        executor_id: { value: taskId },
        framework_id: { value: frameworkId },
        resources: carve(pieces, { ...groupOverhead, ...own }),
        container: { type: 'MESOS' },
        shutdown_grace_period: { nanoseconds: launch.killGraceMs * 1e6 },
      },
      task_group: {
        tasks: members.map((member) =>
          taskOf(launch, member, {
            agentId,
            resources: carve(pieces, { ...member, ...own }),
            shares: 'PARENT',
          }),
        ),
      },
    },
  };
}

interface TaskOptions {
  readonly agentId: string;
  readonly resources: readonly V1Resource[];
  /** Where folders that programs share lie: in the task's own sandbox, or in the group's. */
  readonly shares: 'SELF' | 'PARENT';
}

function taskOf(launch: Launch, program: Launch | Sidecar, options: TaskOptions): V1Task {
  const { agentId, resources, shares } = options;
  const container = toContainer(program, shares);
  const { health, readiness } = program;
  return {
    name: program.name,
    task_id: { value: program.taskId },
    agent_id: { value: agentId },
    resources: [...resources, ...volumesOf(program.mounts)],
    command: toCommand(program, launch.ports),
    ...(container ? { container } : {}),
    ...(health ? { health_check: toHealthCheck(health) } : {}),
    ...(readiness ? { check: toCheck(readiness) } : {}),
    kill_policy: { grace_period: { nanoseconds: launch.killGraceMs * 1e6 } },
    labels: toLabels(launch.labels),
    ...(launch.discovery && program === launch ? { discovery: toDiscovery(launch.discovery) } : {}),
  };
}

function toLabels(labels: Launch['labels']): V1Labels {
  return { labels: Object.entries(labels).map(([key, value]) => ({ key, value })) };
}

/** A real Mesos with the Docker image provider, or with the Docker containerizer, takes it. */
function toContainer(program: Program, shares: 'SELF' | 'PARENT'): V1Container | undefined {
  const { image: name, runtime = 'Mesos', mounts = [] } = program;
  const found = mounts.flatMap((mount) => toVolume(mount, shares) ?? []);
  const volumes = found.length > 0 ? { volumes: found } : {};
  if (runtime === 'Docker') {
    return { type: 'DOCKER', ...volumes, docker: { image: name ?? '', network: 'HOST' } };
  }
  if (name === undefined) return found.length > 0 ? { type: 'MESOS', ...volumes } : undefined;
  return { type: 'MESOS', ...volumes, mesos: { image: { type: 'DOCKER', docker: { name } } } };
}

/** A persistent volume comes with its resource, and is none of these. */
function toVolume({ path, readOnly, from }: Mount, type: 'SELF' | 'PARENT'): V1Volume | undefined {
  const common = { container_path: path, mode: readOnly ? 'RO' : 'RW' };
  switch (from.type) {
    case 'host':
      return { ...common, source: { type: 'HOST_PATH', host_path: { path: from.path } } };
    case 'shared':
      return {
        ...common,
        source: { type: 'SANDBOX_PATH', sandbox_path: { type, path: from.name } },
      };
    case 'volume':
      return undefined;
  }
}

function volumesOf(mounts: readonly Mount[] = []): readonly V1Resource[] {
  return mounts.flatMap(({ path, readOnly, from }) => {
    if (from.type !== 'volume') return [];
    const { volume } = from.piece;
    return volume ? [fromPiece({ ...from.piece, volume: { ...volume, path, readOnly } })] : [];
  });
}

/** Without a command, no value: Mesos then runs the image's own entry. */
function toCommand(
  program: Pick<Program, 'command' | 'environment' | 'user' | 'files'>,
  ports: readonly number[],
): V1Command {
  const { command = [], environment, user, files = [] } = program;
  const variables = [
    ...ports.map((port, index) => ({ name: `PORT${index}`, value: String(port) })),
    ...Object.entries(environment).map(([name, value]) => ({ name, value })),
  ].map((variable) => ({ ...variable, type: 'VALUE' }));
  const uris = files.map(({ uri, executable, extract, cache, name }) => ({
    value: uri,
    executable,
    extract,
    cache,
    ...(name === undefined ? {} : { output_file: name }),
  }));
  return {
    ...toArguments(command),
    environment: { variables },
    ...(uris.length > 0 ? { uris } : {}),
    ...(user === undefined ? {} : { user }),
  };
}

function toArguments(command: readonly string[]): V1Command {
  const [value] = command;
  return { shell: false, ...(value === undefined ? {} : { value, arguments: command }) };
}

function toHealthCheck(check: HealthCheck): V1HealthCheck {
  const { probe, failures, graceMs } = check;
  const command = probe.type === 'command' ? { command: toArguments(probe.command) } : {};
  return {
    ...toNetwork(probe, true),
    ...command,
    ...toTimes(check),
    consecutive_failures: failures,
    grace_period_seconds: graceMs / 1000,
  };
}

function toCheck(check: Check): V1Check {
  const { probe } = check;
  const command =
    probe.type === 'command' ? { command: { command: toArguments(probe.command) } } : {};
  return { ...toNetwork(probe, false), ...command, ...toTimes(check) };
}

interface NetworkCheck {
  readonly type: string;
  readonly http?: V1HttpCheck;
  readonly tcp?: V1TcpCheck;
}

/** Only health checks may name a scheme (mesos.proto, `CheckInfo.Http`). */
function toNetwork(probe: Probe, forHealth: boolean): NetworkCheck {
  switch (probe.type) {
    case 'command':
      return { type: 'COMMAND' };
    case 'http': {
      const { port, path, scheme } = probe;
      return { type: 'HTTP', http: { port, path, ...(forHealth ? { scheme } : {}) } };
    }
    case 'tcp':
      return { type: 'TCP', tcp: { port: probe.port } };
  }
}

function toTimes({ delayMs, intervalMs, timeoutMs }: Check): V1CheckTimes {
  return {
    delay_seconds: delayMs / 1000,
    interval_seconds: intervalMs / 1000,
    timeout_seconds: timeoutMs / 1000,
  };
}

function toDiscovery({ name, visibility, ports }: Discovery): V1Discovery {
  return { visibility: visibility.toUpperCase(), name, ports: { ports } };
}
