import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { EVENT } from '../../../src/api/builtin.ts';
import { JOB, type Job, TASK, TOMBSTONE } from '../../../src/api/kinds.gen.ts';
import type { Client } from '../../../src/registry/port.ts';
import { virtualClock } from '../../../src/runtime/clock.ts';
import {
  aRegistry,
  failure,
  failureText,
  jobBody,
  type TestRegistry,
} from '../../support/registry.ts';

const key = { namespace: 'default', name: 'a' };
const STAMP = 'titan.dev/written';

describe('the client of controllers', () => {
  let test: TestRegistry;
  let client: Client;
  const create = (metadata: object = {}, spec: Record<string, unknown> = {}) =>
    client.create(JOB, jobBody(spec, { namespace: 'default', ...metadata }).value as Job);

  beforeEach(async () => {
    test = await aRegistry();
    ({ client } = test);
  });
  afterEach(() => test.stop());

  it('reads what it wrote at once, one and all', async () => {
    const job = await create();
    expect(await client.get(JOB, key)).to.equal(job);
    const { items, resourceVersion } = await client.list(JOB);
    expect(items).to.deep.equal([job]);
    expect(Number(resourceVersion)).to.be.at.least(Number(job.metadata.resourceVersion));
    await client.delete(JOB, key);
    expect(await failureText(client.get(JOB, key))).to.equal(
      '404 NotFound: jobs.titan.dev "a" not found',
    );
    expect((await client.list(JOB)).items).to.deep.equal([]);
  });

  it('lists in turns, and misses nothing that was there before', async () => {
    let now = 0;
    const hurried = { ...virtualClock(), elapsed: () => (now += 10) };
    const busy = await aRegistry({ clock: hurried });
    const names = Array.from({ length: 20 }, (_, index) => `job-${index + 10}`);
    for (const name of names) {
      await busy.client.create(JOB, jobBody({}, { namespace: 'default', name }).value as Job);
    }
    let listed = false;
    const listing = busy.client.list(JOB).finally(() => {
      listed = true;
    });
    let turns = 0;
    for (; !listed; turns += 1) await setImmediate();
    const { items } = await listing;
    expect(items.map(({ metadata }) => metadata.name)).to.deep.equal(names);
    expect(turns).to.be.at.least(names.length);
    await busy.stop();
  });

  it('keeps spec and status apart, and tells of a stale version', async () => {
    const job = await create();
    const running = await client.updateStatus(JOB, { ...job, status: { phase: 'Running' } });
    expect(running.status).to.deep.equal({ phase: 'Running' });
    const scaled = await client.update(JOB, {
      ...running,
      spec: { ...job.spec, cpus: 2 },
      status: {},
    });
    expect([scaled.spec.cpus, scaled.status?.phase, scaled.metadata.generation]).to.deep.equal([
      2,
      'Running',
      2,
    ]);
    expect((await failure(client.updateStatus(JOB, { ...job, status: {} }))).reason).to.equal(
      'Conflict',
    );
  });

  it("notes the status that it writes as nobody's, until a person has written some of it", async () => {
    const job = await create();
    const running = await client.updateStatus(JOB, { ...job, status: { phase: 'Running' } });
    expect(running.metadata.managedFields).to.deep.equal(job.metadata.managedFields);
    const body = { value: { status: { phase: 'Degraded' } }, duplicates: [] };
    const written = { manager: 'person', subresource: 'status' } as const;
    const jobs = test.definition('jobs');
    await test.registry.patch(jobs, key, { type: 'merge', body }, written);
    const theirs = await client.get(JOB, key);
    const ours = await client.updateStatus(JOB, { ...theirs, status: { phase: 'Running' } });
    const holders = ({ metadata }: Job) =>
      metadata.managedFields?.filter((each) => each.subresource).map(({ manager }) => manager);
    expect([holders(theirs), holders(ours)]).to.deep.equal([['person'], ['test']]);
  });

  it("makes what is nobody's, where it is told to, until somebody changes a field", async () => {
    const draft = jobBody({}, { namespace: 'default' }).value as Job;
    const job = await client.create(JOB, draft, { unclaimed: true });
    expect(job.metadata).to.not.have.property('managedFields');
    const scaled = await client.update(JOB, { ...job, spec: { ...job.spec, cpus: 3 } });
    expect(scaled.metadata.managedFields).to.have.length(1);
    expect(scaled.metadata.managedFields?.[0]).to.deep.include({
      manager: 'test',
      fieldsV1: { 'f:spec': { 'f:cpus': {} } },
    });
  });

  it('watches from a list on', async () => {
    const { resourceVersion } = await client.list(JOB);
    await create();
    const stopping = new AbortController();
    for await (const [event] of client.watch(JOB, { after: resourceVersion }, stopping.signal)) {
      expect([event?.type, event?.object.metadata.name]).to.deep.equal(['ADDED', 'a']);
      stopping.abort();
    }
  });

  it('refuses every write when its guard no longer holds, with nothing done', async () => {
    await test.store.transact({
      when: [],
      write: [{ do: 'put', key: '/titan/leader', value: new Uint8Array() }],
    });
    const { revision = 0 } = (await test.store.get('/titan/leader')) ?? {};
    const leader = test.registry.client({
      manager: 'leader',
      guard: [{ key: '/titan/leader', revision }],
    });
    const job = await leader.create(JOB, jobBody({}, { namespace: 'default' }).value as Job);
    await test.store.transact({ when: [], write: [{ do: 'delete', key: '/titan/leader' }] });
    const writes = [
      leader.update(JOB, { ...job, spec: { ...job.spec, cpus: 9 } }),
      leader.updateStatus(JOB, { ...job, status: { phase: 'Running' } }),
      leader.delete(JOB, key),
      leader.create(JOB, jobBody({}, { namespace: 'default', name: 'b' }).value as Job),
    ];
    for (const write of writes) expect((await failure(write)).reason).to.equal('Conflict');
    expect(
      (await client.list(JOB)).items.map(({ metadata }) => metadata.resourceVersion),
    ).to.deep.equal([job.metadata.resourceVersion]);
  });

  it('makes and removes nothing once what that was decided from is another version, or gone', async () => {
    const job = await create();
    const other = await create({ name: 'b' });
    const given = [{ kind: JOB, object: job }];
    const draft = (name: string) => jobBody({}, { namespace: 'default', name }).value as Job;
    await client.create(JOB, draft('c'), { given });
    await client.updateStatus(JOB, { ...job, status: { phase: 'Running' } });
    for (const write of [
      client.create(JOB, draft('d'), { given }),
      client.delete(JOB, { namespace: 'default', name: other.metadata.name }, { given }),
    ]) {
      expect(await failure(write)).to.include({ reason: 'Conflict' });
    }
    await client.delete(JOB, key);
    expect((await failure(client.create(JOB, draft('d'), { given }))).reason).to.equal('Conflict');
    const { items } = await client.list(JOB);
    expect(items.map(({ metadata }) => metadata.name)).to.deep.equal(['b', 'c']);
  });

  it('holds tasks to their schema', async () => {
    const task = {
      apiVersion: '',
      kind: '',
      metadata: { name: 't', namespace: 'default' },
      spec: {},
    };
    const { details } = await failure(client.create(TASK, task as never));
    expect(details.causes?.map(({ field }) => field)).to.include.members([
      'spec.jobName',
      'spec.cpus',
    ]);
  });

  it('lets events expire after an hour, many on one lease', async () => {
    let leases = 0;
    const { grantLease } = test.store;
    Object.assign(test.store, {
      grantLease: (spanMs: number) => {
        leases += 1;
        return grantLease.call(test.store, spanMs);
      },
    });
    for (let count = 0; count < 20; count += 1) {
      await client.create(EVENT, {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { generateName: 'e', namespace: 'default' },
        involvedObject: { apiVersion: 'v1', kind: 'X', name: 'x', uid: 'u' },
        type: 'Normal',
        reason: 'R',
        message: 'm',
      });
    }
    expect(leases).to.equal(1);
    await test.clock.advance(3_600_000);
    expect((await client.list(EVENT)).items).to.have.length(20);
    await test.clock.advance(120_000);
    expect((await client.list(EVENT)).items).to.have.length(0);
  });

  describe('stamps', () => {
    it('say when and where the spec was last written, and only grow', async () => {
      const job = await create({ annotations: { [STAMP]: 'mine', other: 'x' } });
      expect(job.metadata.annotations).to.deep.equal({
        other: 'x',
        [STAMP]: '2026-01-01T00:00:00.000Z/dc1',
      });
      const next = await client.update(JOB, { ...job, spec: { ...job.spec, cpus: 2 } });
      expect(next.metadata.annotations?.[STAMP]).to.equal('2026-01-01T00:00:00.001Z/dc1');
      await test.clock.advance(5_000);
      const later = await client.update(JOB, { ...next, spec: { ...job.spec, cpus: 3 } });
      expect(later.metadata.annotations?.[STAMP]).to.equal('2026-01-01T00:00:05.000Z/dc1');
      const metadata = { ...later.metadata, annotations: { [STAMP]: 'mine' } };
      const kept = await client.update(JOB, { ...later, metadata });
      expect(kept.metadata.annotations).to.deep.equal({ [STAMP]: '2026-01-01T00:00:05.000Z/dc1' });
      const status = await client.updateStatus(JOB, { ...kept, status: { phase: 'Running' } });
      expect(status.metadata.annotations).to.deep.equal(kept.metadata.annotations);
    });

    it('belong to nobody', async () => {
      const { metadata } = await create();
      expect(metadata.managedFields?.[0]?.fieldsV1).to.not.have.property('f:metadata');
    });
  });

  describe('replicate', () => {
    const peer = (more: object = {}, spec: object = {}): Job => ({
      apiVersion: 'titan.dev/v1beta1',
      kind: 'Job',
      metadata: {
        name: 'a',
        namespace: 'default',
        uid: 'peer-uid',
        resourceVersion: '77',
        generation: 5,
        creationTimestamp: '2025-01-01T00:00:00Z',
        labels: { app: 'x' },
        annotations: { [STAMP]: '2025-02-01T00:00:00.000Z/dc2' },
        finalizers: ['titan.dev/theirs'],
        ...more,
      },
      spec: { ...Object(jobBody({ cpus: 3 }).value as Job).spec, ...spec },
      status: { phase: 'Theirs' as never },
    });

    it("takes a peer's identity and spec, not its status, finalizers or version", async () => {
      const job = await client.replicate(JOB, peer());
      expect(job.metadata).to.deep.include({
        uid: 'peer-uid',
        generation: 5,
        creationTimestamp: '2025-01-01T00:00:00Z',
        labels: { app: 'x' },
        annotations: { [STAMP]: '2025-02-01T00:00:00.000Z/dc2' },
      });
      expect(job.metadata).to.not.have.any.keys('finalizers', 'managedFields');
      expect(job.metadata.resourceVersion).to.not.equal('77');
      expect(job).to.not.have.property('status');
      expect(job.spec.cpus).to.equal(3);
    });

    it('keeps what is local, and writes nothing when it is equal', async () => {
      const first = await client.replicate(JOB, peer());
      const running = await client.updateStatus(JOB, { ...first, status: { phase: 'Running' } });
      expect(await client.replicate(JOB, peer())).to.equal(running);
      const next = await client.replicate(JOB, peer({ generation: 6 }, { cpus: 4 }));
      expect([next.spec.cpus, next.metadata.generation, next.status?.phase]).to.deep.equal([
        4,
        6,
        'Running',
      ]);
      expect(next.metadata.managedFields).to.deep.equal(running.metadata.managedFields);
    });

    it('is in conflict with a local object of another uid', async () => {
      const { metadata } = await create();
      expect(await failureText(client.replicate(JOB, peer()))).to.equal(
        `409 Conflict: Operation cannot be fulfilled on jobs.titan.dev "a": the local object has the uid ${metadata.uid}, the peer's peer-uid`,
      );
    });

    it('goes on from the stamp of the peer', async () => {
      const job = await client.replicate(
        JOB,
        peer({ annotations: { [STAMP]: '2027-01-01T00:00:00.000Z/dc2' } }),
      );
      const next = await client.update(JOB, { ...job, spec: { ...job.spec, cpus: 9 } });
      expect(next.metadata.annotations?.[STAMP]).to.equal('2027-01-01T00:00:00.001Z/dc1');
    });
  });

  describe('tombstones', () => {
    const specs = async () => (await client.list(TOMBSTONE)).items.map(({ spec }) => spec);

    it('are left by what is replicated, in the same transaction, by delete and by the last finalizer', async () => {
      const one = await create();
      await client.delete(JOB, key);
      const { items } = await client.list(TOMBSTONE);
      expect(items.map(({ metadata }) => metadata.name)).to.deep.equal([
        `jobs-a-${one.metadata.uid.slice(0, 8)}`,
      ]);
      expect(await specs()).to.deep.equal([
        { kind: 'Job', name: 'a', uid: one.metadata.uid, generation: 1 },
      ]);
      const two = await create({ finalizers: ['titan.dev/x'] });
      await client.delete(JOB, key);
      expect(await specs()).to.have.length(1);
      const held = await client.get(JOB, key);
      await client.update(JOB, { ...held, metadata: { ...held.metadata, finalizers: [] } });
      expect((await specs()).map(({ uid, generation }) => [uid, generation])).to.deep.include([
        two.metadata.uid,
        2,
      ]);
    });
  });
});
