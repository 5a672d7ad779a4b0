/**
 * Mesos' default executor: a container that holds those of its tasks. Tasks that were launched
 * together are a group: where one fails or is killed, the others are killed. It ends when its last
 * task has.
 */
import type { V1KillPolicy } from '../../v1.ts';
import type { LaunchOrder } from '../link.ts';
import { waitStatus } from './container-status.ts';
import type {
  ContainerOrder,
  Holder,
  Observer,
  RunningTask,
  TaskEnd,
  TaskMark,
  TaskOrder,
} from './launcher.ts';
import type { Executor, ExecutorTools, KeptRun, KeptTaskRun, Saying } from './port.ts';
import { type RunHost, TaskRun } from './task-run.ts';

export interface HolderOptions {
  readonly tools: ExecutorTools;
  readonly frameworkId: string;
  readonly executorId: string;
  readonly holder: Holder;
  /** What `kept` gave in an earlier life of the agent. */
  readonly before?: unknown;
}

interface Kept {
  readonly mark?: TaskMark;
  /** Ids of the tasks of each group that is not over. */
  readonly groups: readonly (readonly string[])[];
}

const shutdownGraceMs = 5_000;

export class DefaultExecutor implements Executor, RunHost {
  readonly #options: HolderOptions;
  readonly #runs = new Map<string, TaskRun>();
  #groups: readonly (readonly string[])[];
  #mark: TaskMark | undefined;
  #container: RunningTask | undefined;
  #isUp = false;
  #isOver = false;
  #stopStart = () => {};
  #stopKill = () => {};

  constructor(options: HolderOptions) {
    const before = options.before as Kept | undefined;
    this.#options = options;
    this.#mark = before?.mark;
    this.#groups = before?.groups ?? [];
  }

  get isLingering(): boolean {
    return this.#container !== undefined || this.#all().some((run) => run.isLingering);
  }

  get pid(): number | undefined {
    return this.#mark?.pid;
  }

  launch(orders: readonly LaunchOrder[]): void {
    this.#groups = [...this.#groups, orders.map(idOf)];
    const runs = orders.map((order) => this.#make(order, undefined));
    const isFirst = this.#groups.length === 1 && !this.#isUp;
    this.#keep();
    if (this.#isUp) for (const run of runs) run.launch(0);
    else if (isFirst) this.#start();
  }

  recover(tasks: readonly KeptTaskRun[]): void {
    for (const { order, run } of tasks) this.#make(order, run);
    for (const run of this.#all()) run.recover();
    const { launcher } = this.#options.tools;
    const container = launcher.recover(this.#order(), this.#mark, this.#observer());
    if (this.#isOver) return;
    this.#container = container;
    this.#isUp = container !== undefined;
    if (container) this.#endIfIdle();
    else this.#ended({ how: 'executorLost' });
  }

  kill(taskId: string, policy: V1KillPolicy | undefined): void {
    this.#runs.get(taskId)?.kill(policy);
  }

  /** The default executor does not listen. */
  message(): void {}

  shutdown(): void {
    for (const run of this.#all()) run.killWithin(shutdownGraceMs);
    this.#endIfIdle();
  }

  end(): void {
    this.#isOver = true;
    this.#stopTimers();
    for (const run of this.#all()) run.end();
    this.#container?.terminate();
  }

  endNow(): void {
    for (const run of this.#all()) run.endNow();
    this.#container?.kill();
  }

  release(): void {
    this.#stopTimers();
    for (const run of this.#all()) run.release();
    this.#container?.release();
  }

  /** The sandboxes of its tasks go with its own. */
  forget(order: LaunchOrder): void {
    this.#runs.delete(idOf(order));
    this.#groups = this.#groups.filter((ids) => ids.some((id) => this.#runs.has(id)));
    this.#forgetIfDone();
  }

  keptRun(taskId: string): KeptRun | undefined {
    return this.#runs.get(taskId)?.kept();
  }

  kept(): Kept {
    return { ...(this.#mark ? { mark: this.#mark } : {}), groups: this.#groups };
  }

  #all(): readonly TaskRun[] {
    return [...this.#runs.values()];
  }

  #order(): ContainerOrder {
    const { frameworkId, holder } = this.#options;
    return { frameworkId, holder };
  }

  #start(): void {
    const { clock, launcher, startDelayMs = 0 } = this.#options.tools;
    this.#stopStart = clock.after(startDelayMs, () => {
      const container = launcher.start(this.#order(), this.#observer());
      if (!this.#isOver) this.#container = container;
    });
  }

  #observer(): Observer {
    return {
      started: (mark) => {
        this.#mark = mark;
        this.#isUp = true;
        this.#keep();
        for (const run of this.#all()) if (!run.isOver) run.launch(0);
      },
      ended: (end) => this.#ended(end),
    };
  }

  #make(order: LaunchOrder, before: KeptRun | undefined): TaskRun {
    const { frameworkId, holder, tools } = this.#options;
    const run = new TaskRun({
      order: { frameworkId, task: order.task, holder },
      container: {
        value: before?.containerId ?? tools.random.uuid(),
        parent: { value: holder.containerId },
      },
      tellsKilling: order.tellsKilling,
      ...(before ? { before } : {}),
      tools,
      host: this,
    });
    this.#runs.set(idOf(order), run);
    return run;
  }

  save({ frameworkId, task }: TaskOrder): void {
    this.#options.tools.host.keepTask(frameworkId, task.task_id.value);
  }

  tell({ frameworkId, task }: TaskOrder, saying: Saying): void {
    const taskId = task.task_id.value;
    this.#options.tools.host.update(frameworkId, taskId, saying);
    if (this.#runs.get(taskId)?.isOver === false) return;
    const group = this.#groups.find((ids) => ids.includes(taskId)) ?? [];
    if (saying.state !== 'TASK_FINISHED')
      for (const id of group) this.#runs.get(id)?.kill(undefined);
    this.#endIfIdle();
  }

  #endIfIdle(): void {
    if (this.#isOver || this.#all().some((run) => !run.isOver)) return;
    if (!this.#container) {
      // One that was started and is not in our hands yet is about to be.
      if (this.#mark) return;
      this.#stopStart();
      this.#ended({ how: 'exited', code: 0 });
      return;
    }
    const { clock } = this.#options.tools;
    this.#stopKill();
    this.#stopKill = clock.after(shutdownGraceMs, () => this.#container?.kill());
    this.#container.terminate();
  }

  #ended(end: TaskEnd): void {
    this.#container = undefined;
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopTimers();
    for (const run of this.#all()) {
      if (run.isOver) continue;
      run.end();
      run.endNow();
    }
    const { frameworkId, executorId, tools } = this.#options;
    tools.host.exited(frameworkId, executorId, waitStatus(end));
    this.#forgetIfDone();
  }

  #forgetIfDone(): void {
    if (this.#isOver && this.#runs.size === 0) this.#options.tools.launcher.forget(this.#order());
  }

  #keep(): void {
    const { frameworkId, executorId, tools } = this.#options;
    tools.host.keepExecutor(frameworkId, executorId);
  }

  #stopTimers(): void {
    this.#stopStart();
    this.#stopKill();
  }
}

function idOf({ task }: LaunchOrder): string {
  return task.task_id.value;
}
