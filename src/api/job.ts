import { batchFaults } from './batch.ts';
import { NO_PLUGINS, type PluginNames, placementFaults } from './constraint.ts';
import { disruptionFaults } from './disruption.ts';
import type { Cause } from './error.ts';
import { executorFaults } from './executor.ts';
import { apiVersionOf } from './kind.ts';
import { JOB, type Job } from './kinds.gen.ts';
import { parseLocation } from './location.ts';
import type { Draft } from './object.ts';
import { partitionFaults } from './partition.ts';
import { programFaults } from './program-faults.ts';
import { diskToMiB, memoryToMiB, sizeFaults } from './quantity.ts';
import { scaleInFaults } from './scale-in.ts';
import { updateFaults } from './update-faults.ts';

/** What a schema cannot say about a job: every fault, with its field and what was expected. */
export function validateJob(job: Job, plugins: PluginNames = NO_PLUGINS): readonly Cause[] {
  return [
    ...nameFaults(job.metadata.name),
    ...locationFaults(job.spec.location),
    ...sizeFaults('spec.memory', job.spec.memory, memoryToMiB, 'MiB, for example 3200 or 3200Mi'),
    ...sizeFaults('spec.disk', job.spec.disk, diskToMiB, 'GiB, for example 40 or 40Gi'),
    ...partitionFaults(job),
    ...updateFaults(job),
    ...batchFaults(job),
    ...disruptionFaults(job),
    ...scaleInFaults(job),
    ...programFaults(job.spec),
    ...executorFaults(job.spec),
    ...placementFaults(job.spec, plugins),
  ];
}

function nameFaults(name: string): readonly Cause[] {
  if (name.length <= 63) return [];
  const message = `Invalid value: "${name}": must be no more than 63 characters, as the tasks bear it as a label`;
  return [{ reason: 'FieldValueInvalid', field: 'metadata.name', message }];
}

function locationFaults(location: string): readonly Cause[] {
  const parsed = parseLocation(location);
  if (parsed.ok) return [];
  const message = `Invalid value: ${JSON.stringify(location)}: ${parsed.problem}`;
  return [{ reason: 'FieldValueInvalid', field: 'spec.location', message }];
}

/** Whether a parsed manifest is a flat job document: it has a name, and says nothing of its kind. */
export function isJobDocument(document: unknown): document is FlatJob {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return false;
  return !('apiVersion' in document) && !('kind' in document) && 'name' in document;
}

/** The job document of Titan's first design: what a spec has, flat beside the name. */
export interface FlatJob {
  readonly name: unknown;
  readonly namespace?: unknown;
  readonly labels?: unknown;
  readonly annotations?: unknown;
  readonly [field: string]: unknown;
}

/**
 * The Job that a flat document means. Nothing is dropped: fields that a job does not have reach the
 * API server, which refuses them by name.
 */
export function jobFromDocument({
  name,
  namespace,
  labels,
  annotations,
  ...spec
}: FlatJob): Draft<Job> {
  const metadata = { name, namespace, labels, annotations };
  const given = Object.entries(metadata).filter(([, value]) => value !== undefined);
  return {
    apiVersion: apiVersionOf(JOB),
    kind: JOB.kind,
    metadata: Object.fromEntries(given) as Draft<Job>['metadata'],
    spec: spec as unknown as Job['spec'],
  };
}
