import { expect } from 'chai';
import { JOB, type Job } from '../../../src/api/kinds.gen.ts';
import { virtualClock } from '../../../src/runtime/clock.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import { aRegistry, jobBody } from '../../support/registry.ts';

const write = { manager: 'test' };
const key = { namespace: 'default', name: 'a' };
const RECORD = '/titan/registry/titan.dev/jobs/default/a';

/** A job that is stored, after another release has changed its record. */
async function aRecordOf(another: (record: Record<string, unknown>) => unknown) {
  const clock = virtualClock();
  const store = memoryStore({ clock });
  const { registry, definition } = await aRegistry({ store, clock });
  const jobs = definition('jobs');
  await registry.create(jobs, 'default', jobBody({ cpus: 1 }, { name: 'a' }), write);
  const stored = async () => {
    const entry = await store.get(RECORD);
    return JSON.parse(new TextDecoder().decode(entry?.value)) as Job & Record<string, unknown>;
  };
  const value = new TextEncoder().encode(JSON.stringify(another(await stored())));
  await store.transact({ when: [], write: [{ do: 'put', key: RECORD, value }] });
  await clock.settle();
  return { registry, jobs, stored, clock, store, client: registry.client({ manager: 'titan' }) };
}

describe('a record of another release', () => {
  const spec = (record: Record<string, unknown>) => record.spec as object;

  it('that has more fields keeps them, whatever of status and metadata is written here', async () => {
    const { client, stored } = await aRecordOf((record) => ({
      ...record,
      spec: { ...spec(record), fromTheFuture: { deep: [1] } },
    }));
    const found = await client.get(JOB, key);
    const marked = { ...found.metadata, labels: { seen: 'yes' } };
    const updated = await client.update(JOB, { ...found, metadata: marked });
    await client.updateStatus(JOB, { ...updated, status: { observedGeneration: 1 } });
    expect(Object(await stored()).spec).to.deep.include({ fromTheFuture: { deep: [1] } });
    expect((await stored()).metadata.labels).to.deep.equal({ seen: 'yes' });
  });

  it('that lacks what has come since is read with its defaults, and written with them', async () => {
    const { client, registry, jobs, stored } = await aRecordOf((record) => {
      const { disk: _, restartOnFailure: __, ...older } = record.spec as Record<string, unknown>;
      return { ...record, spec: { ...older, fromThePast: 1 } };
    });
    expect(Object(await stored()).spec).to.not.have.property('disk');
    const found = await client.get(JOB, key);
    const wanted = { disk: 1, restartOnFailure: true, fromThePast: 1 };
    expect(found.spec).to.deep.include(wanted);
    const { items } = await registry.list(jobs, {});
    expect(JSON.parse(Buffer.from(items[0]?.bytes ?? []).toString()).spec).to.deep.include(wanted);
    await client.updateStatus(JOB, { ...found, status: { observedGeneration: 1 } });
    expect(Object(await stored()).spec).to.deep.include(wanted);
  });

  it('that lacks what has come since is read with its defaults from the past, too', async () => {
    const { client, registry, jobs, store, clock } = await aRecordOf((record) => {
      const { disk: _, ...older } = record.spec as Record<string, unknown>;
      return { ...record, spec: older };
    });
    const { resourceVersion } = await registry.list(jobs, {});
    await client.updateStatus(JOB, { ...(await client.get(JOB, key)), status: {} });
    const later = await aRegistry({ store, clock });
    const exact = { resourceVersion, resourceVersionMatch: 'Exact' };
    const { items } = await later.registry.list(jobs, exact);
    expect(items.map(({ object }) => Object(object.spec).disk)).to.deep.equal([1]);
    await later.stop();
  });
});
