import type { Kind } from '../../api/kind.ts';
import { TASK, type Task } from '../../api/kinds.gen.ts';
import type { ApiObject } from '../../api/object.ts';
import type { MasterEvent } from '../../mesos/port.ts';
import type { Client } from '../../registry/port.ts';
import { LEADER_KEY } from '../../runtime/leader.ts';
import type { Store } from '../../store/port.ts';
import type { Leading } from '../lead.ts';
import type { Reach } from './failpoint.ts';
import type { FailpointName } from './names.ts';

/** A leader's parts, with points between its effects that `reach` is told of. */
export function withFailpoints(lead: Leading, reach: Reach): Leading {
  return {
    ...lead,
    store: storeWith(lead.store, reach),
    registry: {
      ...lead.registry,
      client: (options) => clientWith(lead.registry.client(options), reach),
    },
    openMaster: () => masterWith(lead.openMaster(), reach),
  };
}

function storeWith(store: Store, reach: Reach): Store {
  return {
    ...store,
    async transact(transaction) {
      const isOffice = transaction.write.some(({ key }) => key === LEADER_KEY);
      if (isOffice) await reach('before-office');
      return store.transact(transaction);
    },
  };
}

type Master = ReturnType<Leading['openMaster']>;

function masterWith(master: Master, reach: Reach): Master {
  return {
    ...master,
    async *subscribe(framework, signal) {
      await reach('after-office-before-subscribe');
      for await (const event of master.subscribe(framework, signal)) {
        const name = pointOf(event, framework.id !== undefined);
        if (name !== undefined) await reach(name);
        yield event;
      }
    },
    async accept(...call) {
      await reach('after-store-before-accept');
      await master.accept(...call);
      await reach('after-accept');
    },
    async acknowledge(update) {
      await reach('after-store-before-acknowledge');
      await master.acknowledge(update);
      await reach('after-acknowledge');
    },
    async kill(...call) {
      await reach('after-store-before-kill');
      await master.kill(...call);
      await reach('after-kill');
    },
  };
}

function pointOf({ type }: MasterEvent, isKnown: boolean): FailpointName | undefined {
  if (type === 'subscribed' && !isKnown) return 'after-subscribe-before-id';
  return type === 'update' ? 'after-update-before-store' : undefined;
}

function clientWith(client: Client, reach: Reach): Client {
  return {
    ...client,
    async create(kind, draft, options) {
      if (!isTask(kind)) return client.create(kind, draft, options);
      await reach('before-task-made');
      const made = await client.create(kind, draft, options);
      await reach('after-task-made');
      return made;
    },
    async updateStatus(kind, object) {
      const name = isTask(kind) ? pointOfStatus(object) : undefined;
      if (name !== undefined) await reach(name);
      return client.updateStatus(kind, object);
    },
    async update(kind, object) {
      const isLast = isTask(kind) && isReleased(object);
      if (isLast) await reach('before-task-removed');
      const updated = await client.update(kind, object);
      if (isLast) await reach('after-task-removed');
      return updated;
    },
  };
}

function isTask({ group, plural }: Kind): boolean {
  return group === TASK.group && plural === TASK.plural;
}

function pointOfStatus(object: ApiObject): FailpointName | undefined {
  const { phase } = (object as Task).status ?? {};
  if (phase === 'Staging') return 'after-plan-before-store';
  return phase === 'Killing' ? 'before-stop-stored' : undefined;
}

/** Being deleted, with nothing left that keeps it. */
function isReleased({ metadata }: ApiObject): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0;
}
