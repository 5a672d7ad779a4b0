/** The executors of an agent that several tasks may share: made, found, written down, ended. */
import type { V1AgentInfo, V1Framework } from '../../v1.ts';
import type { V1Executor } from '../../v1-container.ts';
import { CustomExecutor } from '../executor/custom-executor.ts';
import { DefaultExecutor } from '../executor/default-executor.ts';
import type { Holder } from '../executor/launcher.ts';
import type { Executor, ExecutorTools } from '../executor/port.ts';
import type { HeldExecutor, LaunchOrder } from '../link.ts';
import type { Vault } from '../vault.ts';

/** What an agent knows of one of them. */
export interface HostedExecutor extends HeldExecutor {
  readonly id: string;
  readonly containerId: string;
  readonly executor: Executor;
}

/** What is written down of one; plain JSON. */
interface KeptExecutor extends HeldExecutor {
  readonly containerId: string;
  readonly kept: unknown;
}

export interface ExecutorsOptions {
  readonly vault: Vault;
  readonly tools: ExecutorTools;
  framework(id: string): V1Framework;
  agent(): V1AgentInfo;
  /** Where the agent's API listens, `host:port`; absent: nowhere. */
  endpoint(): string | undefined;
}

/** The names in the vault: this, the framework and the executor. */
const EXECUTOR = 'executor ';

export class Executors {
  readonly #options: ExecutorsOptions;
  readonly #hosted = new Map<string, HostedExecutor>();

  constructor(options: ExecutorsOptions, kept: ReadonlyMap<string, unknown>) {
    this.#options = options;
    for (const [name, value] of kept) {
      if (!name.startsWith(EXECUTOR)) continue;
      const { containerId, kept: before, ...held } = value as KeptExecutor;
      this.#host(held, containerId, before);
    }
  }

  all(): readonly HostedExecutor[] {
    return [...this.#hosted.values()];
  }

  find(frameworkId: string, executorId: string): HostedExecutor | undefined {
    return this.#hosted.get(keyOf(frameworkId, executorId));
  }

  /** That of an order's: the one that there is, or a new one. */
  of(order: LaunchOrder, info: V1Executor): HostedExecutor {
    const { frameworkId, role } = order;
    return (
      this.find(frameworkId, info.executor_id?.value ?? '') ??
      this.#host({ frameworkId, info, role }, this.#options.tools.random.uuid(), undefined)
    );
  }

  save(frameworkId: string, executorId: string): void {
    const hosted = this.find(frameworkId, executorId);
    if (!hosted) return;
    const { info, role, containerId, executor } = hosted;
    const kept: KeptExecutor = { frameworkId, info, role, containerId, kept: executor.kept() };
    this.#options.vault.put(EXECUTOR + keyOf(frameworkId, executorId), kept);
  }

  remove(frameworkId: string, executorId: string): void {
    const key = keyOf(frameworkId, executorId);
    if (this.#hosted.delete(key)) this.#options.vault.remove(EXECUTOR + key);
  }

  /** The next life of the agent shall find none of them; what they run may still have to be ended. */
  unwrite(): void {
    for (const key of this.#hosted.keys()) this.#options.vault.remove(EXECUTOR + key);
  }

  #host(held: HeldExecutor, containerId: string, before: unknown): HostedExecutor {
    const { frameworkId, info, role } = held;
    const { tools, framework, agent } = this.#options;
    const id = info.executor_id?.value ?? '';
    const holder: Holder = { info, containerId, variables: this.#variables() };
    const options = { tools, frameworkId, executorId: id, holder, before };
    const executor =
      info.type === 'DEFAULT'
        ? new DefaultExecutor(options)
        : new CustomExecutor({ ...options, role, framework: () => framework(frameworkId), agent });
    const hosted = { ...held, id, containerId, executor };
    this.#hosted.set(keyOf(frameworkId, id), hosted);
    return hosted;
  }

  /** What the executor API's clients find in their environment beside what every container finds. */
  #variables(): Readonly<Record<string, string>> {
    const { agent, endpoint } = this.#options;
    const at = endpoint();
    if (at === undefined) return {};
    return {
      LIBPROCESS_IP: '127.0.0.1',
      LIBPROCESS_PORT: '0',
      MESOS_AGENT_ENDPOINT: at,
      MESOS_CHECKPOINT: '1',
      MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: '5secs',
      MESOS_HTTP_COMMAND_EXECUTOR: '0',
      MESOS_RECOVERY_TIMEOUT: '15mins',
      MESOS_SLAVE_ID: agent().id?.value ?? '',
      MESOS_SLAVE_PID: `slave(1)@${at}`,
      MESOS_SUBSCRIPTION_BACKOFF_MAX: '2secs',
    };
  }
}

function keyOf(frameworkId: string, executorId: string): string {
  return `${frameworkId} ${executorId}`;
}
