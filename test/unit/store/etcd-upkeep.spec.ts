import { expect } from 'chai';
import type { Etcd3 } from 'etcd3';
import { hasReason } from '../../../src/api/error.ts';
import { virtualClock } from '../../../src/runtime/clock.ts';
import type { EtcdMembers } from '../../../src/store/etcd-members.ts';
import { etcdUpkeep } from '../../../src/store/etcd-upkeep.ts';

/** Members that write down what is done to them; of those `away` nobody hears. */
function aCluster({ leader, away = [] }: { leader: string; away?: readonly string[] }) {
  const done: string[] = [];
  const all = ['1', '2', '3'].map((member_id) => {
    async function answer<T>(value: T): Promise<T> {
      if (away.includes(member_id)) throw new Error('No connection established');
      return value;
    }
    const maintenance = {
      status: () => answer({ header: { member_id }, leader }),
      async defragment() {
        done.push(await answer(member_id));
      },
    };
    return { maintenance } as unknown as Etcd3;
  });
  const upkeep = etcdUpkeep({ all } as unknown as EtcdMembers, virtualClock());
  return { upkeep, done };
}

describe('the upkeep of etcd', () => {
  for (const leader of ['1', '2', '3']) {
    it(`defragments member ${leader} last while that one leads`, async () => {
      const { upkeep, done } = aCluster({ leader });
      await upkeep.defragment({ urgent: false });
      expect(done).to.have.members(['1', '2', '3']);
      expect(done.at(-1)).to.equal(leader);
    });
  }

  it('lets no member stand still while another is away, unless etcd is full', async () => {
    const { upkeep, done } = aCluster({ leader: '1', away: ['3'] });
    const refused = await upkeep.defragment({ urgent: false }).catch((thrown: unknown) => thrown);
    expect(hasReason(refused, 'ServiceUnavailable')).to.equal(true);
    expect(done).to.deep.equal([]);
    await upkeep.defragment({ urgent: true });
    expect(done).to.deep.equal(['2', '1']);
  });
});
