import type { Task } from '../../src/api/kinds.gen.ts';
import { STOP_ON_AGENT_LABEL } from '../../src/api/partition.ts';
import type { Launch } from '../../src/mesos/port.ts';

export interface Place {
  readonly name: string;
  readonly region: string;
}

/** What Mesos is told to run for a bound task. Titan's own variables win over the job's. */
export function launchOf({ metadata, spec, status }: Task, home: Place): Launch {
  const { image, command, cpus, memoryMiB, diskMiB } = spec;
  const namespace = metadata.namespace ?? 'default';
  const given = (spec.env ?? []).map(({ name, value }): [string, string] => [name, value]);
  return {
    taskId: status?.mesosTaskId ?? '',
    name: metadata.name,
    cpus,
    memoryMiB,
    diskMiB,
    ports: status?.ports ?? [],
    ...(image === undefined ? {} : { image }),
    ...(command === undefined ? {} : { command }),
    environment: {
      ...Object.fromEntries(given),
      TITAN_NAMESPACE: namespace,
      TITAN_JOB: spec.jobName,
      TITAN_TASK: metadata.name,
      TITAN_SLOT: spec.slot,
      TITAN_ATTEMPT: String(spec.attempt),
      TITAN_VERSION: spec.version,
      TITAN_DOMAIN: home.name,
      TITAN_REGION: home.region,
    },
    killGraceMs: spec.killWaitSeconds * 1000,
    labels: {
      'titan.dev/namespace': namespace,
      'titan.dev/job': spec.jobName,
      ...(spec.stopOnAgentAfterSeconds === undefined
        ? {}
        : { [STOP_ON_AGENT_LABEL]: String(spec.stopOnAgentAfterSeconds) }),
    },
  };
}
