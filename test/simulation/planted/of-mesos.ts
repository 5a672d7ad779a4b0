import { TASK, type Task } from '../../../src/api/kinds.gen.ts';
import { keyOf } from '../../../src/api/object.ts';
import { uidOfMesosTask } from '../../../src/api/task.ts';
import type { Client } from '../../../src/registry/port.ts';
import type { Bug, PlantBug } from '../../../src/sim/domain.ts';
import { changingCalls, changingEvents, losingCalls, misreading, withEvents } from './tools.ts';

const ackBeforeStore: PlantBug = () => ({
  transport: (net) =>
    withEvents(net, async function* (events, streamId) {
      let framework: { readonly value: string } | undefined;
      for await (const event of events) {
        framework = event.subscribed?.framework_id ?? framework;
        const { task_id, agent_id, uuid } = event.update?.status ?? {};
        if (framework && task_id && agent_id && uuid) {
          const acknowledge = { task_id, agent_id, uuid };
          const call = { type: 'ACKNOWLEDGE', framework_id: framework, acknowledge };
          await net.call('/api/v1/scheduler', call, streamId);
        }
        yield event;
      }
    }),
});

const newId: PlantBug = () => ({
  transport: (net) => ({
    ...net,
    subscribe(call, signal, path) {
      const { framework_id: _, subscribe, ...rest } = call;
      if (path === '/api/v1' || subscribe === undefined) return net.subscribe(call, signal, path);
      const { id: __, ...info } = subscribe.framework_info;
      return net.subscribe({ ...rest, subscribe: { ...subscribe, framework_info: info } }, signal);
    },
  }),
});

const killOnce: PlantBug = (life) => {
  const sent = new Set<string>();
  return changingCalls((call) => {
    const id = call.kill?.task_id.value;
    if (id === undefined) return [call];
    if (sent.has(id)) return [];
    sent.add(id);
    return [call];
  })(life);
};

const deafAfterEnd: PlantBug = () => ({
  transport: (net) =>
    withEvents(net, async function* (events) {
      try {
        yield* events;
      } catch {
        // As if the connection were still there.
      }
      await new Promise(() => undefined);
    }),
});

/** Knows the tasks of the store as far as the client has told it of them. */
function withTasks(
  make: (tasks: () => Promise<readonly Task[]>, client: () => Client) => Bug,
): PlantBug {
  return () => {
    let client: Client | undefined;
    const known = () => {
      if (client === undefined) throw new Error('the client is opened before Mesos');
      return client;
    };
    const bug = make(async () => (await known().list(TASK)).items, known);
    return {
      ...bug,
      client(open, options) {
        client = open(options);
        return client;
      },
    };
  };
}

const straysStay = withTasks((tasks) => ({
  transport: (net) => ({
    ...net,
    async call(path, call, streamId) {
      const uid = uidOfMesosTask(call.kill?.task_id.value ?? '');
      const isStray =
        call.type === 'KILL' && !(await tasks()).some(({ metadata }) => metadata.uid === uid);
      return isStray ? { status: 202, body: '' } : net.call(path, call, streamId);
    },
  }),
}));

const PHASES: Readonly<Record<string, NonNullable<Task['status']>['phase']>> = {
  TASK_STARTING: 'Starting',
  TASK_RUNNING: 'Running',
};

const lastWord = withTasks((tasks, client) => ({
  transport: (net) =>
    withEvents(net, async function* (events) {
      for await (const event of events) {
        const { state = '', task_id } = event.update?.status ?? {};
        const uid = uidOfMesosTask(task_id?.value ?? '');
        const phase = PHASES[state];
        const found = (await tasks()).find(({ metadata }) => metadata.uid === uid);
        if (found !== undefined && phase !== undefined) {
          const task = await client()
            .get(TASK, keyOf(found))
            .catch(() => found);
          const status = { ...task.status, phase };
          await client()
            .updateStatus(TASK, { ...task, status })
            .catch(() => undefined);
        }
        yield event;
      }
    }),
}));

/** Bugs in how a control plane speaks with Mesos. */
export const OF_MESOS = {
  'updates are acknowledged before they are stored': ackBeforeStore,
  'unreachable and unknown count as lost': misreading({
    TASK_UNREACHABLE: 'TASK_LOST',
    TASK_UNKNOWN: 'TASK_LOST',
  }),
  'each subscription asks for a new framework id': newId,
  'offers that are rescinded are kept': changingEvents((event) =>
    event.type === 'RESCIND' ? [] : [event],
  ),
  'a kill is sent only once': killOnce,
  'offers that nothing needs are not declined': losingCalls('DECLINE'),
  'updates are not acknowledged': losingCalls('ACKNOWLEDGE'),
  'nothing is reconciled': losingCalls('RECONCILE'),
  'tasks that nobody knows are left running': straysStay,
  'launches are sent twice': changingCalls((call) =>
    call.type === 'ACCEPT' ? [call, call] : [call],
  ),
  'a connection that has ended is not opened again': deafAfterEnd,
  'a task that ended well counts as lost': misreading({ TASK_FINISHED: 'TASK_LOST' }),
  'the last update counts, whatever its order': lastWord,
} as const satisfies Readonly<Record<string, PlantBug>>;
