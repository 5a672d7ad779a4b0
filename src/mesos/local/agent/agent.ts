/**
 * A Mesos agent of our own: it registers with the master, runs tasks through executors, and keeps
 * their updates until they are acknowledged. What it must know after a crash it writes down before
 * it acts on it.
 */
import type { Millis } from '../../../api/object.ts';
import type { V1AgentInfo, V1Framework, V1Resource } from '../../v1.ts';
import { CommandExecutor } from '../executor/command-executor.ts';
import type { Inside } from '../executor/launcher.ts';
import type { Executor, ExecutorHost, ExecutorTools } from '../executor/port.ts';
import type { AgentLink, LaunchOrder, MasterLink, Registrar } from '../link.ts';
import { Executors, type HostedExecutor } from './executors.ts';
import { Frameworks } from './frameworks.ts';
import { History } from './history.ts';
import { NestedContainers } from './nested-containers.ts';
import type { AgentOptions } from './options.ts';
import { executorTerminated, goneWithAgent, servesNoApi } from './sayings.ts';
import type { AgentTask } from './task.ts';
import { Tasks } from './tasks.ts';

/** The names in the vault: the agent's id, and all that it has. */
const ID = 'id';
const TOTAL = 'total';

/** Of what ended so many are shown of each kind; of an agent that serves no API none. */
const SHOWN_MAX = 100;

/** One life of an agent. Its next life is another of them over the same vault and launcher. */
export class LocalAgent {
  readonly hostname: string;
  readonly executors: Executors;
  readonly startedAt: Millis;
  readonly history: History;
  readonly #options: AgentOptions;
  readonly #tools: ExecutorTools;
  readonly #tasks: Tasks;
  readonly #frameworks: Frameworks;
  #id: string | undefined;
  #nested: NestedContainers | undefined;
  #master: MasterLink | undefined;
  #total: readonly V1Resource[] | undefined;

  constructor(options: AgentOptions) {
    const { vault, clock, random, info } = options;
    const kept = vault.load();
    this.#options = options;
    this.hostname = info.hostname;
    this.history = new History(options.endpoint === undefined ? 0 : SHOWN_MAX);
    this.#id = kept.get(ID) as string | undefined;
    this.#total = kept.get(TOTAL) as readonly V1Resource[] | undefined;
    this.#frameworks = new Frameworks(vault, kept);
    this.startedAt = clock.now();
    this.#tools = { ...options, host: this.#executorHost() };
    this.#tasks = new Tasks(vault, kept, {
      clock,
      random,
      send: (task, status) => this.#master?.update(task.order.frameworkId, status, task.state),
      done: (task) => this.#forget(task),
    });
    this.executors = new Executors(
      {
        vault,
        tools: this.#tools,
        framework: (id) => this.#frameworks.get(id),
        agent: () => this.info,
        endpoint: () => options.endpoint,
      },
      kept,
    );
  }

  /** `undefined` before the first registration. */
  get id(): string | undefined {
    return this.#id;
  }

  /** A look into its containers; absent: nothing is inside. */
  get inside(): Inside | undefined {
    return this.#options.launcher.inside;
  }

  /** What operators launched inside its containers; it ends with this life of the agent. */
  get nested(): NestedContainers {
    this.#nested ??= new NestedContainers();
    return this.#nested;
  }

  get now(): Millis {
    return this.#options.clock.now();
  }

  get info(): V1AgentInfo {
    const { info } = this.#options;
    return this.#id === undefined ? info : { ...info, id: { value: this.#id } };
  }

  get isConnected(): boolean {
    return this.#master !== undefined;
  }

  /** How many tasks have not ended. */
  get running(): number {
    return this.tasks().filter((task) => !task.isOver).length;
  }

  /** Whether processes that were asked to end may still be there. */
  get isLingering(): boolean {
    return this.#everyExecutor().some((executor) => executor.isLingering);
  }

  /** Those that are not over, or whose end is not acknowledged. */
  tasks(): readonly AgentTask[] {
    return this.#tasks.all();
  }

  /** The frameworks that have tasks or executors here, by id. */
  frameworks(): ReadonlyMap<string, V1Framework> {
    return this.#frameworks.all();
  }

  /** Registers, with what an earlier life left. */
  connect(registrar: Registrar): void {
    this.#recover();
    const hello = {
      ...(this.#id === undefined ? {} : { id: this.#id }),
      ...(this.#total === undefined ? {} : { total: this.#total }),
      info: this.#options.info,
      tasks: this.tasks().map((task) => task.held()),
      executors: this.executors.all().map(({ frameworkId, info, role }) => {
        return { frameworkId, info, role };
      }),
    };
    this.#master = registrar.register(hello, this.#link());
    if (this.#id !== this.#master.agentId) {
      this.#id = this.#master.agentId;
      this.#options.vault.put(ID, this.#id);
    }
    for (const task of this.tasks()) task.resend();
  }

  /** The network is away: tasks run on, updates wait for the next `connect`. */
  disconnect(): void {
    const master = this.#master;
    this.#master = undefined;
    master?.lost();
  }

  /** Leaves the master for good; its tasks end. Its next life is a new agent, with what it has reserved. */
  unregister(): void {
    this.#options.vault.remove(ID);
    for (const task of this.tasks()) task.silence();
    for (const executor of this.#everyExecutor()) executor.shutdown();
    this.#master?.unregister();
    this.#master = undefined;
  }

  /**
   * Ends this life of the agent. Its tasks are asked to end with it, or run on to be found by the
   * next life; the latter is also what a crash looks like.
   */
  stop({ keepTasks }: { readonly keepTasks: boolean }): void {
    this.#nested?.endAll();
    for (const task of this.tasks()) {
      if (!keepTasks) task.tell(goneWithAgent);
      task.stop();
    }
    for (const executor of this.#everyExecutor()) {
      if (keepTasks) executor.release();
      else executor.end();
    }
    if (!keepTasks) this.executors.unwrite();
    this.disconnect();
  }

  /** Ends what did not end when asked. */
  endNow(): void {
    for (const executor of this.#everyExecutor()) executor.endNow();
  }

  /** Takes up the tasks and executors of an earlier life, once. */
  #recover(): void {
    const hosted = this.executors.all();
    const left = this.#tasks.recover((order) => this.#executorOf(order));
    const idle = hosted.filter(({ executor }) => !left.has(executor));
    for (const { executor } of idle) executor.recover([]);
    for (const [executor, tasks] of left) {
      executor.recover(tasks.map(({ order, state, run }) => ({ order, state, run })));
    }
  }

  #executorOf(order: LaunchOrder): Executor {
    if (!order.executor) return new CommandExecutor(this.#tools);
    return this.executors.of(order, order.executor).executor;
  }

  #launch(orders: readonly LaunchOrder[], framework: V1Framework): void {
    const [first] = orders;
    if (!first) return;
    this.#frameworks.keep(first.frameworkId, framework);
    this.history.dropFramework(first.frameworkId);
    const hosted = first.executor && this.executors.of(first, first.executor);
    const executor = hosted?.executor ?? new CommandExecutor(this.#tools);
    const tasks = orders.map((order) => this.#tasks.make(order, executor));
    for (const task of tasks) this.#tasks.save(task);
    if (hosted && hosted.info.type !== 'DEFAULT' && this.#options.endpoint === undefined) {
      this.#refuse(hosted, tasks);
      return;
    }
    executor.launch(orders);
  }

  #refuse({ frameworkId, id }: HostedExecutor, tasks: readonly AgentTask[]): void {
    this.executors.remove(frameworkId, id);
    for (const task of tasks) task.tell(servesNoApi);
  }

  #forget(task: AgentTask): void {
    const { frameworkId } = task.order;
    this.#tasks.forget(task);
    const run = task.executor?.keptRun(task.id);
    if (run && !task.order.executor) this.#nested?.endWithin(run.containerId);
    this.history.addTask(task, run?.containerId ?? '');
    task.executor?.forget(task.order);
    this.#dropFramework(frameworkId);
  }

  /** A framework that has nothing here any more is forgotten. */
  #dropFramework(id: string): void {
    if (this.#tasks.of(id).length > 0) return;
    if (this.executors.all().some(({ frameworkId }) => frameworkId === id)) return;
    this.history.addFramework(id, this.#frameworks.get(id));
    this.#frameworks.remove(id);
  }

  #link(): AgentLink {
    return {
      launch: (orders, framework) => this.#launch(orders, framework),
      kill: (frameworkId, taskId, policy) => this.#tasks.find(frameworkId, taskId)?.kill(policy),
      acknowledge: (frameworkId, taskId, uuid) =>
        this.#tasks.find(frameworkId, taskId)?.acknowledge(uuid),
      message: (frameworkId, executorId, data) =>
        this.executors.find(frameworkId, executorId)?.executor.message(data),
      resume: (frameworkId) => {
        for (const task of this.#tasks.of(frameworkId)) task.resend();
      },
      checkpoint: (total) => {
        const before = this.#total ?? [];
        this.#total = total;
        this.#options.vault.put(TOTAL, total);
        this.#options.launcher.keep?.(total, before);
      },
      drain: (policy) => {
        for (const task of this.tasks()) task.drain(policy);
      },
      leave: () => {
        for (const task of this.tasks()) task.silence();
        for (const executor of this.#everyExecutor()) executor.shutdown();
        this.#master = undefined;
      },
      shutdown: (frameworkId) => this.#shutdown(frameworkId),
      shutdownExecutor: (frameworkId, executorId) =>
        this.executors.find(frameworkId, executorId)?.executor.shutdown(),
    };
  }

  #shutdown(frameworkId: string): void {
    const tasks = this.#tasks.of(frameworkId);
    for (const task of tasks) task.silence();
    const hosted = this.executors.all().filter((one) => one.frameworkId === frameworkId);
    const executors = [...tasks, ...hosted].flatMap(({ executor }) => executor ?? []);
    for (const executor of new Set(executors)) executor.shutdown();
  }

  #executorHost(): ExecutorHost {
    return {
      update: (frameworkId, taskId, saying) => this.#tasks.find(frameworkId, taskId)?.tell(saying),
      keepTask: (frameworkId, taskId) => {
        const task = this.#tasks.find(frameworkId, taskId);
        if (task) this.#tasks.save(task);
      },
      keepExecutor: (frameworkId, executorId) => this.executors.save(frameworkId, executorId),
      message: (frameworkId, executorId, data) =>
        this.#master?.message(frameworkId, executorId, data),
      exited: (frameworkId, executorId, status) =>
        this.#executorGone(frameworkId, executorId, status),
    };
  }

  /** Its tasks that did not end before it did fail with it. */
  #executorGone(frameworkId: string, executorId: string, status: number): void {
    const hosted = this.executors.find(frameworkId, executorId);
    if (!hosted) return;
    this.executors.remove(frameworkId, executorId);
    this.history.addExecutor(hosted);
    this.#nested?.endWithin(hosted.containerId);
    this.#master?.exited(frameworkId, executorId, status);
    for (const task of this.#tasks.of(frameworkId)) {
      if (task.executor === hosted.executor) task.tell(executorTerminated);
    }
    this.#dropFramework(frameworkId);
  }

  #everyExecutor(): readonly Executor[] {
    const hosted = this.executors.all();
    return [...new Set([...this.tasks(), ...hosted].flatMap(({ executor }) => executor ?? []))];
  }
}
