import type { Kind } from '../../../src/api/kind.ts';
import { type ApiObject, keyOf } from '../../../src/api/object.ts';
import type { Transport } from '../../../src/mesos/transport.ts';
import type { V1Call, V1Event } from '../../../src/mesos/v1.ts';
import type { Client } from '../../../src/registry/port.ts';
import type { PlantBug } from '../../../src/sim/domain.ts';
import type { Store, Transaction } from '../../../src/store/port.ts';

/** Calls as `change` makes them; those that it leaves out never arrive, and nobody hears of it. */
export function changingCalls(change: (call: V1Call) => readonly V1Call[]): PlantBug {
  return () => ({
    transport: (net) => ({
      ...net,
      async call(path, call, streamId) {
        let answer = { status: 202, body: '' as unknown };
        if (path === '/api/v1') return net.call(path, call, streamId);
        for (const each of change(call)) answer = await net.call(path, each, streamId);
        return answer;
      },
    }),
  });
}

export function losingCalls(type: string): PlantBug {
  return changingCalls((call) => (call.type === type ? [] : [call]));
}

/** Events as `change` makes them. */
export function changingEvents(change: (event: V1Event) => readonly V1Event[]): PlantBug {
  return () => ({
    transport: (net) =>
      withEvents(net, async function* (events) {
        for await (const event of events) yield* change(event);
      }),
  });
}

export function withEvents(
  net: Transport,
  read: (events: AsyncIterable<V1Event>, streamId: string) => AsyncIterable<V1Event>,
): Transport {
  return {
    ...net,
    async subscribe(call, signal, path) {
      const stream = await net.subscribe(call, signal, path);
      if (path === '/api/v1') return stream;
      return { ...stream, events: read(stream.events, stream.streamId) };
    },
  };
}

/** Updates with another state than they came with. */
export function misreading(states: Readonly<Record<string, string>>): PlantBug {
  return changingEvents((event) => {
    const { status } = event.update ?? {};
    const state = states[status?.state ?? ''];
    if (status === undefined || state === undefined) return [event];
    return [{ ...event, update: { ...event.update, status: { ...status, state } } }];
  });
}

export function changingStore(change: (store: Store) => Partial<Store>): PlantBug {
  return () => ({ store: (store) => ({ ...store, ...change(store) }) });
}

export function changingWrites(change: (transaction: Transaction) => Transaction): PlantBug {
  return changingStore((store) => ({
    transact: (transaction) => store.transact(change(transaction)),
  }));
}

export function changingClient(change: (client: Client) => Partial<Client>): PlantBug {
  return () => ({
    client(open, options) {
      const client = open(options);
      return { ...client, ...change(client) };
    },
  });
}

/** Objects of a kind as a control plane takes them to be; their specs are not written as it sees them. */
export function seeing<T extends ApiObject>(kind: Kind<T>, change: (object: T) => T): PlantBug {
  const seen = <Of extends ApiObject>(asked: Kind<Of>, object: Of): Of =>
    asked.plural === kind.plural ? (change(object as never) as never) : object;
  return changingClient((client) => ({
    get: async (asked, key) => seen(asked, await client.get(asked, key)),
    async update(asked, object) {
      if (asked.plural !== kind.plural) return client.update(asked, object);
      const { spec } = await client.get(asked, keyOf(object));
      return seen(asked, await client.update(asked, { ...object, spec }));
    },
    updateStatus: async (asked, object) => seen(asked, await client.updateStatus(asked, object)),
    async list(asked) {
      const found = await client.list(asked);
      return { ...found, items: found.items.map((object) => seen(asked, object)) };
    },
    async *watch(asked, options, signal) {
      for await (const events of client.watch(asked, options, signal)) {
        yield events.map((event) => ({ ...event, object: seen(asked, event.object) }));
      }
    },
  }));
}
