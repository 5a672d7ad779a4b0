/** One task as its own container: started, checked, asked to end, and told of at each step. */
import type { Millis } from '../../../api/object.ts';
import type { V1KillPolicy } from '../../v1.ts';
import { startChecker } from './checker.ts';
import { type CheckStanding, checksInStatus, judgeCheck, planChecks } from './checks.ts';
import { type ContainerId, type ContainerStatus, containerStatus } from './container-status.ts';
import type { Observer, RunningTask, TaskEnd, TaskMark, TaskOrder } from './launcher.ts';
import type { ExecutorTools, KeptRun, Saying } from './port.ts';
import { describeEnd } from './status.ts';

export interface TaskRunOptions {
  readonly order: TaskOrder;
  readonly container: ContainerId;
  readonly tellsKilling: boolean;
  readonly before?: KeptRun;
  readonly tools: ExecutorTools;
  readonly host: RunHost;
}

/** The executor, as its tasks' runs see it. */
export interface RunHost {
  /** Something of `kept` changed that no update tells. */
  save(order: TaskOrder): void;
  tell(order: TaskOrder, saying: Saying): void;
}

const defaultGraceMs = 3_000;
const killSignal = 9;
const nothing = () => {};

export class TaskRun implements Observer {
  readonly #options: TaskRunOptions;
  #mark: TaskMark | undefined;
  #killing: boolean;
  #checks: CheckStanding | undefined;
  #unhealthy: boolean;
  /** One for all updates of a container: there are many containers. */
  #status: ContainerStatus | undefined;
  #isOver = false;
  #running: RunningTask | undefined;
  #killAskedAt: Millis | undefined;
  #stopStart = nothing;
  #stopKill = nothing;
  #stopChecks: (() => void) | undefined;

  constructor(options: TaskRunOptions) {
    const { before } = options;
    this.#options = options;
    this.#mark = before?.mark;
    this.#killing = before?.killing ?? false;
    this.#checks = before?.checks;
    this.#unhealthy = before?.unhealthy ?? false;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get isLingering(): boolean {
    return this.#running !== undefined;
  }

  kept(): KeptRun {
    return {
      containerId: this.#options.container.value,
      ...(this.#mark ? { mark: this.#mark } : {}),
      ...(this.#killing ? { killing: true } : {}),
      ...(this.#checks ? { checks: this.#checks } : {}),
      ...(this.#unhealthy ? { unhealthy: true } : {}),
    };
  }

  /** A kill that comes before `delayMs` are over finds nothing to end. */
  launch(delayMs: Millis): void {
    const { tools, order } = this.#options;
    const { clock, launcher } = tools;
    this.#stopStart = clock.after(delayMs, () => {
      this.#stopStart = nothing;
      const running = launcher.start(order, this);
      if (this.#isOver) return;
      this.#running = running;
      this.#startChecks();
    });
  }

  /** Finds out what became of it while the agent was away. */
  recover(): void {
    const { tools, order } = this.#options;
    const running = tools.launcher.recover(order, this.#mark, this);
    if (this.#isOver) return;
    this.#running = running;
    if (running && this.#killing) this.kill(undefined);
    if (running) {
      this.#startChecks();
      return;
    }
    this.#tell({
      state: 'TASK_DROPPED',
      source: 'SOURCE_AGENT',
      reason: 'REASON_AGENT_RESTARTED',
      message: 'The agent restarted before it launched the task',
    });
  }

  kill(policy: V1KillPolicy | undefined): void {
    const own = this.#options.order.task.kill_policy;
    this.killWithin(graceOf(policy) ?? graceOf(own) ?? defaultGraceMs);
  }

  /** Asks it to end, and ends it when this long has gone by since it was first asked. */
  killWithin(graceMs: Millis): void {
    if (this.#isOver) return;
    if (!this.#running) {
      this.#stopStart();
      this.#tell({
        state: 'TASK_KILLED',
        source: 'SOURCE_AGENT',
        reason: 'REASON_TASK_KILLED_DURING_LAUNCH',
        message: 'Killed before delivery to the executor',
      });
      return;
    }
    this.#sayKilling();
    const { clock } = this.#options.tools;
    this.#stopChecks?.();
    this.#killAskedAt ??= clock.now();
    this.#stopKill();
    const leftMs = this.#killAskedAt + graceMs - clock.now();
    this.#stopKill = clock.after(leftMs, () => this.#running?.kill());
    this.#running?.terminate();
  }

  /** Asks it to end and tells nothing more. */
  end(): void {
    this.#isOver = true;
    this.#stopTimers();
    this.#running?.terminate();
  }

  endNow(): void {
    this.#running?.kill();
  }

  /** Leaves it running, unwatched. */
  release(): void {
    this.#stopTimers();
    this.#running?.release();
    this.#running = undefined;
  }

  /** What runs it says that it runs. */
  started(mark: TaskMark): void {
    this.#mark = mark;
    if (this.#isOver) return;
    this.#tell({ state: 'TASK_STARTING', source: 'SOURCE_EXECUTOR' });
    this.#tell({ state: 'TASK_RUNNING', source: 'SOURCE_EXECUTOR' });
    this.#startChecks();
  }

  /** What ran it says that it ended. */
  ended(end: TaskEnd): void {
    this.#running = undefined;
    if (this.#isOver) return;
    this.#stopTimers();
    this.#tell(describeEnd(this.#asSeen(end), this.#killing));
  }

  /** In a group a task has no executor of its own to lose: it was killed. */
  #asSeen(end: TaskEnd): TaskEnd {
    const isNested = this.#options.container.parent !== undefined;
    return isNested && end.how === 'executorLost' ? { how: 'signaled', signal: killSignal } : end;
  }

  #sayKilling(): void {
    if (this.#killing) return;
    this.#killing = true;
    const { tellsKilling, host, order } = this.#options;
    if (tellsKilling) this.#tell({ state: 'TASK_KILLING', source: 'SOURCE_EXECUTOR' });
    else host.save(order);
  }

  /** Once it both runs and is in our hands, which come in either order. */
  #startChecks(): void {
    const running = this.#running;
    if (!running || this.#killing || this.#stopChecks || !this.#mark) return;
    const { tools, order } = this.#options;
    const { clock } = tools;
    const { task } = order;
    const plans = planChecks(task);
    if (plans.length === 0) return;
    const start = this.#checks ?? { sinceMs: clock.now(), failures: 0 };
    this.#stopChecks = startChecker({
      plans,
      clock,
      running,
      report: (kind, result) => {
        const ran = { kind, result, now: clock.now() };
        const { standing, reason, kill } = judgeCheck(task, this.#checks ?? start, ran);
        this.#checks = standing;
        if (kill) this.#unhealthy = true;
        const said = { state: 'TASK_RUNNING', source: 'SOURCE_EXECUTOR' } as const;
        if (reason !== undefined)
          this.#tell({ ...said, reason, ...checksInStatus(task, standing) });
        if (kill) this.kill(undefined);
      },
    });
  }

  #tell(saying: Saying): void {
    const { order, host } = this.#options;
    const { task } = order;
    const isLast = endings.has(saying.state);
    if (isLast) this.#isOver = true;
    if (saying.source !== 'SOURCE_EXECUTOR') {
      host.tell(order, saying);
      return;
    }
    host.tell(order, {
      ...checksInStatus(task),
      ...(this.#unhealthy && saying.state === 'TASK_KILLED' ? { healthy: false } : {}),
      ...saying,
      container_status: this.#containerStatus(isLast || saying.state === 'TASK_STARTING'),
    });
  }

  /** Of a container inside another nothing but its id is known at its start and its end. */
  #containerStatus(isEdge: boolean): ContainerStatus {
    const { container } = this.#options;
    if (isEdge && container.parent) return { container_id: container };
    const pid = this.#mark?.pid;
    if (!this.#status || this.#status.executor_pid !== pid) {
      this.#status = containerStatus(container, pid);
    }
    return this.#status;
  }

  #stopTimers(): void {
    this.#stopStart();
    this.#stopKill();
    this.#stopChecks?.();
  }
}

/** What a run itself ends with. */
const endings: ReadonlySet<string> = new Set([
  'TASK_FINISHED',
  'TASK_FAILED',
  'TASK_KILLED',
  'TASK_DROPPED',
]);

function graceOf(policy: V1KillPolicy | undefined): Millis | undefined {
  const nanoseconds = policy?.grace_period?.nanoseconds;
  return nanoseconds === undefined ? undefined : nanoseconds / 1e6;
}
