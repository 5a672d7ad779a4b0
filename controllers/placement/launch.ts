import { executorIdOf } from '../../src/api/executor.ts';
import type { Task } from '../../src/api/kinds.gen.ts';
import { STOP_ON_AGENT_LABEL } from '../../src/api/partition.ts';
import { portNumberOf } from '../../src/api/port-name.ts';
import { sidecarTaskId } from '../../src/api/task.ts';
import { originLabels } from '../../src/api/task-origin.ts';
import { mainSizes } from '../../src/api/task-shape.ts';
import type {
  Check,
  HealthCheck,
  Items,
  Launch,
  Mount,
  Probe,
  Program,
} from '../../src/mesos/port.ts';
import type { Secrets } from '../../src/runtime/secrets.ts';
import type { Home } from '../../src/scheduling/objects/view.ts';
import type { Mounted } from './volumes.ts';

type Spec = Task['spec'];
/** The main program of a task and its sidecars say these alike. */
type Said = Pick<
  Spec,
  | 'image'
  | 'command'
  | 'env'
  | 'user'
  | 'files'
  | 'volumeMounts'
  | 'livenessProbe'
  | 'readinessProbe'
>;

/** What a task is launched with beside what it says itself. */
interface LaunchWith {
  readonly secrets?: Pick<Secrets, 'valueFor'>;
  /** Its Volumes, by the volume's name in the job. */
  readonly pieces?: Mounted['pieces'];
  /** The capacity group that it is charged to. */
  readonly group?: string;
}

/** What Mesos is told to run for a bound task. Titan's own variables win over the job's. */
export function launchOf(
  task: Task,
  home: Home,
  { secrets = { valueFor: () => undefined }, pieces = new Map(), group }: LaunchWith = {},
): Launch {
  const { metadata, spec, status } = task;
  const { gpus, extraResources, sidecars = [], runtime } = spec;
  const taskId = status?.mesosTaskId ?? '';
  const others = { ...extraResources, ...(gpus === undefined ? {} : { gpus }) };
  const discovery = discoveryOf(task);
  const program = (said: Said) => programOf(said, task, { home, secrets, pieces });
  return {
    ...program(spec),
    ...(runtime === undefined ? {} : { runtime }),
    taskId,
    name: metadata.name,
    ...mainSizes(spec),
    ...(Object.keys(others).length === 0 ? {} : { others }),
    ports: status?.ports ?? [],
    ...itemsOf(task),
    ...(group === undefined ? {} : { capacityGroup: group }),
    killGraceMs: spec.killWaitSeconds * 1000,
    labels: labelsOf(task),
    ...(discovery ? { discovery } : {}),
    ...ownExecutorOf(task, home),
    ...(sidecars.length === 0
      ? {}
      : {
          sidecars: sidecars.map((sidecar) => ({
            ...program(sidecar),
            taskId: sidecarTaskId(taskId, sidecar.name),
            name: `${metadata.name}-${sidecar.name}`,
            cpus: sidecar.cpus,
            memoryMiB: sidecar.memoryMiB,
            diskMiB: sidecar.diskMiB,
          })),
        }),
  };
}

/** The values of ranges and items of sets that it was given. */
function itemsOf({ status }: Task): Pick<Launch, 'items'> {
  const given = (status?.extraItems ?? []).map(({ name, numbers, items = [] }): [string, Items] => [
    name,
    numbers === undefined
      ? { type: 'set', items }
      : { type: 'ranges', ranges: numbers.map((number) => ({ begin: number, end: number })) },
  ]);
  return given.length === 0 ? {} : { items: Object.fromEntries(given) };
}

/** The same for every task that shares it. */
function ownExecutorOf(task: Task, home: Home): Pick<Launch, 'executor'> {
  const { executor, jobName } = task.spec;
  const id = executorIdOf(task);
  if (executor === undefined || id === undefined) return {};
  const { shared: _, env = [], labels = {}, data, ...rest } = executor;
  const given = env.map(({ name, value }) => [name, value] as const);
  return {
    executor: {
      ...rest,
      id,
      name: jobName,
      environment: { ...Object.fromEntries(given), ...commonEnvironment(task, home) },
      labels,
      ...(data === undefined ? {} : { data: new TextEncoder().encode(data) }),
    },
  };
}

/** What tasks of one version have in common. */
function commonEnvironment({ metadata, spec }: Task, home: Home) {
  return {
    TITAN_NAMESPACE: metadata.namespace ?? 'default',
    TITAN_JOB: spec.jobName,
    TITAN_VERSION: spec.version,
    TITAN_DOMAIN: home.name,
    TITAN_REGION: home.region,
  };
}

interface Around {
  readonly home: Home;
  readonly secrets: Pick<Secrets, 'valueFor'>;
  readonly pieces: Mounted['pieces'];
}

function programOf(said: Said, task: Task, around: Around): Program {
  const { image, command, user, files, volumeMounts = [], livenessProbe, readinessProbe } = said;
  return {
    ...(image === undefined ? {} : { image }),
    ...(command === undefined ? {} : { command }),
    environment: environmentOf(said, task, around),
    ...(user === undefined ? {} : { user }),
    ...(files === undefined ? {} : { files }),
    ...(volumeMounts.length === 0
      ? {}
      : { mounts: volumeMounts.map((mount) => mountOf(mount, task.spec, around)) }),
    ...(livenessProbe ? { health: healthOf(livenessProbe, task) } : {}),
    ...(readinessProbe ? { readiness: checkOf(readinessProbe, task) } : {}),
  };
}

function environmentOf({ env = [] }: Said, task: Task, { home, secrets }: Around) {
  const { metadata, spec } = task;
  const given = env.flatMap(({ name, value, valueFrom }): [string, string][] => {
    const text = valueFrom ? secrets.valueFor(task, valueFrom.secretKeyRef) : value;
    return text === undefined ? [] : [[name, text]];
  });
  return {
    ...Object.fromEntries(given),
    ...commonEnvironment(task, home),
    TITAN_TASK: metadata.name,
    TITAN_SLOT: spec.slot,
    ...(spec.index === undefined ? {} : { TITAN_INDEX: String(spec.index) }),
    TITAN_ATTEMPT: String(spec.attempt),
    ...Object.fromEntries([
      ...slotsOf(task).map(([set, slots]) => [variableOf('SET', set), slots]),
      ...(task.status?.extraItems ?? []).map(({ name, numbers, items }) => [
        variableOf('ITEMS', name),
        (numbers ?? items ?? []).join(','),
      ]),
    ]),
  };
}

function variableOf(what: 'SET' | 'ITEMS', name: string): string {
  return `TITAN_${what}_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
}

/** The numbers of the slots that the task has of each named resource set. */
function slotsOf({ status }: Task): readonly (readonly [set: string, slots: string])[] {
  const bySet = Map.groupBy(status?.resourceSets ?? [], ({ set }) => set);
  return [...bySet].map(([set, shares]) => [set, shares.map(({ slot }) => slot).join(',')]);
}

function labelsOf(task: Task): Launch['labels'] {
  const { spec } = task;
  return {
    ...spec.taskLabels,
    ...originLabels(task),
    ...Object.fromEntries(slotsOf(task).map(([set, slots]) => [`titan.dev/set-${set}`, slots])),
    ...(spec.stopOnAgentAfterSeconds === undefined
      ? {}
      : { [STOP_ON_AGENT_LABEL]: String(spec.stopOnAgentAfterSeconds) }),
  };
}

type Volumes = NonNullable<Spec['volumes']>;
type VolumeMount = NonNullable<Spec['volumeMounts']>[number];

function mountOf(
  { name, mountPath, readOnly }: VolumeMount,
  { volumes = [] }: Spec,
  { pieces }: Around,
): Mount {
  const volume = volumes.find((each) => each.name === name);
  const piece = pieces.get(name);
  if (piece) return { path: mountPath, readOnly, from: { type: 'volume', piece } };
  return { path: mountPath, readOnly, from: sourceOf(volume, name) };
}

function sourceOf(volume: Volumes[number] | undefined, name: string): Mount['from'] {
  const { hostPath } = volume ?? {};
  return hostPath ? { type: 'host', path: hostPath.path } : { type: 'shared', name };
}

type Liveness = NonNullable<Spec['livenessProbe']>;
type Readiness = NonNullable<Spec['readinessProbe']>;

function healthOf(probe: Liveness, task: Task): HealthCheck {
  return {
    ...checkOf(probe, task),
    failures: probe.failureThreshold,
    graceMs: probe.gracePeriodSeconds * 1000,
  };
}

function checkOf(probe: Liveness | Readiness, task: Task): Check {
  return {
    probe: probeOf(probe, task),
    delayMs: probe.initialDelaySeconds * 1000,
    intervalMs: probe.periodSeconds * 1000,
    timeoutMs: probe.timeoutSeconds * 1000,
  };
}

function probeOf({ exec, httpGet, tcpSocket }: Liveness | Readiness, task: Task): Probe {
  if (exec) return { type: 'command', command: exec.command };
  if (tcpSocket) return { type: 'tcp', port: portOf(tcpSocket.port, task) };
  const { port = 0, path = '/' } = httpGet ?? {};
  const secure = httpGet !== undefined && 'scheme' in httpGet && httpGet.scheme === 'HTTPS';
  return { type: 'http', port: portOf(port, task), path, scheme: secure ? 'https' : 'http' };
}

function portOf(port: number | string, { spec, status }: Task): number {
  const { portNames = [] } = spec;
  return portNumberOf(port, { ports: status?.ports ?? [], portNames }) ?? 0;
}

function discoveryOf({ spec, status }: Task): Launch['discovery'] {
  const { discovery, portNames = [], jobName } = spec;
  if (discovery === undefined) return undefined;
  const { name = jobName, visibility, protocol } = discovery;
  const ports = (status?.ports ?? []).map((number, index) => {
    const named = portNames[index];
    return { number, protocol, ...(named === undefined ? {} : { name: named }) };
  });
  return { name, visibility, ports };
}
