/** What a job says of tasks whose agent is cut off, with every default worked out. */
import { type Duration, parseDuration } from './duration.ts';
import type { Cause } from './error.ts';
import type { Job } from './kinds.gen.ts';
import type { Millis } from './object.ts';
import { claimsVolumes } from './volume.ts';

export type OnReturn = NonNullable<NonNullable<Job['spec']['partition']>['onReturn']>;

export interface Partition {
  /** A cut-off task counts as running for so long. */
  readonly suspectAfterMs: Millis;
  /** After this another task may hold the instance; `Infinity`: not while it may live. */
  readonly replaceAfterMs: Millis;
  /** After this it counts as lost; `Infinity`: never. */
  readonly giveUpAfterMs: Millis;
  /** At most one task of an instance runs at any time, whatever it costs; so where it has a Volume. */
  readonly exclusive: boolean;
  readonly onReturn: OnReturn;
}

/**
 * Mesos has waited its own agent timeout (75 s) before it says that an agent is unreachable, so a task
 * is suspect at once; five minutes later another one takes its place, and after an hour nobody waits
 * for it any more. What returns in between is kept: it is where placement wanted it.
 */
export const PARTITION_DEFAULTS = {
  suspectAfterMs: 0,
  replaceAfterMs: 300_000,
  giveUpAfterMs: 3_600_000,
  exclusive: false,
  onReturn: 'keepOriginal',
} as const satisfies Partition;

/** How far the clocks of two machines may be apart. */
const CLOCK_SKEW_MAX_MS: Millis = 5_000;
/** A mass loss is seen within this time; no task is replaced before. */
const REPLACE_AFTER_MIN_MS: Millis = 10_000;

/** A task's label at Mesos: seconds that its agent lets it run on when it is cut off from its master. */
export const STOP_ON_AGENT_LABEL = 'titan.dev/stop-on-agent-after';
/** The attribute of agents that heed the label. */
export const STOP_ON_AGENT_ATTRIBUTE = 'titan-stop-on-agent';

const NEVER = 'never';

/** The policy of a job that passed `validateJob`; that of a job that says nothing where it is gone. */
export function partitionOf(job: Job | undefined): Partition {
  const claims = job !== undefined && claimsVolumes(job.spec);
  const block = job?.spec.partition ?? (claims ? {} : undefined);
  if (block === undefined) return PARTITION_DEFAULTS;
  const { onReturn = PARTITION_DEFAULTS.onReturn } = block;
  const exclusive = claims || block.exclusive === true;
  const blind = exclusive && block.stopOnAgentAfter === undefined;
  const never = Number.POSITIVE_INFINITY;
  const replaceAfterMs = read(block.replaceAfter) ?? (blind ? never : REPLACE_AFTER_DEFAULT);
  return {
    suspectAfterMs: read(block.suspectAfter) ?? PARTITION_DEFAULTS.suspectAfterMs,
    replaceAfterMs,
    giveUpAfterMs: read(block.giveUpAfter) ?? (blind ? never : giveUpDefault(replaceAfterMs)),
    exclusive,
    onReturn,
  };
}

const REPLACE_AFTER_DEFAULT = PARTITION_DEFAULTS.replaceAfterMs;

function giveUpDefault(replaceAfterMs: Millis): Millis {
  const longer = replaceAfterMs === Number.POSITIVE_INFINITY ? 0 : replaceAfterMs;
  return Math.max(PARTITION_DEFAULTS.giveUpAfterMs, longer);
}

/** How long a job's tasks run on when their agent is cut off, by the agent's own clock. */
export function stopOnAgentAfterMs({ spec }: Job): Millis | undefined {
  return read(spec.partition?.stopOnAgentAfter);
}

/**
 * How long after it was cut off a task is known to be dead: its agent's clock has stopped it, its
 * clock may differ, and stopping takes the kill wait. `Infinity` where no agent's clock does.
 */
export function deadAfterMs(spec: {
  readonly stopOnAgentAfterSeconds?: number;
  readonly killWaitSeconds: number;
}): Millis {
  if (spec.stopOnAgentAfterSeconds === undefined) return Number.POSITIVE_INFINITY;
  return (spec.stopOnAgentAfterSeconds + spec.killWaitSeconds) * 1_000 + CLOCK_SKEW_MAX_MS;
}

function read(duration: Duration | undefined): Millis | undefined {
  if (duration === undefined) return undefined;
  return duration === NEVER ? Number.POSITIVE_INFINITY : parseDuration(duration);
}

const FIELDS = ['suspectAfter', 'replaceAfter', 'giveUpAfter', 'stopOnAgentAfter'] as const;

/** What a schema cannot say about the block. */
export function partitionFaults(job: Job): readonly Cause[] {
  const block = job.spec.partition;
  if (block === undefined) return [];
  const unreadable = FIELDS.flatMap((field) => durationFault(field, block[field]) ?? []);
  return unreadable.length > 0 ? unreadable : orderFaults(job);
}

function durationFault(
  field: (typeof FIELDS)[number],
  value: Duration | undefined,
): Cause | undefined {
  if (value === undefined || parseDuration(value) !== undefined) return undefined;
  const mayBeNever = field === 'replaceAfter' || field === 'giveUpAfter';
  if (mayBeNever && value === NEVER) return undefined;
  const wanted = `expected seconds or a duration such as 90s, 5m or 1h30m${mayBeNever ? ', or never' : ''}`;
  return fault(field, `Invalid value: ${JSON.stringify(value)}: ${wanted}`);
}

function orderFaults(job: Job): readonly Cause[] {
  const { suspectAfterMs, replaceAfterMs, giveUpAfterMs, exclusive } = partitionOf(job);
  const { suspectAfter, replaceAfter, giveUpAfter, stopOnAgentAfter } = job.spec.partition ?? {};
  const faults: Cause[] = [];
  if (replaceAfterMs < REPLACE_AFTER_MIN_MS) {
    const text = `must be at least ${REPLACE_AFTER_MIN_MS / 1000} seconds, in which the loss of many agents at once is told from that of one`;
    faults.push(fault('replaceAfter', `Invalid value: ${JSON.stringify(replaceAfter)}: ${text}`));
  }
  if (suspectAfterMs > Math.min(replaceAfterMs, giveUpAfterMs)) {
    const text = 'must not be longer than replaceAfter and giveUpAfter';
    faults.push(fault('suspectAfter', `Invalid value: ${JSON.stringify(suspectAfter)}: ${text}`));
  }
  if (replaceAfterMs !== Number.POSITIVE_INFINITY && giveUpAfterMs < replaceAfterMs) {
    const text = 'must not be shorter than replaceAfter';
    faults.push(fault('giveUpAfter', `Invalid value: ${JSON.stringify(giveUpAfter)}: ${text}`));
  }
  if (exclusive && stopOnAgentAfter === undefined) {
    const text =
      'must be never, or partition.stopOnAgentAfter be set: without it nothing proves that a cut-off task of an exclusive job has ended';
    if (replaceAfterMs !== Number.POSITIVE_INFINITY) faults.push(fault('replaceAfter', text));
    if (giveUpAfterMs !== Number.POSITIVE_INFINITY) faults.push(fault('giveUpAfter', text));
  }
  return faults;
}

function fault(field: string, message: string): Cause {
  return { reason: 'FieldValueInvalid', field: `spec.partition.${field}`, message };
}
