/**
 * Runs the pre-stop hooks of tasks. A command runs in a container that is nested in the task's, through the
 * API of its agent, since Mesos' executors have no such hook and signal all of a task's processes at once, so that
 * no wrapper inside the task could come before the signal.
 */
import { asTitanError, hasReason, TitanError } from '../../src/api/error.ts';
import { TASK, type Task, type TaskStatus } from '../../src/api/kinds.gen.ts';
import { fromTimestamp, keyOf, type Millis, toTimestamp } from '../../src/api/object.ts';
import { portNumberOf } from '../../src/api/port-name.ts';
import { isTerminal } from '../../src/api/task.ts';
import type { AgentApi, ContainerAt } from '../../src/mesos/agent/port.ts';
import type { Running, Runtime } from '../../src/runtime/controller.ts';
import type { ReadPage } from '../../src/runtime/page.ts';
import { type AgentAddressesOptions, agentAddresses } from './agent-addresses.ts';

export interface StopHooksOptions extends Runtime, AgentAddressesOptions {
  readonly readPage: ReadPage;
  /** @param address such as `10.0.0.7:5051`. Absent where the API of agents is out of reach: commands then fail. */
  readonly openAgent?: ((address: string) => AgentApi) | undefined;
}

export interface StopHooks extends Running {
  /** Whether the hook of another task may begin now. */
  readonly hasRoom: boolean;
  /** Has the hook of a task run, unless it does; what came of it is written to the task's status. */
  run(task: Task): void;
}

type PreStopStatus = NonNullable<TaskStatus['preStop']>;
type End = Pick<PreStopStatus, 'result' | 'message'>;

/** Hooks that run at once; others wait for one to end, and so do their tasks. */
const HOOKS_MAX = 500;
/** Attempts to store what came of one, while others write the same task. */
const ATTEMPTS_MAX = 8;

export function runStopHooks(options: StopHooksOptions): StopHooks {
  const { client, clock, log, recorder } = options;
  const perform = performer(options);
  const running = new Map<string, Promise<void>>();
  const stopping = new AbortController();

  async function endOf(task: Task): Promise<End> {
    const { timeoutSeconds = 0 } = task.spec.preStop ?? {};
    const startedAt = task.status?.preStop?.startedAt;
    const dueAt = (fromTimestamp(startedAt) ?? clock.now()) + timeoutSeconds * 1_000;
    const late = new AbortController();
    const forget = clock.after(Math.max(0, dueAt - clock.now()), () => late.abort());
    const signal = AbortSignal.any([stopping.signal, late.signal]);
    try {
      await Promise.race([perform(task, signal), untilAborted(signal)]);
      if (!late.signal.aborted) return { result: 'Succeeded' };
    } catch (thrown) {
      if (!late.signal.aborted) return { result: 'Failed', message: asTitanError(thrown).message };
    } finally {
      forget();
    }
    return { result: 'TimedOut', message: `it had not ended after ${timeoutSeconds} s` };
  }

  async function write(task: Task, end: End): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const now = await newest(task);
      const { preStop } = now?.status ?? {};
      if (now === undefined || preStop === undefined || preStop.endedAt !== undefined) return;
      const ended = { ...preStop, ...end, endedAt: toTimestamp(clock.now()) };
      try {
        const written = { ...now, status: { ...now.status, preStop: ended } };
        await client.updateStatus(TASK, written);
        return;
      } catch (thrown) {
        if (!hasReason(thrown, 'Conflict') || attempt === ATTEMPTS_MAX) throw thrown;
      }
    }
  }

  async function newest(task: Task): Promise<Task | undefined> {
    const now = await client.get(TASK, keyOf(task)).catch((thrown: unknown) => {
      if (!hasReason(thrown, 'NotFound')) throw thrown;
      return undefined;
    });
    return now?.metadata.uid === task.metadata.uid && !isTerminal(now) ? now : undefined;
  }

  async function runOne(task: Task): Promise<void> {
    const end = await endOf(task);
    if (stopping.signal.aborted) return;
    const { name } = task.metadata;
    log.info('pre-stop hook done', { task: name, result: end.result });
    if (end.result !== 'Succeeded') {
      recorder.warning(task, 'PreStopFailed', `What comes before its stop failed: ${end.message}`);
    }
    await write(task, end).catch((thrown: unknown) => {
      const error = asTitanError(thrown).message;
      log.warn('what came of a pre-stop hook was not stored', { task: name, error });
    });
  }

  return {
    get idle() {
      return running.size === 0;
    },
    get hasRoom() {
      return running.size < HOOKS_MAX && !stopping.signal.aborted;
    },
    run(task) {
      const { uid } = task.metadata;
      if (running.has(uid) || running.size >= HOOKS_MAX || stopping.signal.aborted) return;
      const done = runOne(task).finally(() => running.delete(uid));
      running.set(uid, done);
    },
    async stop() {
      stopping.abort();
      await Promise.all(running.values());
    },
  };
}

/** @returns what does what a task's hook says; it throws where that fails */
function performer(options: StopHooksOptions) {
  const { random, readPage, openAgent } = options;
  const addressOf = agentAddresses(options);

  async function execute(task: Task, address: string, signal: AbortSignal): Promise<void> {
    if (openAgent === undefined) throw unavailable('the API of its agent is out of reach');
    const agent = openAgent(address);
    try {
      const parent = await containerOf(task, agent);
      const container = { id: random.uuid(), parent };
      const { command = [] } = task.spec.preStop?.exec ?? {};
      for await (const _ of agent.run({ container, command }, signal)) if (signal.aborted) return;
      const end = await Promise.race([agent.wait(container), untilAborted(signal)]);
      if (end?.how === 'signaled')
        throw unavailable(`its command was ended by signal ${end.signal}`);
      if (end !== undefined && end.code !== 0)
        throw unavailable(`its command ended with exit code ${end.code}`);
    } finally {
      await agent.close();
    }
  }

  async function ask(task: Task, address: string, signal: AbortSignal): Promise<void> {
    const { preStop, portNames = [] } = task.spec;
    const { port = 0, path = '/' } = preStop?.httpGet ?? {};
    const number = portNumberOf(port, { ports: task.status?.ports ?? [], portNames });
    const url = `http://${address.replace(/:\d+$/, '')}:${number}${path}`;
    const timeoutMs: Millis = (preStop?.timeoutSeconds ?? 0) * 1_000;
    const { status } = await readPage(url, timeoutMs, signal);
    if (status < 200 || status > 399) throw unavailable(`${url} answered with status ${status}`);
  }

  return async (task: Task, signal: AbortSignal): Promise<void> => {
    const address = await addressOf(task.status?.agentId ?? '');
    if (address === undefined) throw unavailable('Mesos does not say where its agent answers');
    await (task.spec.preStop?.exec ? execute : ask)(task, address, signal);
  };
}

/** Of a task with sidecars the agent alone knows in what its container is nested. */
async function containerOf({ spec, status }: Task, agent: AgentApi): Promise<ContainerAt> {
  const id = status?.containerId;
  if (id === undefined) throw unavailable('Mesos has not said which its container is');
  if ((spec.sidecars ?? []).length === 0) return { id };
  const found = (await agent.containers()).find(({ at }) => at.id === id);
  if (found === undefined) throw unavailable(`its agent does not know its container ${id}`);
  return found.at;
}

function unavailable(why: string): TitanError {
  return new TitanError('ServiceUnavailable', why);
}

function untilAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
