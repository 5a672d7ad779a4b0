import type { Etcd3 } from 'etcd3';
import { asTitanError, TitanError } from '../api/error.ts';
import type { Millis } from '../api/object.ts';
import type { Clock } from '../runtime/port.ts';
import { asEtcdError } from './etcd-errors.ts';
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
    async defragment({ urgent }) {
      for (const client of await inOrder(members, urgent)) {
        const deadline = clock.now() + DEFRAGMENT_MS;
        await client.maintenance.defragment({ deadline }).catch(fail);
        // One that does not come back must not be followed by the next one.
        await client.maintenance.status().catch(fail);
      }
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

/**
 * Those that follow first, the one that leads last, since the others wait for it. Where one is away another may
 * not stand still, for want of a majority: then nothing is done, unless it is urgent.
 *
 * @throws TitanError `ServiceUnavailable` where a member is away, or all of them where it is urgent
 */
async function inOrder(members: EtcdMembers, urgent: boolean): Promise<readonly Etcd3[]> {
  const followers: Etcd3[] = [];
  const leaders: Etcd3[] = [];
  const away: string[] = [];
  for (const client of members.all) {
    try {
      const { header, leader } = await client.maintenance.status();
      (header.member_id === leader ? leaders : followers).push(client);
    } catch (thrown) {
      away.push(asTitanError(asEtcdError(thrown)).message);
    }
  }
  const order = [...followers, ...leaders];
  if (away.length === 0 || (urgent && order.length > 0)) return order;
  const message = `etcd is not defragmented while ${away.length} of its ${members.all.length} members are away: ${away[0]}`;
  throw new TitanError('ServiceUnavailable', message);
}

function fail(thrown: unknown): never {
  throw asEtcdError(thrown);
}
