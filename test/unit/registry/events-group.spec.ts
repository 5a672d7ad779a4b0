import { expect } from 'chai';
import type { Definition, WatchItem } from '../../../src/registry/port.ts';
import { aRegistry, bodyOf, failureText, type TestRegistry } from '../../support/registry.ts';

const key = { namespace: 'default', name: 'e' };
const write = { manager: 'test' };
const regarding = { kind: 'Job', namespace: 'default', name: 'rocker' };
const content = {
  regarding,
  note: 'it runs',
  reason: 'Started',
  type: 'Normal',
  action: 'Start',
  eventTime: '2026-11-22T09:38:34.000001Z',
  reportingController: 'titan.dev/x',
  reportingInstance: 'x-1',
  deprecatedCount: 2,
};
const core = {
  involvedObject: regarding,
  message: 'it runs',
  reportingComponent: 'titan.dev/x',
  count: 2,
};

describe('events.k8s.io', () => {
  let test: TestRegistry;
  let group: Definition;
  const stored = async () => (await test.registry.get(test.definition('events'), key)).object;
  const body = (more: object = {}) =>
    bodyOf({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'e' },
      ...content,
      ...more,
    });

  beforeEach(async () => {
    test = await aRegistry();
    const found = test.registry.find('events.k8s.io', 'v1', 'events');
    if (found === undefined) throw new Error('it is not served');
    group = found;
    await test.registry.create(group, 'default', body(), write);
  });
  afterEach(() => test.stop());

  it('is stored as the core group names it, and read in both', async () => {
    expect(await stored()).to.deep.include({ apiVersion: 'v1', ...core });
    const { object, bytes } = await test.registry.get(group, key);
    expect(object).to.deep.include({ apiVersion: 'events.k8s.io/v1', ...content });
    expect(JSON.parse(Buffer.from(bytes).toString())).to.deep.equal(object);
  });

  it('is listed and watched by the names of its fields', async () => {
    const query = { namespace: 'default', fieldSelector: 'regarding.name=rocker,type=Normal' };
    const { items } = await test.registry.list(group, query);
    expect(items.map(({ object }) => object)).to.deep.include.members([
      (await test.registry.get(group, key)).object,
    ]);
    const none = { ...query, fieldSelector: 'regarding.name=other' };
    expect((await test.registry.list(group, none)).items).to.have.length(0);
    const refused = test.registry.list(group, { fieldSelector: 'involvedObject.name=rocker' });
    expect(await failureText(refused)).to.equal(
      '400 BadRequest: field label not supported: involvedObject.name',
    );
    const ending = new AbortController();
    const seen: WatchItem[] = [];
    for await (const batch of test.registry.watch(group, query, ending.signal)) {
      seen.push(...batch);
      ending.abort();
    }
    expect(seen[0]).to.have.nested.property('stored.object.regarding.name', 'rocker');
  });

  const patches: readonly (readonly ['json' | 'merge' | 'strategic', unknown])[] = [
    ['merge', { note: 'new', series: { count: 3 } }],
    ['strategic', { note: 'new', series: { count: 3 } }],
    [
      'json',
      [
        { op: 'replace', path: '/note', value: 'new' },
        { op: 'add', path: '/series', value: { count: 3 } },
      ],
    ],
  ];
  for (const [type, value] of patches) {
    it(`takes a ${type} patch of its own names`, async () => {
      const { object } = await test.registry.patch(
        group,
        key,
        { type, body: bodyOf(value) },
        write,
      );
      expect(object).to.deep.include({ note: 'new', series: { count: 3 } });
      expect(await stored()).to.deep.include({ message: 'new', series: { count: 3 } });
    });
  }

  it('is applied, replaced and removed', async () => {
    const applied = await test.registry.patch(
      group,
      key,
      { type: 'apply', force: true, body: body({ note: 'applied' }) },
      { manager: 'a' },
    );
    expect(applied.object).to.deep.include({ note: 'applied' });
    await test.registry.replace(group, key, body({ note: 'replaced' }), write);
    expect(await stored()).to.deep.include({ message: 'replaced' });
    const removal = await test.registry.remove(group, key, write);
    expect(removal.object).to.deep.include({ note: 'replaced' });
    expect(await failureText(stored())).to.equal('404 NotFound: events "e" not found');
  });

  it('knows neither the names of the core group nor events that lack what is new', async () => {
    const old = test.registry.replace(group, key, body({ message: 'x' }), write);
    expect(await failureText(old)).to.equal(
      '400 BadRequest: Event in version "v1" cannot be handled as a Event: strict decoding error: unknown field "message"',
    );
    const bare = body({ eventTime: null, type: 'Odd' });
    expect(await failureText(test.registry.create(group, 'default', bare, write))).to.equal(
      '422 Invalid: Event.events.k8s.io "e" is invalid: [eventTime: Required value, type: Invalid value: "Odd": has invalid value]',
    );
  });

  it('expires with the other events', async () => {
    await test.clock.advance(2 * 3_600_000);
    expect(await failureText(test.registry.get(group, key))).to.equal(
      '404 NotFound: events "e" not found',
    );
  });
});
