import { type Job, TASK, type Task } from '../../../src/api/kinds.gen.ts';
import { keyOf } from '../../../src/api/object.ts';
import type { Client } from '../../../src/registry/port.ts';
import { HOME } from './control.ts';

/** A bug between the job's controller and the API, and what it is found by. */
export interface PlantedBug {
  plant(client: Client): Client;
  readonly shows: RegExp;
}

/** Of each task that is stopped, another is stopped with it. */
function stopsTwo(client: Client): Client {
  let last: Task | undefined;
  return {
    ...client,
    async create(kind, draft, premises) {
      const made = await client.create(kind, draft, premises);
      if (kind.plural === TASK.plural) last = made as unknown as Task;
      return made;
    },
    async delete(kind, key, given = {}) {
      await client.delete(kind, key, given);
      if (kind.plural !== TASK.plural || last === undefined) return;
      const { given: premises } = given;
      const also = {
        uid: last.metadata.uid,
        ...(premises === undefined ? {} : { given: premises }),
      };
      await client.delete(kind, keyOf(last), also).catch(() => undefined);
    },
  };
}

/** A task that is made is made once more, under the name of the next attempt. */
function makesTwo(client: Client): Client {
  return {
    ...client,
    async create(kind, draft, premises) {
      const made = await client.create(kind, draft, premises);
      if (kind.plural !== TASK.plural) return made;
      const { spec } = draft as unknown as Task;
      const attempt = spec.attempt + 1;
      const name = (draft.metadata.name ?? '').replace(/\d+$/, `${attempt}`);
      const next = { ...draft, metadata: { ...draft.metadata, name }, spec: { ...spec, attempt } };
      await client.create(kind, next as never, premises).catch(() => undefined);
      return made;
    },
  };
}

type Entry = NonNullable<NonNullable<Job['status']>['domains']>[number];

/** The job's status, with another entry of this fault domain. */
function changingEntry(change: (entry: Entry) => Entry): (client: Client) => Client {
  return (client) => ({
    ...client,
    updateStatus(kind, object) {
      const { status } = object as unknown as Job;
      const domains = status?.domains?.map((each) =>
        each.name === HOME.name ? change(each) : each,
      );
      return client.updateStatus(kind, { ...object, status: { ...status, domains } } as never);
    },
  });
}

const forgetsLosses = changingEntry(({ disruptions, ...entry }) => {
  if (disruptions === undefined) return entry;
  const { ledger = [], ...others } = disruptions;
  const kept = ledger.filter(({ cause }) => cause !== 'Loss');
  return { ...entry, disruptions: { ...others, ...(kept.length === 0 ? {} : { ledger: kept }) } };
});

export const PLANTED: Readonly<Record<string, PlantedBug>> = {
  'another task is stopped with each': {
    plant: stopsTwo,
    shows: /is stopped: \d+ of \d+ are left/,
  },
  'each task is made twice': {
    plant: makesTwo,
    shows: /is one of|is made beside|is made while|is the third/,
  },
  'the ledger forgets what was lost': { plant: forgetsLosses, shows: /times Loss/ },
};
