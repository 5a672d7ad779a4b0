import { asTitanError, hasReason } from '../../src/api/error.ts';
import { TASK, type Task } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, keyOf, type Millis } from '../../src/api/object.ts';
import { phaseOf } from '../../src/api/task.ts';
import type { AgentApi } from '../../src/mesos/agent/port.ts';
import type { Framework } from '../../src/mesos/port.ts';
import type { Running, Runtime } from '../../src/runtime/controller.ts';
import type { Informer } from '../../src/runtime/informer.ts';
import { agentAddresses } from './agent-addresses.ts';

export interface TailOptions extends Pick<Runtime, 'client' | 'clock' | 'log'> {
  /** With an index `failed`: `yes` where the task ended so. */
  readonly tasks: Informer<Task>;
  readonly framework: Pick<Framework, 'agents'>;
  frameworkId(): Promise<string | undefined>;
  /** @param address such as `10.0.0.7:5051` */
  openAgent(address: string): AgentApi;
}

const TAIL_MAX = 2_000;
/** Tasks that wait to be read; the oldest of more is not. */
const WAITING_MAX = 1_000;
/** How long after its end the errors of a task are looked for. */
const FRESH_MS: Millis = 300_000;

/**
 * Keeps the last of what a program that failed printed as errors in its task's status, before its agent
 * removes the sandbox. One agent is asked at a time; one that does not answer is asked no more for the task.
 */
export function followTails(options: TailOptions): Running {
  const { client, clock, log, tasks } = options;
  const addressOf = agentAddresses(options);
  const waiting = new Map<string, Task>();
  let reading: Promise<void> | undefined;
  let isOver = false;

  function note(task: Task): void {
    if (!isToRead(task, clock.now())) return;
    waiting.set(task.metadata.uid, task);
    const [oldest] = waiting.keys();
    if (waiting.size > WAITING_MAX && oldest !== undefined) waiting.delete(oldest);
    reading ??= readAll().finally(() => {
      reading = undefined;
    });
  }

  async function readAll(): Promise<void> {
    for (const [uid, task] of waiting) {
      if (isOver) return;
      waiting.delete(uid);
      await read(task).catch((thrown: unknown) => {
        const { message } = asTitanError(thrown);
        log.info('what a task printed was not read', { task: task.metadata.name, error: message });
      });
    }
  }

  async function read(task: Task): Promise<void> {
    const { agentId = '', mesosTaskId = '' } = task.status ?? {};
    const [address, frameworkId] = [await addressOf(agentId), await options.frameworkId()];
    if (address === undefined || frameworkId === undefined) return;
    const agent = options.openAgent(address);
    try {
      const path = `/frameworks/${frameworkId}/executors/${mesosTaskId}/runs/latest/stderr`;
      const { size } = await agent.read(path, { offset: 0, length: 0 });
      const { data } = await agent.read(path, { offset: Math.max(0, size - TAIL_MAX) });
      const stderr = plainText(data);
      if (stderr !== '') await write(task, stderr);
    } finally {
      await agent.close();
    }
  }

  async function write(task: Task, stderr: string): Promise<void> {
    const now = await client.get(TASK, keyOf(task)).catch((thrown: unknown) => {
      if (!hasReason(thrown, 'NotFound')) throw thrown;
      return undefined;
    });
    if (now?.metadata.uid !== task.metadata.uid) return;
    await client.updateStatus(TASK, { ...now, status: { ...now.status, stderr } });
  }

  const stopFollowing = tasks.onChange(({ now, before }) => {
    if (now !== undefined && (before === undefined || phaseOf(before) !== phaseOf(now))) note(now);
  });
  for (const task of tasks.by('failed', 'yes')) note(task);

  return {
    get idle() {
      return reading === undefined;
    },
    async stop() {
      isOver = true;
      stopFollowing();
      await reading;
    },
  };
}

/** The sandboxes of groups lie elsewhere: what those print is not kept. */
function isToRead({ spec, status }: Task, now: Millis): boolean {
  const { phase, fault, finishedAt, startedAt, stderr } = status ?? {};
  if (phase !== 'Failed' || fault !== 'Program' || spec.sidecars?.length) return false;
  if (finishedAt === undefined || startedAt === undefined || stderr !== undefined) return false;
  return now - fromTimestamp(finishedAt) < FRESH_MS;
}

/** Without what cannot be shown; a letter that the cut goes through is left out. */
function plainText(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes).replace(/^\uFFFD+/, '');
  return text.replaceAll(/[^\P{Cc}\t\n]/gu, '').trimEnd();
}
