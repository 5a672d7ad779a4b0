import type { Task } from './kinds.gen.ts';

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
}

const LABELS = {
  namespace: 'titan.dev/namespace',
  job: 'titan.dev/job',
  jobUid: 'titan.dev/job-uid',
  slot: 'titan.dev/slot',
  attempt: 'titan.dev/attempt',
  revision: 'titan.dev/revision',
  ports: 'titan.dev/ports',
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
  };
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
  return { namespace, job, jobUid, slot, attempt, revision, ports: ports.map(Number) };
}

function isCount(text: string): boolean {
  return /^\d{1,9}$/.test(text);
}
