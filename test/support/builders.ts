import { apiVersionOf } from '../../src/api/kind.ts';
import {
  AGENT,
  type Agent,
  CAPACITY_GROUP,
  type CapacityGroup,
  FAULT_DOMAIN,
  type FaultDomain,
  JOB,
  type Job,
  TASK,
  type Task,
  type TaskStatus,
} from '../../src/api/kinds.gen.ts';
import { type CountedObject, type ObjectMeta, toTimestamp } from '../../src/api/object.ts';
import {
  isTerminalPhase,
  MOVE_ANNOTATION,
  TASK_FINALIZER,
  type TaskPhase,
} from '../../src/api/task.ts';
import { START } from './clock.ts';

export const JOB_UID = '10000000-0000-4000-8000-000000000000';

/** Metadata of an object that was made when tests begin. */
export function aMeta(name: string, more: Partial<ObjectMeta> = {}): CountedObject['metadata'] {
  return {
    name,
    uid: JOB_UID,
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: toTimestamp(START),
    ...more,
  };
}

/** A service of one task in dc1, unless told. */
export function aJob(spec: Partial<Job['spec']> = {}, meta: Partial<ObjectMeta> = {}): Job {
  return {
    apiVersion: apiVersionOf(JOB),
    kind: JOB.kind,
    metadata: aMeta('web', { namespace: 'default', ...meta }),
    spec: {
      applicationName: 'web',
      version: '1',
      location: 'dc1:1',
      cpus: 1,
      memory: 512,
      disk: 1,
      ports: 0,
      restartOnFailure: true,
      restartOnSuccess: true,
      ...spec,
    },
  };
}

const LINE =
  /^(?<slot>[a-z0-9.-]+)#(?<attempt>\d+) (?<phase>[A-Za-z]+)(?: (?<fault>Program|System|None))?(?: ran=(?<ran>\d+))?(?: @(?<finished>\d+))?(?: r=(?<retries>\d+))?(?: rev=(?<revision>\w+))?(?<deleting> deleting)?(?<away> away)?(?<moving> moving)?$/;

/**
 * A task from a line: `<slot>#<attempt> <phase> [fault] [ran=<seconds>] [@<second it ended>] [r=<retries>]
 * [rev=<revision>] [deleting] [away] [moving]`: `away` is cut off for so long that another may take its
 * place, `moving` is to move elsewhere. Seconds count from `START`.
 */
export function aTask(line: string, revision = 'current'): Task {
  const fields = LINE.exec(line)?.groups;
  if (fields === undefined) throw new Error(`no task can be read from "${line}"`);
  const { slot = '', attempt = '0', deleting } = fields;
  const name = `web-dc1-${slot}-${attempt}`;
  return {
    apiVersion: apiVersionOf(TASK),
    kind: TASK.kind,
    metadata: aMeta(name, {
      namespace: 'default',
      uid: uidOf(slot, attempt),
      finalizers: [TASK_FINALIZER],
      ownerReferences: [
        {
          apiVersion: apiVersionOf(JOB),
          kind: JOB.kind,
          name: 'web',
          uid: JOB_UID,
          controller: true,
        },
      ],
      ...(deleting === undefined ? {} : { deletionTimestamp: toTimestamp(START) }),
      ...(fields.moving === undefined ? {} : { annotations: { [MOVE_ANNOTATION]: 'drain' } }),
    }),
    spec: {
      jobName: 'web',
      slot,
      attempt: Number(attempt),
      retries: Number(fields.retries ?? 0),
      revision: fields.revision ?? revision,
      applicationName: 'web',
      version: '1',
      cpus: 1,
      memoryMiB: 512,
      diskMiB: 1024,
      ports: 0,
      killWaitSeconds: 120,
    },
    status: statusOf(name, fields),
  };
}

function statusOf(name: string, fields: Readonly<Record<string, string | undefined>>): TaskStatus {
  const phase = fields.phase as TaskPhase;
  const at = START + Number(fields.finished ?? 0) * 1000;
  const startedAt = toTimestamp(at - Number(fields.ran ?? 0) * 1000);
  const { slot = '', attempt = '0' } = fields;
  const fault = fields.fault as TaskStatus['fault'];
  return {
    phase,
    phaseSince: toTimestamp(at),
    ...(fault === undefined ? {} : { fault }),
    ...(phase === 'Pending'
      ? {}
      : {
          agent: 'agent-1',
          agentId: 'a1',
          mesosTaskId: `${name}.${uidOf(slot, attempt)}`,
          boundAt: toTimestamp(START),
        }),
    ...(fields.ran === undefined ? {} : { startedAt }),
    ...(fields.away === undefined ? {} : { replaceableSince: toTimestamp(at) }),
    ...(isTerminalPhase(phase) ? { finishedAt: toTimestamp(at) } : {}),
  };
}

function uidOf(slot: string, attempt: string): string {
  const digits = Buffer.from(`${slot}#${attempt}`).toString('hex').padStart(12, '0').slice(-12);
  return `20000000-0000-4000-8000-${digits}`;
}

export function aDomain(name: string, region = 'us-east-1'): FaultDomain {
  return {
    apiVersion: apiVersionOf(FAULT_DOMAIN),
    kind: FAULT_DOMAIN.kind,
    metadata: aMeta(name),
    spec: { region, api: `http://${name}.example` },
  };
}

/** A capacity group of tier 1 without guarantee or limit, unless told. */
export function aGroup(name: string, spec: Partial<CapacityGroup['spec']> = {}): CapacityGroup {
  return {
    apiVersion: apiVersionOf(CAPACITY_GROUP),
    kind: CAPACITY_GROUP.kind,
    metadata: aMeta(name),
    spec: { tier: 1, weight: 1, preemptible: false, preemptAfterSeconds: 180, ...spec },
  };
}

export function anAgent(
  name: string,
  status: Agent['status'] = {},
  spec: Agent['spec'] = {},
): Agent {
  const capacity = { cpus: 16, memoryMiB: 65_536, diskMiB: 100_000, ports: 1_000 };
  return {
    apiVersion: apiVersionOf(AGENT),
    kind: AGENT.kind,
    metadata: aMeta(name),
    spec,
    status: { phase: 'Active', agentId: name, hostname: name, capacity, ...status },
  };
}
