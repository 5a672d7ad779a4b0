/** The tasks of a custom executor, and how far the launch of each has come. */
import type { V1Resource, V1Task } from '../../v1.ts';
import type { V1Executor } from '../../v1-container.ts';
import type { V1ExecutorEvent } from '../../v1-executor.ts';
import type { LaunchOrder } from '../link.ts';

export type Delivery = 'waiting' | 'delivered' | 'updated';

interface Delivered {
  readonly order: LaunchOrder;
  delivery: Delivery;
}

export class Deliveries {
  /** In the order of their launches. */
  readonly #tasks = new Map<string, Delivered>();
  /** Groups and single tasks that wait for the executor's subscription. */
  #waiting: (readonly LaunchOrder[])[] = [];

  get isEmpty(): boolean {
    return this.#tasks.size === 0;
  }

  orders(): readonly LaunchOrder[] {
    return [...this.#tasks.values()].map(({ order }) => order);
  }

  find(taskId: string): Readonly<Delivered> | undefined {
    return this.#tasks.get(taskId);
  }

  /** A single task, or a group. */
  add(orders: readonly LaunchOrder[]): void {
    for (const order of orders) this.set(order, 'waiting');
    this.#waiting.push(orders);
  }

  set(order: LaunchOrder, delivery: Delivery): void {
    this.#tasks.set(idOf(order), { order, delivery });
  }

  forget(order: LaunchOrder): void {
    this.#tasks.delete(idOf(order));
  }

  /** Notes that the executor has said something of the task. @returns whether it is known */
  updated(taskId: string): boolean {
    const task = this.#tasks.get(taskId);
    if (task) task.delivery = 'updated';
    return task !== undefined;
  }

  /** What waited goes to the executor. */
  send(to: (event: V1ExecutorEvent) => void): void {
    for (const orders of this.#waiting.splice(0)) {
      const tasks = orders.map((order) => taskOnWire(order));
      for (const order of orders) {
        const task = this.#tasks.get(idOf(order));
        if (task) task.delivery = 'delivered';
      }
      const [task] = tasks;
      if (task && tasks.length === 1) to({ type: 'LAUNCH', launch: { task } });
      else to({ type: 'LAUNCH_GROUP', launch_group: { task_group: { tasks } } });
    }
  }

  /** Takes one back that waits. */
  takeBack(order: LaunchOrder): void {
    this.#waiting = this.#waiting
      .map((orders) => orders.filter((one) => one !== order))
      .filter((orders) => orders.length > 0);
  }

  /** Takes back all that wait. */
  takeAllBack(): readonly LaunchOrder[] {
    return this.#waiting.splice(0).flat();
  }

  /** Those whose launch was lost with the agent's earlier life. */
  lost(known: ReadonlySet<string>): readonly LaunchOrder[] {
    return [...this.#tasks].flatMap(([taskId, { order, delivery }]) =>
      delivery === 'delivered' && !known.has(taskId) ? [order] : [],
    );
  }
}

function idOf({ task }: LaunchOrder): string {
  return task.task_id.value;
}

function taskOnWire({ task, role }: LaunchOrder): V1Task {
  return {
    ...task,
    ...(task.resources ? { resources: allocated(task.resources, role) } : {}),
    ...(task.executor ? { executor: executorOnWire(task.executor, role) } : {}),
  };
}

export function executorOnWire(info: V1Executor, role: string): V1Executor {
  return info.resources ? { ...info, resources: allocated(info.resources, role) } : info;
}

function allocated(resources: readonly V1Resource[], role: string): readonly V1Resource[] {
  return resources.map((resource) => ({ allocation_info: { role }, ...resource }));
}
