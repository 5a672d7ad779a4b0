import { expect } from 'chai';
import { apiVersionOf } from '../../../src/api/kind.ts';
import { CAPACITY_GROUP, type CapacityGroup } from '../../../src/api/kinds.gen.ts';
import { aRegistry, failureText } from '../../support/registry.ts';

async function created(spec: Partial<CapacityGroup['spec']>): Promise<CapacityGroup['spec']> {
  const { client, stop } = await aRegistry();
  try {
    const { spec: stored } = await client.create(CAPACITY_GROUP, {
      apiVersion: apiVersionOf(CAPACITY_GROUP),
      kind: CAPACITY_GROUP.kind,
      metadata: { name: 'batch' },
      spec: spec as CapacityGroup['spec'],
    });
    return stored;
  } finally {
    await stop();
  }
}

describe('a capacity group as the API takes it', () => {
  it('has tier 1, weight 1, and reclaims after three minutes unless told', async () => {
    const defaults = { tier: 1, weight: 1, preemptible: false, preemptAfterSeconds: 180 };
    expect(await created({})).to.deep.equal(defaults);
  });

  const faults: readonly [string, Partial<CapacityGroup['spec']>, string][] = [
    ['a size that is none', { guarantee: { memory: 'lots' } }, 'spec.guarantee.memory'],
    ['lending without a cohort', { lendingLimit: { cpus: 1 } }, 'name one in spec.cohort'],
    ['a tier below 0', { tier: -1 }, 'spec.tier'],
  ];
  for (const [name, spec, named] of faults) {
    it(`refuses ${name}, and says where`, async () => {
      const text = await failureText(created(spec));
      expect(text)
        .to.match(/^422 Invalid/)
        .and.to.include(named);
    });
  }
});
