import type { Etcd3 } from 'etcd3';
import type { Millis } from '../api/object.ts';
import type { Clock } from '../runtime/port.ts';
import type { EtcdMembers } from './etcd-members.ts';
import type { StoreUpkeep } from './port.ts';

const DEFRAGMENT_MS: Millis = 120_000;

/** What etcd leaves to its users: to look at its space, to make some, and to say that there is some again. */
export function etcdUpkeep(members: EtcdMembers, clock: Clock): StoreUpkeep {
  async function alarms(client: Etcd3) {
    const all = await client.maintenance.alarm({ action: 'Get' });
    return all.alarms.filter(({ alarm }) => alarm === 'Nospace');
  }

  return {
    async space() {
      const full = (await members.call(alarms, true)).length > 0;
      const sizes = await members.call((client) => client.maintenance.status(), true);
      return { full, bytes: Number(sizes.dbSize), usedBytes: Number(sizes.dbSizeInUse) };
    },
    async defragment() {
      await members.each((client) =>
        client.maintenance.defragment({ deadline: clock.now() + DEFRAGMENT_MS }),
      );
    },
    async disarm() {
      await members.call(async (client) => {
        for (const { memberID, alarm } of await alarms(client)) {
          await client.maintenance.alarm({ action: 'Deactivate', memberID, alarm });
        }
      }, true);
    },
  };
}
