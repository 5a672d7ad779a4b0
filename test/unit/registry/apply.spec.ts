import { expect } from 'chai';
import type { ManagedFieldsEntry } from '../../../src/api/object.ts';
import {
  aRegistry,
  bodyOf,
  failure,
  failureText,
  jobBody,
  type TestRegistry,
} from '../../support/registry.ts';

const key = { namespace: 'default', name: 'a' };
const base = { applicationName: 'rocker', version: '1', location: 'dc1:2' };
const container = (...names: string[]) => ({ env: names.map((name) => ({ name, value: name })) });

describe('server-side apply', () => {
  let test: TestRegistry;
  const apply = (manager: string, spec: unknown, metadata: object = {}, force = false) =>
    test.registry.patch(
      test.definition('jobs'),
      key,
      {
        type: 'apply',
        force,
        body: bodyOf({
          apiVersion: 'titan.dev/v1beta1',
          kind: 'Job',
          metadata: { name: 'a', ...metadata },
          spec,
        }),
      },
      { manager },
    );
  const merge = (manager: string, value: unknown, subresource?: 'status') =>
    test.registry.patch(
      test.definition('jobs'),
      key,
      { type: 'merge', body: bodyOf(value) },
      {
        manager,
        ...(subresource ? { subresource } : {}),
      },
    );
  const spec = async () => (await test.registry.get(test.definition('jobs'), key)).object.spec;

  beforeEach(async () => {
    test = await aRegistry();
  });
  afterEach(() => test.stop());

  it('creates what is missing and owns what was in the body, not the defaults', async () => {
    const { created, object } = await apply(
      'm1',
      { ...base, container: container('A') },
      { labels: { app: 'x' } },
    );
    expect(created).to.equal(true);
    expect(object.spec).to.include({ cpus: 1 });
    expect(owned(object.metadata.managedFields)).to.deep.equal({
      'Apply m1': {
        'f:metadata': { 'f:labels': { 'f:app': {} } },
        'f:spec': {
          'f:applicationName': {},
          'f:container': {
            'f:env': { 'k:{"name":"A"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
          },
          'f:location': {},
          'f:version': {},
        },
      },
    });
  });

  it('writes nothing when the same is applied again', async () => {
    const first = await apply('m1', base);
    await test.clock.advance(60_000);
    const second = await apply('m1', base);
    expect(second.created).to.equal(false);
    expect(second.object).to.deep.equal(first.object);
  });

  it('is in conflict with others who hold other values, each told', async () => {
    await apply('m1', { ...base, container: container('A') });
    const other = {
      ...base,
      version: '2',
      location: 'dc2:1',
      container: { env: [{ name: 'A', value: 'z' }] },
    };
    const { message, details, reason } = await failure(apply('m2', other));
    expect(reason).to.equal('Conflict');
    expect(message).to.equal(
      'Apply failed with 3 conflicts: conflicts with "m1":\n- .spec.container.env[name="A"].value\n- .spec.location\n- .spec.version',
    );
    expect(details.causes?.at(-1)).to.deep.equal({
      reason: 'FieldManagerConflict',
      message: 'conflict with "m1"',
      field: '.spec.version',
    });
  });

  it('names the version of one who updated', async () => {
    await apply('m1', base);
    await merge('upd', { spec: { version: '2' } });
    expect(await failureText(apply('m1', base))).to.equal(
      '409 Conflict: Apply failed with 1 conflict: conflict with "upd" using titan.dev/v1beta1: .spec.version',
    );
  });

  it('takes fields over by force', async () => {
    await apply('m1', base);
    const { object } = await apply('m2', { version: '2' }, {}, true);
    expect(object.spec).to.include({ version: '2' });
    const fields = owned(object.metadata.managedFields);
    expect(fields['Apply m1']).to.deep.equal({
      'f:spec': { 'f:applicationName': {}, 'f:location': {} },
    });
    expect(fields['Apply m2']).to.deep.equal({ 'f:spec': { 'f:version': {} } });
  });

  it('shares a field that two apply alike, and keeps it until both have dropped it', async () => {
    await apply('m1', { ...base, numRetries: 3 });
    await apply('m2', { numRetries: 3 });
    await apply('m1', base);
    expect(await spec()).to.include({ numRetries: 3 });
    await apply('m2', { version: '1' });
    expect(await spec()).to.not.have.property('numRetries');
  });

  it('says which items it is given twice, rather than choose one of them', async () => {
    const twice = { ...base, container: container('A', 'B', 'A') };
    const text =
      '422 Invalid: Job.titan.dev "a" is invalid: spec.container.env[2]: Duplicate value: {"name":"A"}';
    expect(await failureText(apply('m1', twice))).to.equal(text);
    await apply('m1', { ...base, container: container('A') });
    expect(await failureText(apply('m1', twice))).to.equal(text);
  });

  it('creates nothing for one who names the uid of an object that is gone', async () => {
    expect(await failureText(apply('m1', base, { uid: 'u-1' }))).to.equal(
      '409 Conflict: Operation cannot be fulfilled on jobs.titan.dev "a": uid mismatch: the provided object specified uid u-1, and no existing object was found',
    );
  });

  it('removes what its applier drops, and the default comes back', async () => {
    await apply(
      'm1',
      { ...base, cpus: 4, container: container('A', 'B') },
      { labels: { app: 'x' } },
    );
    const { object } = await apply('m1', { ...base, container: container('B') });
    expect(object.spec).to.include({ cpus: 1 });
    expect(object.spec).to.have.deep.property('container', container('B'));
    expect(object.metadata).to.not.have.property('labels');
    const bare = await apply('m1', base);
    expect(bare.object.spec).to.not.have.property('container');
  });

  it('keeps the items of others in a list that is merged by key', async () => {
    await apply('m1', { ...base, container: container('A') });
    await apply('m2', { container: container('B') });
    expect(await spec()).to.have.deep.property('container', container('A', 'B'));
    await apply('m1', base);
    expect(await spec()).to.have.deep.property('container', container('B'));
  });

  it('leaves of a dropped item what another has changed, with its key', async () => {
    await apply('m1', { ...base, container: container('A', 'B') });
    await merge('upd', {
      spec: {
        container: {
          env: [
            { name: 'A', value: 'new' },
            { name: 'B', value: 'B' },
          ],
        },
      },
    });
    await apply('m1', base);
    expect(await spec()).to.have.deep.property('container', { env: [{ name: 'A', value: 'new' }] });
  });

  it('leaves status to the status subresource', async () => {
    await apply('m1', base);
    await merge('ctl', { status: { phase: 'Running' } }, 'status');
    const { object } = await apply('m1', { ...base, cpus: 2 });
    expect(object.status).to.include({ phase: 'Running' });
    expect(owned(object.metadata.managedFields)).to.have.deep.property('Update ctl status', {
      'f:status': { 'f:phase': {} },
    });
  });

  it('notes what an ordinary create and update own, and lists Apply first', async () => {
    await test.registry.create(test.definition('jobs'), 'default', jobBody({ cpus: 2 }), {
      manager: 'upd',
    });
    await apply('m1', { cpus: 2 });
    const { object } = await merge('other', {
      spec: { cpus: 3, disk: 5 },
      metadata: { labels: { a: 'b' } },
    });
    expect(object.metadata.managedFields?.map(({ manager }) => manager)).to.deep.equal([
      'other',
      'upd',
    ]);
    const fields = owned(object.metadata.managedFields);
    expect(fields['Update other']).to.deep.equal({
      'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } },
      'f:spec': { 'f:cpus': {}, 'f:disk': {} },
    });
    expect(fields['Update upd']?.['f:spec']).to.not.have.any.keys('f:cpus', 'f:disk');
    expect(fields['Update upd']?.['f:spec']).to.include.keys('.', 'f:memory', 'f:location');
    expect(fields['Update upd']).to.have.all.keys('f:spec');
  });

  it('forgets all managers when told so, and keeps them when a replacement names none', async () => {
    const { object } = await apply('m1', base);
    const { managedFields, ...metadata } = object.metadata;
    const put = await test.registry.replace(
      test.definition('jobs'),
      key,
      bodyOf({ ...object, metadata: { ...metadata, labels: { a: 'b' } } }),
      { manager: 'upd' },
    );
    expect(Object.keys(owned(put.object.metadata.managedFields))).to.deep.equal([
      'Apply m1',
      'Update upd',
    ]);
    const wiped = await merge('upd', { metadata: { managedFields: [{}] } });
    expect(wiped.object.metadata.managedFields).to.equal(undefined);
    expect(managedFields).to.have.length(1);
  });

  it('keeps ten updaters at most', async () => {
    await apply('m1', base);
    for (let count = 0; count < 13; count += 1) {
      await test.clock.advance(1_000);
      await merge(`u${count}`, { metadata: { labels: { [`l${count}`]: 'x' } } });
    }
    const { object } = await test.registry.get(test.definition('jobs'), key);
    const names = Object.keys(owned(object.metadata.managedFields));
    expect(names).to.have.length(11);
    expect(names).to.include('Update ancient-changes');
  });

  const patchThrough = (
    subresource: 'status' | 'scale',
    manager: string,
    value: object,
    force = false,
  ) =>
    test.registry.patch(
      test.definition('jobs'),
      key,
      { type: 'apply', force, body: bodyOf(value) },
      { manager, subresource },
    );

  it('applies status through its subresource, and there nothing else', async () => {
    await apply('m1', base);
    const whole = {
      apiVersion: 'titan.dev/v1beta1',
      kind: 'Job',
      metadata: { name: 'a', labels: { not: 'this' } },
      spec: { version: '9' },
      status: { phase: 'Running' },
    };
    const { object } = await patchThrough('status', 'ctl', whole);
    expect(object.status).to.include({ phase: 'Running' });
    expect(object.spec).to.include({ version: '1' });
    expect(object.metadata).to.not.have.property('labels');
    expect(owned(object.metadata.managedFields)).to.have.deep.property('Apply ctl status', {
      'f:status': { 'f:phase': {} },
    });
    const other = patchThrough('status', 'other', { ...whole, status: { phase: 'Failed' } });
    expect(await failureText(other)).to.equal(
      '409 Conflict: Apply failed with 1 conflict: conflict with "ctl" with subresource "status": .status.phase',
    );
    const { status: _, ...bare } = whole;
    const dropped = await patchThrough('status', 'ctl', bare);
    expect(dropped.object.status ?? {}).to.not.have.property('phase');
  });

  it('owns what was applied by kubectl on the client, unless it was changed since', async () => {
    const applied = {
      apiVersion: 'titan.dev/v1beta1',
      kind: 'Job',
      metadata: { name: 'a' },
      spec: base,
    };
    const annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(applied),
    };
    await test.registry.create(
      test.definition('jobs'),
      'default',
      bodyOf({ ...applied, metadata: { name: 'a', annotations } }),
      { manager: 'kubectl-client-side-apply' },
    );
    const changed = { ...base, version: '2' };
    expect(await failureText(apply('somebody', changed))).to.match(/^409 Conflict: Apply failed/);
    const { object } = await apply('kubectl', changed);
    expect(object.spec).to.include({ version: '2' });
    const fields = owned(object.metadata.managedFields);
    expect(fields['Update kubectl-client-side-apply']?.['f:spec']).to.not.have.property(
      'f:version',
    );
    await merge('upd', { spec: { location: 'dc2:1' } });
    expect(await failureText(apply('kubectl', { ...changed, location: 'dc5:1' }))).to.equal(
      '409 Conflict: Apply failed with 1 conflict: conflict with "upd" using titan.dev/v1beta1: .spec.location',
    );
  });

  it('lets kubectl rewrite who manages what, as it does to leave client-side apply', async () => {
    const created = await test.registry.create(test.definition('jobs'), 'default', jobBody(), {
      manager: 'kubectl-client-side-apply',
    });
    const managers = created.metadata.managedFields?.map((entry) => ({
      ...entry,
      manager: 'kubectl',
      operation: 'Apply',
    }));
    const value = [
      { op: 'replace', path: '/metadata/managedFields', value: managers },
      { op: 'replace', path: '/metadata/resourceVersion', value: created.metadata.resourceVersion },
    ];
    const body = bodyOf(value);
    await test.registry.patch(
      test.definition('jobs'),
      key,
      { type: 'json', body },
      { manager: 'kubectl' },
    );
    const { object } = await apply('kubectl', { ...base, version: '2' });
    expect(Object.keys(owned(object.metadata.managedFields))).to.deep.equal(['Apply kubectl']);
  });

  it('keeps the data of others in a built-in kind, whose lists are as Kubernetes has them', async () => {
    const account = (manager: string, name: string) =>
      test.registry.patch(
        test.definition('serviceaccounts'),
        key,
        {
          type: 'apply',
          force: false,
          body: bodyOf({
            apiVersion: 'v1',
            kind: 'ServiceAccount',
            metadata: { name: 'a', finalizers: [`titan.dev/${name}`] },
            secrets: [{ name }],
          }),
        },
        { manager },
      );
    await account('m1', 'one');
    await account('m2', 'two');
    const { object } = await account('m1', 'three');
    expect(object).to.have.deep.property('secrets', [{ name: 'two' }, { name: 'three' }]);
    expect(object.metadata.finalizers).to.deep.equal(['titan.dev/two', 'titan.dev/three']);
  });

  it('notes nobody where nothing but a name was applied', async () => {
    const bare = bodyOf({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } });
    const { object } = await test.registry.patch(
      test.definition('configmaps'),
      key,
      { type: 'apply', force: false, body: bare },
      { manager: 'm1' },
    );
    expect(object.metadata).to.not.have.property('managedFields');
  });

  it('asks for a manager, and for a configuration without managed fields', async () => {
    expect(await failureText(apply('', base))).to.equal(
      '422 Invalid: PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
    expect(await failureText(apply('m1', base, { managedFields: [{ manager: 'x' }] }))).to.equal(
      '400 BadRequest: metadata.managedFields must be nil',
    );
  });
});

type Fields = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The fields by `<operation> <manager> [<subresource>]`. */
function owned(
  managed: readonly ManagedFieldsEntry[] | undefined,
): Readonly<Record<string, Fields>> {
  return Object.fromEntries(
    (managed ?? []).map(({ operation, manager, subresource, fieldsV1 }) => [
      [operation, manager, ...(subresource ? [subresource] : [])].join(' '),
      fieldsV1 as Fields,
    ]),
  );
}
