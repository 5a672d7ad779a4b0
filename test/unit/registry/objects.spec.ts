import { expect } from 'chai';
import {
  aRegistry,
  bodyOf,
  failure,
  failureText,
  jobBody,
  type TestRegistry,
} from '../../support/registry.ts';

const key = { namespace: 'default', name: 'a' };
const write = { manager: 'test' };

describe('objects of the registry', () => {
  let test: TestRegistry;
  const jobs = () => test.definition('jobs');
  const create = (body = jobBody(), options = {}) =>
    test.registry.create(jobs(), 'default', body, { ...write, ...options });
  const merge = (value: unknown, options = {}) =>
    test.registry.patch(
      jobs(),
      key,
      { type: 'merge', body: bodyOf(value) },
      { ...write, ...options },
    );

  beforeEach(async () => {
    test = await aRegistry();
  });
  afterEach(() => test.stop());

  it('that another replica has deleted, or made anew, meanwhile are not taken for what they were', async () => {
    const behind = await create();
    const stored = '/titan/registry/titan.dev/jobs/default/a';
    const put = (metadata: Record<string, unknown>) =>
      test.registry.replace(jobs(), key, jobBody({ cpus: 2 }, metadata), write);
    const { value = new Uint8Array() } = (await test.store.get(stored)) ?? {};
    await test.store.transact({ when: [], write: [{ do: 'delete', key: stored }] });
    const { resourceVersion, uid } = behind.metadata;
    expect((await failure(put({ resourceVersion }))).reason).to.equal('NotFound');
    await test.clock.settle();
    await test.store.transact({ when: [], write: [{ do: 'put', key: stored, value }] });
    await test.clock.settle();
    const again = 'f0000000-0000-4000-8000-000000000000';
    const text = new TextDecoder().decode(value).replace(uid, again);
    const anew = new TextEncoder().encode(text);
    await test.store.transact({ when: [], write: [{ do: 'put', key: stored, value: anew }] });
    const { object } = await merge({ metadata: { uid: again }, spec: { cpus: 2 } });
    expect(object.metadata.uid).to.equal(again);
  });

  describe('create', () => {
    it('gives identity and defaults, and drops the status', async () => {
      const body = jobBody();
      const job = await create(bodyOf({ ...Object(body.value), status: { phase: 'Running' } }));
      expect(job.metadata).to.include({ name: 'a', namespace: 'default', generation: 1 });
      expect(job.metadata.uid).to.match(/^[0-9a-f-]{36}$/);
      expect(job.metadata.creationTimestamp).to.equal('2026-01-01T00:00:00Z');
      expect(job.metadata.resourceVersion).to.match(/^\d+$/);
      expect(job.spec).to.include({ cpus: 1, memory: 512, restartOnFailure: true });
      expect(job.status).to.deep.equal({ observedGeneration: -1 });
    });

    it('ends a generated name with five letters and cuts its base', async () => {
      const body = jobBody({}, { name: undefined, generateName: 'g'.repeat(60) });
      const { metadata } = await create(body);
      expect(metadata.name).to.match(/^g{58}[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    });

    const refused: readonly (readonly [string, () => Promise<unknown>, string])[] = [
      [
        'a second of the same name',
        async () => {
          await create();
          await create();
        },
        '409 AlreadyExists: jobs.titan.dev "a" already exists',
      ],
      [
        'a missing namespace',
        () => test.registry.create(jobs(), 'nope', jobBody(), write),
        '404 NotFound: namespaces "nope" not found',
      ],
      [
        'another namespace in the body',
        () => create(jobBody({}, { namespace: 'other' })),
        '400 BadRequest: the namespace of the provided object does not match the namespace sent on the request',
      ],
      [
        'a version',
        () => create(jobBody({}, { resourceVersion: '5' })),
        '400 BadRequest: resourceVersion should not be set on objects to be created',
      ],
      [
        'another API version',
        () => create(bodyOf({ ...Object(jobBody().value), apiVersion: 'titan.dev/v2' })),
        '400 BadRequest: the API version in the data (titan.dev/v2) does not match the expected API version (titan.dev/v1beta1)',
      ],
      [
        'no name',
        () => create(jobBody({}, { name: undefined })),
        '422 Invalid: Job.titan.dev "" is invalid: metadata.name: Required value: name or generateName is required',
      ],
      [
        'metadata of the wrong type',
        () => create(jobBody({}, { labels: { a: 1 } })),
        '400 BadRequest: Job in version "v1beta1" cannot be handled as a Job: metadata.labels.a: must be of type string: "integer"',
      ],
      [
        'what is too large',
        () =>
          test.registry.create(
            test.definition('leases'),
            'default',
            bodyOf({
              apiVersion: 'coordination.k8s.io/v1',
              kind: 'Lease',
              metadata: { name: 'c' },
              spec: { holderIdentity: 'x'.repeat(1_600_000) },
            }),
            write,
          ),
        '413 RequestEntityTooLarge: Request entity too large: limit is 1500000',
      ],
    ];
    for (const [name, call, text] of refused) {
      it(`refuses ${name}`, async () => {
        expect(await failureText(call())).to.satisfy((found: string) => found.startsWith(text));
      });
    }

    it('does all but store it in a dry run', async () => {
      const job = await create(jobBody(), { dryRun: true });
      expect(job.metadata.uid).to.be.a('string');
      expect(job.metadata.resourceVersion).to.equal(undefined);
      expect(await failureText(test.registry.get(jobs(), key))).to.equal(
        '404 NotFound: jobs.titan.dev "a" not found',
      );
      await create();
      expect((await failure(create(jobBody(), { dryRun: true }))).reason).to.equal('AlreadyExists');
    });
  });

  describe('update', () => {
    it('counts a generation for the spec, not for labels and status', async () => {
      const job = await create();
      const labelled = await merge({ metadata: { labels: { a: 'b' } } });
      const scaled = await merge({ spec: { cpus: 2 } });
      const status = await merge(
        { status: { phase: 'Running' }, spec: { cpus: 9 } },
        { subresource: 'status' },
      );
      const versions = [job, labelled.object, scaled.object, status.object].map(
        ({ metadata }) => metadata,
      );
      expect(versions.map(({ generation }) => generation)).to.deep.equal([1, 1, 2, 2]);
      expect(new Set(versions.map(({ resourceVersion }) => resourceVersion)).size).to.equal(4);
      expect(status.object.spec).to.include({ cpus: 2 });
      expect(status.object.status).to.include({ phase: 'Running' });
      const again = await merge({ status: { phase: 'Failed' } });
      expect(again.object.status).to.include({ phase: 'Running' });
    });

    it('writes nothing when nothing changes', async () => {
      const job = await create();
      const { object } = await merge({ spec: { cpus: 1 }, metadata: { labels: {} } });
      const revision = await test.store.revision();
      expect(object.metadata.resourceVersion).to.equal(job.metadata.resourceVersion);
      const put = await test.registry.replace(jobs(), key, bodyOf(job), { manager: 'somebody' });
      expect(put.object.metadata.resourceVersion).to.equal(job.metadata.resourceVersion);
      expect(await test.store.revision()).to.equal(revision);
    });

    it('keeps what only the server sets, whatever is said of it', async () => {
      const { metadata } = await create();
      const { creationTimestamp, generation } = metadata;
      for (const said of [null, '2020-01-01T00:00:00Z']) {
        const stated = { creationTimestamp: said, deletionTimestamp: said, generation: 99 };
        const body = jobBody({}, { ...metadata, ...stated, selfLink: '/x' });
        const put = await test.registry.replace(jobs(), key, body, write);
        expect(put.object.metadata).to.include({ creationTimestamp, generation });
        expect(put.object.metadata).not.to.have.any.keys('deletionTimestamp', 'selfLink');
      }
    });

    it('changes nothing in a dry run', async () => {
      const job = await create();
      const { object } = await merge({ spec: { cpus: 7 } }, { dryRun: true });
      expect(object.spec).to.include({ cpus: 7 });
      expect(object.metadata.resourceVersion).to.equal(job.metadata.resourceVersion);
      expect((await test.registry.get(jobs(), key)).object.spec).to.include({ cpus: 1 });
    });

    const MODIFIED =
      '409 Conflict: Operation cannot be fulfilled on jobs.titan.dev "a": the object has been modified; please apply your changes to the latest version and try again';
    const refused: readonly (readonly [
      string,
      (version: string, uid: string) => Promise<unknown>,
      string,
    ])[] = [
      [
        'a version that is not the newest',
        async (version) => {
          await merge({ spec: { cpus: 2 } });
          await merge({ spec: { cpus: 3 }, metadata: { resourceVersion: version } });
        },
        MODIFIED,
      ],
      [
        'a replacement without a version',
        () => test.registry.replace(jobs(), key, jobBody(), write),
        '422 Invalid: Job.titan.dev "a" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
      ],
      [
        'another uid',
        () => merge({ metadata: { uid: 'x' } }),
        '422 Invalid: Job.titan.dev "a" is invalid: metadata.uid: Invalid value: "x": field is immutable',
      ],
      [
        'another name',
        () =>
          test.registry.replace(
            jobs(),
            key,
            jobBody({}, { name: 'zz', resourceVersion: '1' }),
            write,
          ),
        '400 BadRequest: the name of the object (zz) does not match the name on the URL (a)',
      ],
      [
        'what is missing, also without a version',
        () =>
          test.registry.replace(jobs(), { ...key, name: 'b' }, jobBody({}, { name: 'b' }), write),
        '404 NotFound: jobs.titan.dev "b" not found',
      ],
      [
        'what is missing',
        () =>
          test.registry.replace(
            jobs(),
            { ...key, name: 'b' },
            jobBody({}, { name: 'b', resourceVersion: '1' }),
            write,
          ),
        '404 NotFound: jobs.titan.dev "b" not found',
      ],
    ];
    for (const [name, call, text] of refused) {
      it(`refuses ${name}`, async () => {
        const { metadata } = await create();
        expect(await failureText(call(metadata.resourceVersion, metadata.uid))).to.equal(text);
      });
    }

    it('replaces a built-in object that names no version', async () => {
      const maps = test.definition('configmaps');
      const body = (text: string) =>
        bodyOf({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { text } });
      await test.registry.create(maps, 'default', body('one'), write);
      const next = await test.registry.replace(
        maps,
        { namespace: 'default', name: 'c' },
        body('two'),
        write,
      );
      expect(next.object).to.have.deep.property('data', { text: 'two' });
    });

    it('lets patches that come together all take effect', async () => {
      await create();
      const names = ['a', 'b', 'c', 'd'];
      await Promise.all(names.map((name) => merge({ metadata: { labels: { [name]: 'x' } } })));
      const { object } = await test.registry.get(jobs(), key);
      expect(Object.keys(object.metadata.labels ?? {}).sort()).to.deep.equal(names);
    });
  });

  describe('scale', () => {
    it('answers the status where the spec names no count, and counts a generation', async () => {
      await create();
      await merge({ status: { replicas: 2 } }, { subresource: 'status' });
      expect((await test.registry.getScale(jobs(), key)).spec).to.deep.equal({ replicas: 2 });
      const { object } = await merge({ spec: { replicas: 6 } }, { subresource: 'scale' });
      expect(object).to.deep.include({ kind: 'Scale', apiVersion: 'autoscaling/v1' });
      expect(object).to.deep.include({ spec: { replicas: 6 }, status: { replicas: 2 } });
      const job = await test.registry.get(jobs(), key);
      expect(job.object.spec).to.include({ replicas: 6 });
      expect(job.object.metadata.generation).to.equal(2);
      const entry = job.object.metadata.managedFields?.find(
        ({ subresource }) => subresource === 'scale',
      );
      expect(entry?.fieldsV1).to.deep.equal({ 'f:spec': { 'f:replicas': {} } });
    });

    it('tells the selector that the status holds, and changes nothing for the same count', async () => {
      await create();
      await merge({ status: { selector: 'titan.dev/job=a' } }, { subresource: 'status' });
      const scale = await test.registry.getScale(jobs(), key);
      expect(scale.status).to.deep.equal({ replicas: 0, selector: 'titan.dev/job=a' });
      const first = await merge({ spec: { replicas: 3 } }, { subresource: 'scale' });
      const second = await merge({ spec: { replicas: 3 } }, { subresource: 'scale' });
      expect(second.object).to.deep.equal(first.object);
    });

    const wrong: readonly (readonly [string, unknown, string])[] = [
      ['no object', [], '400 BadRequest: the body is no Scale'],
      [
        'another kind',
        { kind: 'Job' },
        '400 BadRequest: the kind in the data (Job) does not match the expected kind (Scale)',
      ],
      [
        'another version',
        { apiVersion: 'autoscaling/v2' },
        '400 BadRequest: the API version in the data (autoscaling/v2) does not match the expected API version (autoscaling/v1)',
      ],
      [
        'another name',
        { metadata: { name: 'b' }, spec: { replicas: 1 } },
        '400 BadRequest: the name of the object (b) does not match the name on the URL (a)',
      ],
      [
        'a kind that is no text',
        { kind: { toString: 1 } },
        '400 BadRequest: the kind in the data ({"toString":1}) does not match the expected kind (Scale)',
      ],
      [
        'a name that is no text',
        { metadata: { name: [{ toString: null }] } },
        '400 BadRequest: the name of the object ([{"toString":null}]) does not match the name on the URL (a)',
      ],
      [
        'unknown fields',
        { spec: { replicas: 1, size: 2 }, more: 1 },
        '400 BadRequest: Scale in version "v1" cannot be handled as a Scale: strict decoding error: unknown field "more", unknown field "spec.size"',
      ],
    ];
    for (const [what, value, text] of wrong) {
      it(`refuses a Scale that is or has ${what}`, async () => {
        await create();
        const options = { ...write, subresource: 'scale' } as const;
        const put = test.registry.replace(jobs(), key, bodyOf(value), options);
        expect(await failureText(put)).to.equal(text);
      });
    }

    it('refuses a stale Scale, and a count below nothing', async () => {
      await create();
      const stale = await test.registry.getScale(jobs(), key);
      await merge({ spec: { cpus: 2 } });
      const put = (value: unknown) =>
        test.registry.replace(jobs(), key, bodyOf(value), { ...write, subresource: 'scale' });
      expect((await failure(put(stale))).reason).to.equal('Conflict');
      expect(await failureText(put({ spec: { replicas: -1 } }))).to.equal(
        '422 Invalid: Scale.autoscaling "a" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      );
    });
  });

  describe('delete', () => {
    it('removes what nothing holds', async () => {
      const { metadata } = await create();
      const removal = await test.registry.remove(jobs(), key, write);
      expect(removal.gone).to.equal(true);
      expect(removal.object.metadata.uid).to.equal(metadata.uid);
      expect((await failure(test.registry.remove(jobs(), key, write))).reason).to.equal('NotFound');
    });

    it('waits for finalizers, takes no new ones, and goes with the last', async () => {
      await create(jobBody({}, { finalizers: ['titan.dev/one', 'titan.dev/two'] }));
      const first = await test.registry.remove(jobs(), key, write);
      const second = await test.registry.remove(jobs(), key, write);
      expect([first.gone, second.gone]).to.deep.equal([false, false]);
      expect(first.object.metadata).to.include({
        generation: 2,
        deletionTimestamp: '2026-01-01T00:00:00Z',
        deletionGracePeriodSeconds: 0,
      });
      expect(second.object).to.deep.equal(first.object);
      const more = { metadata: { finalizers: ['titan.dev/one', 'titan.dev/three'] } };
      expect(await failureText(merge(more))).to.equal(
        '422 Invalid: Job.titan.dev "a" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"titan.dev/three"}',
      );
      await merge({ metadata: { finalizers: ['titan.dev/two'] } });
      const before = await test.registry.get(jobs(), key);
      const { object } = await merge({ metadata: { finalizers: null } });
      expect(object.metadata.resourceVersion).to.equal(before.object.metadata.resourceVersion);
      expect((await failure(test.registry.get(jobs(), key))).reason).to.equal('NotFound');
    });

    it('holds to its preconditions', async () => {
      const { metadata } = await create();
      const { uid, resourceVersion } = metadata;
      const remove = (options: object) =>
        test.registry.remove(jobs(), key, { ...write, ...options });
      expect(await failureText(remove({ uid: 'nope' }))).to.equal(
        `409 Conflict: Operation cannot be fulfilled on jobs.titan.dev "a": the UID in the precondition (nope) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
      );
      expect((await failure(remove({ resourceVersion: '1' }))).reason).to.equal('Conflict');
      expect((await remove({ uid, resourceVersion, dryRun: true })).gone).to.equal(true);
      expect((await remove({ uid, resourceVersion })).gone).to.equal(true);
    });

    it('adds the finalizer of its propagation policy', async () => {
      await create();
      const removal = await test.registry.remove(jobs(), key, {
        ...write,
        propagationPolicy: 'Foreground',
      });
      expect(removal.gone).to.equal(false);
      expect(removal.object.metadata.finalizers).to.deep.equal(['foregroundDeletion']);
    });

    it('removes a collection by its labels', async () => {
      await create(jobBody({}, { name: 'a', labels: { app: 'x' } }));
      await create(jobBody({}, { name: 'b', labels: { app: 'y' } }));
      await test.registry.removeCollection(jobs(), { labelSelector: 'app=x' }, write);
      const left = await test.registry.list(jobs(), {});
      expect(left.items.map(({ object }) => object.metadata.name)).to.deep.equal(['b']);
    });
  });
});
