/** What bears another name in a replay than in its recording, by the recorded name. */
import type { V1Event } from '../../src/mesos/v1.ts';
import type { RecordedEvent } from './mesos.ts';

export interface RecordedNames {
  readonly offers: Map<string, string>;
  /** Of operations' statuses. */
  readonly uuids: ReadonlyMap<string, string>;
  /** Learns from an event of the replay. */
  note(event: V1Event): void;
}

export function recordedNames(recorded: readonly RecordedEvent[]): RecordedNames {
  const offers = new Map<string, string>();
  const uuids = new Map<string, string>();
  const inverse = recorded.flatMap(
    ({ event }) => event.inverse_offers?.inverse_offers?.map(({ id }) => id.value) ?? [],
  );

  /** Inverse offers share their numbers with offers. */
  function noteInverseOffers({ inverse_offers: said }: V1Event): void {
    for (const { id } of said?.inverse_offers ?? []) {
      const next = inverse.find((one) => !offers.has(one));
      if (next !== undefined) offers.set(next, id.value);
    }
  }

  function noteOperation({ update_operation_status: said }: V1Event): void {
    const { operation_id: id, uuid } = said?.status ?? {};
    const statuses = recorded.flatMap(({ event }) => event.update_operation_status?.status ?? []);
    const same = statuses.find(({ operation_id }) => operation_id?.value === id?.value);
    if (uuid && same?.uuid) uuids.set(same.uuid.value, uuid.value);
  }

  return {
    offers,
    uuids,
    note(event) {
      noteInverseOffers(event);
      noteOperation(event);
    },
  };
}
