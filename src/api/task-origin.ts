import type { Task, TaskStatus } from './kinds.gen.ts';

/** What a task says of itself at Mesos, so that it can be known again without its object. */
export interface TaskOrigin {
  readonly namespace: string;
  readonly job: string;
  /** The job's uid: a newer job of the same name is another. */
  readonly jobUid: string;
  readonly slot: string;
  readonly attempt: number;
  readonly revision: string;
  /** Its host ports, in order. */
  readonly ports: readonly number[];
  /** What else it was given on its agent; absent where its labels say nothing of it. */
  readonly given?: Given;
}

/** Values of ranges and items of sets, and slots of named resource sets. */
export type Given = Pick<TaskStatus, 'extraItems' | 'resourceSets'>;

const LABELS = {
  namespace: 'titan.dev/namespace',
  job: 'titan.dev/job',
  jobUid: 'titan.dev/job-uid',
  slot: 'titan.dev/slot',
  attempt: 'titan.dev/attempt',
  revision: 'titan.dev/revision',
  ports: 'titan.dev/ports',
  given: 'titan.dev/given',
} as const;

/** The labels that a task bears at Mesos. */
export function originLabels({ metadata, spec, status }: Task): Readonly<Record<string, string>> {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  const ports = status?.ports ?? [];
  return {
    [LABELS.namespace]: metadata.namespace ?? 'default',
    [LABELS.job]: spec.jobName,
    ...(owner === undefined ? {} : { [LABELS.jobUid]: owner.uid }),
    [LABELS.slot]: spec.slot,
    [LABELS.attempt]: String(spec.attempt),
    [LABELS.revision]: spec.revision,
    ...(ports.length === 0 ? {} : { [LABELS.ports]: ports.join(',') }),
    ...givenLabel(status),
  };
}

function givenLabel({ extraItems = [], resourceSets = [] }: TaskStatus = {}) {
  if (extraItems.length + resourceSets.length === 0) return {};
  return { [LABELS.given]: JSON.stringify({ extraItems, resourceSets } satisfies Given) };
}

/** Reads them; `undefined` where one is missing or makes no sense. */
export function originOf(labels: Readonly<Record<string, string>>): TaskOrigin | undefined {
  const textOf = (name: keyof typeof LABELS) => labels[LABELS[name]] ?? '';
  const [namespace, job, jobUid] = [textOf('namespace'), textOf('job'), textOf('jobUid')];
  const [slot, revision] = [textOf('slot'), textOf('revision')];
  const isWhole = [namespace, job, jobUid, slot, revision].every((text) => text !== '');
  const ports = textOf('ports') === '' ? [] : textOf('ports').split(',');
  if (!isWhole || ![textOf('attempt'), ...ports].every(isCount)) return undefined;
  const attempt = Number(textOf('attempt'));
  const given = givenOf(textOf('given'));
  return {
    ...{ namespace, job, jobUid, slot, attempt, revision, ports: ports.map(Number) },
    ...(given === undefined ? {} : { given }),
  };
}

/** `undefined` where it is not what we write. */
function givenOf(text: string): Given | undefined {
  try {
    const given: unknown = JSON.parse(text);
    return isGiven(given) ? given : undefined;
  } catch {
    return undefined;
  }
}

function isGiven(value: unknown): value is Given {
  if (typeof value !== 'object' || value === null) return false;
  const { extraItems, resourceSets } = value as Readonly<Record<string, unknown>>;
  return isListOf(extraItems, { name: 'string' }) && isListOf(resourceSets, SHARE);
}

const SHARE = { set: 'string', value: 'string', count: 'number', slot: 'number' };

function isListOf(list: unknown, types: Readonly<Record<string, string>>): boolean {
  if (!Array.isArray(list)) return false;
  return list.every((item: unknown) => {
    const fields = (item ?? {}) as Readonly<Record<string, unknown>>;
    return Object.entries(types).every(([name, type]) => typeof fields[name] === type);
  });
}

function isCount(text: string): boolean {
  return /^\d{1,9}$/.test(text);
}
