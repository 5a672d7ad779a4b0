import { expect } from 'chai';
import type { ApiObject } from '../../../src/api/object.ts';
import type { Body, WatchItem } from '../../../src/registry/port.ts';
import {
  aRegistry,
  bodyOf,
  failure,
  failureText,
  type TestRegistry,
} from '../../support/registry.ts';
import { widgetDefinition } from '../../support/widgets.ts';

const write = { manager: 'test' };

/** A kind Widget of the group example.com; `version` over the least that a version needs. */
function crdBody(
  version: Readonly<Record<string, unknown>> = {},
  spec: Readonly<Record<string, unknown>> = {},
  metadata: Readonly<Record<string, unknown>> = {},
): Body {
  const size = { type: 'integer', minimum: 1 };
  const color = { type: 'string', default: 'red' };
  const properties = { spec: { type: 'object', properties: { size, color } } };
  const names = { kind: 'Widget', plural: 'widgets', shortNames: ['wd'] };
  const parts = { version, spec: { names, ...spec }, metadata };
  return bodyOf(widgetDefinition({ type: 'object', properties }, parts));
}

function widget(
  spec: unknown = { size: 1 },
  metadata: object = {},
  apiVersion = 'example.com/v1',
): Body {
  return bodyOf({ apiVersion, kind: 'Widget', metadata: { name: 'w', ...metadata }, spec });
}

describe('CustomResourceDefinitions of users', () => {
  let test: TestRegistry;
  const crds = () => test.definition('customresourcedefinitions');
  const widgets = (version = 'v1') => {
    const found = test.registry.find('example.com', version, 'widgets');
    if (found === undefined) throw new Error('widgets are not served');
    return found;
  };
  const create = (body = crdBody()) => test.registry.create(crds(), undefined, body, write);
  const crd = async () =>
    (await test.registry.get(crds(), { name: 'widgets.example.com' })).object as ApiObject & {
      readonly status?: { readonly conditions?: readonly Record<string, unknown>[] };
    };
  const condition = async (type: string) =>
    (await crd()).status?.conditions?.find((one) => one.type === type);
  const established = async () => (await condition('Established'))?.status === 'True';
  const createWidget = (body = widget(), options = write) =>
    test.registry.create(widgets(), 'default', body, options);

  async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < 100; tries += 1) {
      if (await holds()) return;
      await test.clock.advance(100);
    }
    throw new Error('it never came to hold');
  }

  beforeEach(async () => {
    test = await aRegistry();
  });
  afterEach(() => test.stop());

  async function install(body = crdBody()): Promise<void> {
    await create(body);
    await until(established);
  }

  it('become established, with their names accepted and completed', async () => {
    let told = 0;
    test.registry.onDefinitions(() => {
      told += 1;
    });
    await install();
    const { spec, status } = await crd();
    expect(spec).to.deep.include({
      conversion: { strategy: 'None' },
      names: {
        kind: 'Widget',
        listKind: 'WidgetList',
        plural: 'widgets',
        singular: 'widget',
        shortNames: ['wd'],
      },
    });
    expect(status).to.deep.include({ storedVersions: ['v1'] });
    expect(await condition('NamesAccepted')).to.include({ status: 'True', reason: 'NoConflicts' });
    expect(told).to.be.greaterThan(0);
    expect(widgets()).to.include({ listKind: 'WidgetList', singular: 'widget' });
  });

  it('serve their kind at once: create with defaults, get, list, watch', async () => {
    await install();
    const stopping = new AbortController();
    const seen: WatchItem[] = [];
    const watching = (async () => {
      const query = { resourceVersion: '0' };
      for await (const items of test.registry.watch(widgets(), query, stopping.signal)) {
        seen.push(...items);
      }
    })();
    const made = await createWidget();
    expect(made.spec).to.deep.equal({ size: 1, color: 'red' });
    const { items } = await test.registry.list(widgets(), {});
    expect(items.map(({ object }) => object.metadata.name)).to.deep.equal(['w']);
    await until(() => seen.length === 1);
    expect((await failure(createWidget(widget({ size: 0 }, { name: 'x' })))).reason).to.equal(
      'Invalid',
    );
    stopping.abort();
    await watching;
  });

  it('are followed by another replica over the same store', async () => {
    const other = await aRegistry({ store: test.store, clock: test.clock, seed: 2 });
    await install();
    await until(() => other.registry.find('example.com', 'v1', 'widgets') !== undefined);
    await createWidget();
    const definition = other.registry.find('example.com', 'v1', 'widgets') ?? widgets();
    expect((await other.registry.list(definition, {})).items).to.have.length(1);
    await other.stop();
  });

  it('are served by a replica that starts later, with their objects', async () => {
    await install();
    await createWidget();
    const other = await aRegistry({ store: test.store, clock: test.clock, seed: 2 });
    const definition = other.registry.find('example.com', 'v1', 'widgets') ?? widgets();
    expect(definition).to.not.equal(widgets());
    expect((await other.registry.list(definition, {})).items).to.have.length(1);
    await other.stop();
  });

  it('take their objects with them, end watches, and refuse new objects meanwhile', async () => {
    await install();
    await createWidget(widget({ size: 1 }, { finalizers: ['example.com/hold'] }));
    const definition = widgets();
    const watching = (async () => {
      const { signal } = new AbortController();
      for await (const _ of test.registry.watch(definition, {}, signal));
    })();
    const removal = await test.registry.remove(crds(), { name: 'widgets.example.com' }, write);
    expect(removal.gone).to.equal(false);
    expect(removal.object.metadata.finalizers).to.deep.equal([
      'customresourcecleanup.apiextensions.k8s.io',
    ]);
    await until(async () => (await condition('Terminating'))?.status === 'True');
    expect((await failure(createWidget(widget({}, { name: 'x' })))).reason).to.equal(
      'MethodNotAllowed',
    );
    const patch = { type: 'merge', body: bodyOf({ metadata: { finalizers: [] } }) } as const;
    await until(async () => {
      const { object } = await test.registry.get(widgets(), { namespace: 'default', name: 'w' });
      return object.metadata.deletionTimestamp !== undefined;
    });
    await test.registry.patch(widgets(), { namespace: 'default', name: 'w' }, patch, write);
    await until(async () => {
      return test.registry.find('example.com', 'v1', 'widgets') === undefined;
    });
    await watching;
    expect((await failure(crd())).reason).to.equal('NotFound');
    await install();
    expect((await test.registry.list(widgets(), {})).items).to.deep.equal([]);
  });

  it('do not take names that others have', async () => {
    await install();
    const names = { kind: 'Gadget', plural: 'gadgets', shortNames: ['wd'] };
    await create(crdBody({}, { names }, { name: 'gadgets.example.com' }));
    const get = async () =>
      (await test.registry.get(crds(), { name: 'gadgets.example.com' })).object as ApiObject & {
        readonly status?: { readonly conditions: readonly Record<string, unknown>[] };
      };
    await until(async () => (await get()).status !== undefined);
    expect((await get()).status?.conditions[0]).to.include({
      type: 'NamesAccepted',
      status: 'False',
      reason: 'ShortNamesConflict',
      message: '"wd" is already in use',
    });
    expect((await get()).status?.conditions[1]).to.include({
      type: 'Established',
      status: 'False',
      reason: 'NotAccepted',
    });
    expect(test.registry.find('example.com', 'v1', 'gadgets')).to.equal(undefined);
    const name = 'widgets.example.com';
    await test.registry.remove(crds(), { name }, write);
    await until(async () => {
      return test.registry.find('example.com', 'v1', 'gadgets') !== undefined;
    });
  });

  it('of Titan itself can neither be deleted nor changed', async () => {
    const name = 'jobs.titan.dev';
    expect(await failureText(test.registry.remove(crds(), { name }, write))).to.equal(
      '403 Forbidden: customresourcedefinitions.apiextensions.k8s.io "jobs.titan.dev" is forbidden: this kind is a part of Titan',
    );
    const patch = {
      type: 'merge',
      body: bodyOf({ spec: { names: { shortNames: ['x'] } } }),
    } as const;
    const { details } = await failure(test.registry.patch(crds(), { name }, patch, write));
    expect(details.causes?.map(({ field }) => field)).to.deep.equal(['spec']);
    await test.registry.patch(
      crds(),
      { name },
      { type: 'merge', body: bodyOf({ metadata: { labels: { a: 'b' } } }) },
      write,
    );
  });

  describe('with several versions', () => {
    const version = (name: string, more: object = {}) => ({
      name,
      served: true,
      storage: false,
      schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      ...more,
    });

    it('show each object in the version that is asked for', async () => {
      const versions = [version('v1', { storage: true }), version('v2')];
      await install(crdBody({}, { versions }));
      await createWidget(widget({ a: 1 }));
      const key = { namespace: 'default', name: 'w' };
      const apiVersionIn = async (name: string) =>
        (await test.registry.get(widgets(name), key)).object.apiVersion;
      expect(await apiVersionIn('v1')).to.equal('example.com/v1');
      expect(await apiVersionIn('v2')).to.equal('example.com/v2');
      const body = widget({ a: 2 }, { name: 'x' }, 'example.com/v2');
      await test.registry.create(widgets('v2'), 'default', body, write);
      for (const name of ['v1', 'v2']) {
        const { items } = await test.registry.list(widgets(name), {});
        expect(items.map(({ object }) => object.apiVersion)).to.deep.equal([
          `example.com/${name}`,
          `example.com/${name}`,
        ]);
        const texts = items.map(({ bytes }) => JSON.parse(new TextDecoder().decode(bytes)));
        expect(texts.map(({ apiVersion }) => apiVersion)).to.deep.equal(
          items.map(({ object }) => object.apiVersion),
        );
      }
    });

    it('show pages of the past and what was read anew in the version that is asked for', async () => {
      const versions = [version('v1', { storage: true }), version('v2')];
      await install(crdBody({}, { versions }));
      for (const name of ['a', 'b']) await createWidget(widget({ a: 1 }, { name }));
      const { resourceVersion } = await test.registry.list(widgets(), {});
      const body = bodyOf({ metadata: { labels: { x: 'y' } } });
      const merge = (registry: TestRegistry['registry'], name: string) =>
        registry.patch(
          widgets('v2'),
          { namespace: 'default', name },
          { type: 'merge', body },
          write,
        );
      const exact = { resourceVersion, resourceVersionMatch: 'Exact' };
      await merge(test.registry, 'a');
      const { store, clock } = test;
      const other = await aRegistry({ store, clock });
      const page = await other.registry.list(widgets('v2'), exact);
      expect(page.items.map(({ object }) => object.apiVersion)).to.deep.equal([
        'example.com/v2',
        'example.com/v2',
      ]);
      const labels = { metadata: { labels: { z: 'y' } } };
      const first = test.registry.patch(
        widgets(),
        { namespace: 'default', name: 'b' },
        { type: 'merge', body: bodyOf(labels) },
        write,
      );
      const second = merge(other.registry, 'b');
      await first;
      expect((await second).object.apiVersion).to.equal('example.com/v2');
      await other.registry.stop();
    });

    it('know who applies in one version as who applied in another', async () => {
      await install(crdBody({}, { versions: [version('v1', { storage: true }), version('v2')] }));
      const apply = (name: string, spec: object) => {
        const body = widget(spec, {}, `example.com/${name}`);
        const patch = { type: 'apply', force: false, body } as const;
        return test.registry.patch(
          widgets(name),
          { namespace: 'default', name: 'w' },
          patch,
          write,
        );
      };
      await apply('v1', { a: 1, b: 1 });
      const { object } = await apply('v2', { a: 2 });
      expect(object.spec).to.deep.equal({ a: 2 });
      expect(object.metadata.managedFields).to.have.length(1);
    });

    it('give objects the defaults that came later, and keep versions that are stored', async () => {
      await install();
      await createWidget();
      const { object } = await test.registry.get(crds(), { name: 'widgets.example.com' });
      const { value } = crdBody() as {
        readonly value: ApiObject & { spec: { versions: object[] } };
      };
      const [v1 = {}] = value.spec.versions;
      const schema = {
        openAPIV3Schema: {
          type: 'object',
          properties: {
            spec: { type: 'object', properties: { shape: { type: 'string', default: 'round' } } },
          },
        },
      };
      const spec = { ...value.spec, versions: [{ ...v1, schema }] };
      const body = bodyOf({ ...object, spec });
      await test.registry.replace(crds(), { name: 'widgets.example.com' }, body, write);
      await until(() => JSON.stringify(widgets().schema).includes('shape'));
      const shown = await test.registry.get(widgets(), { namespace: 'default', name: 'w' });
      expect(shown.object.spec).to.deep.equal({ shape: 'round' });
      const renamed = { ...spec, versions: [{ ...v1, name: 'v2' }] };
      const patch = { type: 'merge', body: bodyOf({ spec: renamed }) } as const;
      const name = 'widgets.example.com';
      const { details } = await failure(test.registry.patch(crds(), { name }, patch, write));
      expect(details.causes?.map(({ field }) => field)).to.deep.equal(['status.storedVersions[0]']);
    });

    it('warn of the deprecated ones, and know no webhooks', async () => {
      const versions = [
        version('v1', { storage: true, deprecated: true }),
        version('v2', { deprecated: true, deprecationWarning: 'use v3' }),
      ];
      await install(crdBody({}, { versions }));
      expect(widgets('v1').deprecation).to.equal('example.com/v1 Widget is deprecated');
      expect(widgets('v2').deprecation).to.equal('use v3');
      const conversion = { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'] } };
      const names = { kind: 'Gadget', plural: 'gadgets' };
      const hooked = crdBody({}, { conversion, names }, { name: 'gadgets.example.com' });
      expect(await failureText(create(hooked))).to.match(
        /spec\.conversion\.strategy: Unsupported value: "Webhook": supported values: "None": Titan/,
      );
    });
  });
});
