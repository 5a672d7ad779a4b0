/** A framework that speaks straight to a local master, acknowledges what comes, and remembers it. */
import type { LocalMaster } from '../../src/mesos/local/master/master.ts';
import type { V1Event, V1Framework, V1Offer, V1Status, V1Task } from '../../src/mesos/v1.ts';
import type { V1Executor } from '../../src/mesos/v1-container.ts';
import { until } from './mesos.ts';

export interface RawFramework {
  readonly id: string;
  readonly events: readonly V1Event[];
  /** Subscribes again, as to a master that was restarted. */
  subscribe(master: LocalMaster): void;
  send(call: object): unknown;
  /** Waits for an offer, and accepts all of its agent for one operation. */
  accept(operation: (offer: V1Offer) => object): Promise<void>;
  launch(task: Partial<V1Task> & { readonly name: string }): Promise<void>;
  launchGroup(
    executorId: string,
    tasks: readonly (Partial<V1Task> & { readonly name: string })[],
  ): Promise<void>;
  statuses(taskId: string): readonly V1Status[];
  /** Waits for an update. */
  reached(taskId: string, state: string): Promise<V1Status>;
  kill(taskId: string): void;
}

const amounts = (cpus: number, mem: number) => [
  { name: 'cpus', type: 'SCALAR', scalar: { value: cpus } },
  { name: 'mem', type: 'SCALAR', scalar: { value: mem } },
];

export function rawFramework(first: LocalMaster, info: Partial<V1Framework> = {}): RawFramework {
  const events: V1Event[] = [];
  const seen = new Set<string>();
  let offers: V1Offer[] = [];
  let master = first;
  let streamId = '';
  let id = '';

  function hear(event: V1Event): void {
    if (event.subscribed) id = event.subscribed.framework_id.value;
    offers.push(...(event.offers?.offers ?? []));
    offers = offers.filter((offer) => offer.id.value !== event.rescind?.offer_id.value);
    const { agent_id, task_id, uuid } = event.update?.status ?? {};
    if (uuid !== undefined) {
      const acknowledge = { agent_id, task_id, uuid };
      queueMicrotask(() => send({ type: 'ACKNOWLEDGE', acknowledge }));
      if (seen.has(uuid)) return;
      seen.add(uuid);
    }
    events.push(event);
  }

  function send(call: object): unknown {
    return master.scheduler({ framework_id: { value: id }, ...call }, { streamId });
  }

  function subscribe(to: LocalMaster): void {
    master = to;
    offers = [];
    const framework_info = {
      user: 'root',
      name: 'raw',
      roles: ['*'],
      capabilities: ['MULTI_ROLE', 'PARTITION_AWARE', 'TASK_KILLING_STATE'].map((type) => ({
        type,
      })),
      failover_timeout: 600,
      checkpoint: true,
      ...info,
      ...(id === '' ? {} : { id: { value: id } }),
    };
    const known = id === '' ? {} : { framework_id: { value: id } };
    master.scheduler(
      { type: 'SUBSCRIBE', ...known, subscribe: { framework_info } },
      {
        open(opened) {
          streamId = opened;
          return { send: hear, end() {} };
        },
      },
    );
  }

  async function accept(operation: (offer: V1Offer) => object): Promise<void> {
    await until(() => offers.length > 0, 'an offer');
    const [offer] = offers;
    if (!offer) return;
    const isOfIt = ({ agent_id }: V1Offer) => agent_id.value === offer.agent_id.value;
    const taken = offers.filter(isOfIt);
    offers = offers.filter((one) => !isOfIt(one));
    send({
      type: 'ACCEPT',
      accept: {
        offer_ids: taken.map((one) => one.id),
        operations: [operation(offer)],
        filters: { refuse_seconds: 0 },
      },
    });
  }

  const aTask = (task: Partial<V1Task> & { readonly name: string }, offer: V1Offer) => ({
    task_id: { value: task.name },
    agent_id: offer.agent_id,
    resources: amounts(0.1, 32),
    ...task,
  });
  const statuses = (taskId: string) =>
    events.flatMap(({ update }) =>
      update?.status.task_id.value === taskId ? [update.status] : [],
    );

  subscribe(first);
  return {
    get id() {
      return id;
    },
    events,
    subscribe,
    send,
    accept,
    launch: (task) =>
      accept((offer) => ({ type: 'LAUNCH', launch: { task_infos: [aTask(task, offer)] } })),
    launchGroup: (executorId, tasks) =>
      accept((offer) => {
        const executor: V1Executor = {
          type: 'DEFAULT',
          executor_id: { value: executorId },
          framework_id: { value: id },
          resources: [...amounts(0.1, 32), { name: 'disk', type: 'SCALAR', scalar: { value: 32 } }],
        };
        const task_group = { tasks: tasks.map((task) => aTask(task, offer)) };
        return { type: 'LAUNCH_GROUP', launch_group: { executor, task_group } };
      }),
    statuses,
    async reached(taskId, state) {
      const find = () => statuses(taskId).find((status) => status.state === state);
      await until(() => find() !== undefined, `${taskId} ${state}`);
      return find() as V1Status;
    },
    kill: (taskId) => void send({ type: 'KILL', kill: { task_id: { value: taskId } } }),
  };
}
