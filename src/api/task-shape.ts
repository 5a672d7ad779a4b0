import type { Job, TaskSpec } from './kinds.gen.ts';
import { stopOnAgentAfterMs } from './partition.ts';
import { diskToMiB, memoryToMiB } from './quantity.ts';

/** What one task of a job needs and runs, with every default and unit worked out. */
export type TaskShape = Omit<
  TaskSpec,
  'jobName' | 'slot' | 'attempt' | 'index' | 'retries' | 'revision' | 'agent'
>;

type Sidecars = NonNullable<TaskShape['sidecars']>;

/** Seconds between SIGTERM and SIGKILL where the job does not say (Titus: 10 batch, 120 service). */
const KILL_WAIT_SECONDS = { batch: 10, service: 120 };

/**
 * What the executor of a task with sidecars takes for itself: Mesos refuses one that has not some of
 * each.
 */
const GROUP_OVERHEAD = { cpus: 0.1, memoryMiB: 32, diskMiB: 32 } as const;

/** A job that passed `validateJob`, as its tasks see it. What it does not say is left out. */
export function taskShape(job: Job): TaskShape {
  const { metadata, spec } = job;
  const { image: _, runtime, ...container } = spec.container ?? {};
  const stopMs = stopOnAgentAfterMs(job);
  const image = imageOf(spec);
  const kind = spec.restartOnSuccess ? 'service' : 'batch';
  const sidecars = (spec.sidecars ?? []).map(inMiB);
  const executor = spec.executor && inMiB(spec.executor);
  const main = {
    cpus: spec.cpus,
    memoryMiB: memoryToMiB(spec.memory) ?? 0,
    diskMiB: diskToMiB(spec.disk) ?? 0,
  };
  const { volumes, portNames, discovery, taskLabels, gpus } = spec;
  const { constraints, placement, resourceSets, extraResources, extraItems } = spec;
  return {
    applicationName: spec.applicationName,
    version: spec.version,
    ...(image === undefined ? {} : { image }),
    ...given(container),
    ...whole(main, { sidecars, executor }),
    ports: spec.ports,
    killWaitSeconds: spec.killWaitSeconds ?? KILL_WAIT_SECONDS[kind],
    ...(stopMs === undefined ? {} : { stopOnAgentAfterSeconds: Math.ceil(stopMs / 1_000) }),
    ...given({ volumes, portNames, taskLabels, gpus, extraResources, extraItems, resourceSets }),
    ...given({ constraints, placement }),
    ...(runtime === 'Docker' ? { runtime } : {}),
    ...(sidecars.length > 0 ? { sidecars } : {}),
    ...(executor ? { executor } : {}),
    ...(discovery ? { discovery: { name: metadata.name, ...discovery } } : {}),
  };
}

/** What of a task runs beside its main program. */
interface Beside {
  readonly sidecars?: Sidecars | undefined;
  readonly executor?: TaskShape['executor'] | undefined;
}

/** A task with its sidecars and its executor is placed as one. */
function whole(main: Sizes, { sidecars = [], executor }: Beside): Sizes {
  const group = sidecars.length > 0 ? [...sidecars, GROUP_OVERHEAD] : [];
  const all = [main, ...group, ...(executor ? [executor] : [])];
  if (all.length === 1) return main;
  const sum = (of: (sizes: Sizes) => number) => all.reduce((total, each) => total + of(each), 0);
  return {
    cpus: Math.round(sum(({ cpus }) => cpus) * 1000) / 1000,
    memoryMiB: sum(({ memoryMiB }) => memoryMiB),
    diskMiB: sum(({ diskMiB }) => diskMiB),
  };
}

interface Sizes {
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly diskMiB: number;
}

type Size = Job['spec']['memory'];

function inMiB<T extends { readonly memory: Size; readonly disk: Size }>({
  memory,
  disk,
  ...rest
}: T) {
  return { ...rest, memoryMiB: memoryToMiB(memory) ?? 0, diskMiB: diskToMiB(disk) ?? 0 };
}

function imageOf(spec: Job['spec']): string | undefined {
  const { applicationName, version, container, executor } = spec;
  if (executor !== undefined) return undefined;
  if (container?.image !== undefined) return container.image;
  return container?.command === undefined ? `${applicationName}:${version}` : undefined;
}

/** Without what is undefined. */
function given<T extends object>(parts: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(parts).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

/** What of a task is its main program's: all that is not its sidecars' and their executor's. */
export function mainSizes(shape: TaskShape): Sizes {
  const { cpus, memoryMiB, diskMiB } = shape;
  const beside = whole({ cpus: 0, memoryMiB: 0, diskMiB: 0 }, shape);
  return {
    cpus: Math.round((cpus - beside.cpus) * 1000) / 1000,
    memoryMiB: memoryMiB - beside.memoryMiB,
    diskMiB: diskMiB - beside.diskMiB,
  };
}

/** The same text for the same shape, in whatever order its fields were written. */
export function shapeText(shape: Partial<TaskShape>): string {
  return JSON.stringify(shape, (_key, value: unknown) =>
    isPlainObject(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
