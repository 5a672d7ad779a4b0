import { expect } from 'chai';
import fc from 'fast-check';
import { asTitanError } from '../../../src/api/error.ts';
import type { ApiObject } from '../../../src/api/object.ts';
import { applied } from '../../../src/registry/apply/apply.ts';
import { managedAfterUpdate } from '../../../src/registry/apply/managers.ts';
import type { Unversioned } from '../../../src/registry/cache/held.ts';
import type { Served } from '../../../src/registry/catalog.ts';
import type { Schema } from '../../../src/registry/port.ts';
import { withMeta } from '../../../src/registry/schema/object-meta.ts';
import type { Admitted } from '../../../src/registry/write/admit.ts';

/**
 * Server-side apply against a model of it: an object is a map of paths to values, and every path has
 * a set of owners. Paths are such as `a`, `map.x`, `set.p` and, of a list by key, `keyed.m` and `keyed.m.v`.
 */

const schema: Schema = withMeta({
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        a: { type: 'integer' },
        b: { type: 'integer' },
        atomic: { type: 'array', 'x-kubernetes-list-type': 'atomic' },
        map: { type: 'object', additionalProperties: { type: 'integer' } },
        set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
        keyed: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name', 'port'],
          items: {
            type: 'object',
            properties: {
              name: { type: 'string' },
              port: { type: 'integer', default: 80 },
              v: { type: 'integer' },
              set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
            },
          },
        },
      },
    },
  },
});
const served = { definition: { schema }, apiVersion: 'x/v1' } as unknown as Served;

type Values = ReadonlyMap<string, number>;
type Owners = ReadonlyMap<string, ReadonlySet<string>>;
interface State {
  readonly values: Values;
  readonly owners: Owners;
}

const PRESENT = 1;
const numbers = ['a', 'b', 'atomic', 'map.x', 'map.y', 'keyed.m.v', 'keyed.n.v'];
const marks = ['set.p', 'set.q', 'keyed.m', 'keyed.n', 'keyed.m.set.p', 'keyed.m.set.q'];

const itemOf = (path: string) => /^keyed\.\w/.exec(path)?.[0];
const isBelow = (path: string, item: string) => path.startsWith(`${item}.`);

/** A configuration: what is in an item brings the item. */
const anyValues: fc.Arbitrary<Values> = fc
  .tuple(
    fc.dictionary(fc.constantFrom(...numbers), fc.integer({ min: 1, max: 2 }), { maxKeys: 4 }),
    fc.subarray(marks),
  )
  .map(([leaves, present]) => {
    const values = new Map(Object.entries(leaves));
    for (const path of present) values.set(path, PRESENT);
    for (const path of [...values.keys()]) {
      const item = itemOf(path);
      if (item !== undefined) values.set(item, PRESENT);
    }
    return values;
  });

/** The object that holds some values. Its items leave the port, a key, to its default. */
function objectOf(values: Values): Admitted {
  const spec: Record<string, unknown> = {};
  for (const [path, value] of [...values].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [top = '', key = '', ...inner] = path.split('.');
    if (top === 'map') spec.map = { ...Object(spec.map), [key]: value };
    else if (top === 'set') spec.set = [...listAt(spec, 'set'), key];
    else if (top === 'atomic') spec.atomic = [value];
    else if (top === 'keyed') spec.keyed = withItem(listAt(spec, 'keyed'), key, inner, value);
    else spec[top] = value;
  }
  const content = Object.keys(spec).length > 0 ? { spec } : {};
  return { apiVersion: 'x/v1', kind: 'X', metadata: { name: 'x' }, ...content };
}

function listAt(at: object, key: string): readonly unknown[] {
  return (Object(at)[key] as readonly unknown[] | undefined) ?? [];
}

/** The items with a value in the last of them, which is new when the path leads to it alone. */
function withItem(
  items: readonly unknown[],
  name: string,
  [field, mark]: readonly string[],
  value: number,
): readonly unknown[] {
  if (field === undefined) return [...items, { name }];
  const item = Object(items.at(-1));
  const inner = field === 'set' ? [...listAt(item, 'set'), mark] : value;
  return [...items.slice(0, -1), { ...item, [field]: inner }];
}

function valuesOf(object: { readonly spec?: unknown }): Values {
  const values = new Map<string, number>();
  const { map = {}, set = [], keyed = [], atomic, ...rest } = Object(object.spec);
  for (const [key, value] of Object.entries(rest)) values.set(key, value as number);
  for (const [key, value] of Object.entries(map)) values.set(`map.${key}`, value as number);
  for (const key of set) values.set(`set.${key}`, PRESENT);
  if (atomic !== undefined) values.set('atomic', atomic[0]);
  for (const item of keyed) {
    values.set(`keyed.${item.name}`, PRESENT);
    if (item.v !== undefined) values.set(`keyed.${item.name}.v`, item.v);
    for (const key of item.set ?? []) values.set(`keyed.${item.name}.set.${key}`, PRESENT);
  }
  return values;
}

function pathsOf(fields: object, path: string, into: Set<string>): void {
  for (const [element, inner] of Object.entries(fields)) {
    if (element === '.') continue;
    const rest = element.slice(2);
    const name = element.startsWith('f:') ? rest : nameOf(JSON.parse(rest));
    pathsOf(inner, path === '' ? name : `${path}.${name}`, into);
    const isOwn = Object.hasOwn(inner, '.') || Object.keys(inner).length === 0;
    if (isOwn) into.add(path === '' ? name : `${path}.${name}`);
  }
}

function nameOf(key: unknown): string {
  return typeof key === 'string' ? key : String(Object(key).name);
}

const isModelled = (path: string) => numbers.includes(path) || marks.includes(path);

function ownersOf(object: ApiObject): Owners {
  const owners = new Map<string, Set<string>>();
  for (const { manager, operation, fieldsV1 } of object.metadata.managedFields ?? []) {
    const paths = new Set<string>();
    pathsOf(Object(fieldsV1)['f:spec'] ?? {}, '', paths);
    for (const path of [...paths].filter(isModelled)) {
      owners.set(path, (owners.get(path) ?? new Set()).add(`${operation} ${manager}`));
    }
  }
  return owners;
}

const plain = ({ values, owners }: State) => ({
  values: Object.fromEntries([...values].sort()),
  owners: Object.fromEntries(
    [...owners]
      .filter(([, who]) => who.size > 0)
      .map(([path, who]) => [path, [...who].sort()] as const)
      .sort(),
  ),
});

/** The model of an apply; `conflicts` are the paths that stand in its way. */
function modelApply(
  { values, owners }: State,
  who: string,
  config: Values,
): { readonly next: State; readonly conflicts: readonly string[] } {
  const isOthers = (path: string) => [...(owners.get(path) ?? [])].some((name) => name !== who);
  const differs = (path: string) => values.get(path) !== config.get(path);
  const conflicts = [...config.keys()].filter((path) => differs(path) && isOthers(path));
  const next = new Map([...values, ...config]);
  const owning = new Map<string, Set<string>>();
  for (const [path, names] of owners) {
    const kept = [...names].filter((name) => name !== who && !(config.has(path) && differs(path)));
    owning.set(path, new Set(kept));
  }
  for (const path of config.keys()) owning.set(path, (owning.get(path) ?? new Set()).add(who));
  const wanted = (path: string) =>
    [...owning].some(
      ([other, names]) => names.size > 0 && (other === path || isBelow(other, path)),
    );
  const dropped = [...owners].filter(([path, names]) => names.has(who) && !config.has(path));
  for (const [path] of dropped) if (!wanted(path)) next.delete(path);
  return { next: { values: next, owners: owning }, conflicts };
}

function modelUpdate({ values, owners }: State, who: string, to: Values): State {
  const owning = new Map<string, Set<string>>();
  for (const [path, value] of to) {
    const isSame = values.get(path) === value;
    owning.set(path, isSame ? new Set(owners.get(path)) : new Set([who]));
  }
  return { values: to, owners: owning };
}

interface Step {
  readonly manager: string;
  readonly do: 'apply' | 'force' | 'update';
  readonly values: Values;
}

const anyStep: fc.Arbitrary<Step> = fc.record({
  manager: fc.constantFrom('m1', 'm2', 'm3'),
  do: fc.constantFrom('apply', 'apply', 'force', 'update'),
  values: anyValues,
});

/** What the code makes of a step; the paths in conflict where it refuses. */
function take(live: ApiObject | undefined, step: Step, now: number): ApiObject | readonly string[] {
  const { manager, values } = step;
  const config = objectOf(values);
  if (step.do === 'update') {
    const next = { ...config, metadata: { ...config.metadata } } as Unversioned;
    return managedAfterUpdate(served, live, next, {
      manager,
      now,
      base: live?.metadata.managedFields,
    }) as unknown as ApiObject;
  }
  try {
    const options = { manager, force: step.do === 'force', now };
    const { object, managedFields } = applied(served, live, config, options);
    return { ...object, metadata: { ...object.metadata, managedFields } } as ApiObject;
  } catch (thrown) {
    const { reason, details } = asTitanError(thrown);
    expect(reason).to.equal('Conflict');
    return (details.causes ?? []).map(({ field = '' }) => field);
  }
}

/** `.spec.keyed[name="m",port=80].v` as the model names it: `keyed.m.v`. */
function modelled(path: string): string {
  return path.replace('.spec.', '').replace(/\[name="(\w)",port=80\]/, '.$1');
}

const NOTHING: State = { values: new Map(), owners: new Map() };

function expectedAfter(state: State, step: Step): State | 'conflict' {
  if (step.do === 'update') return modelUpdate(state, `Update ${step.manager}`, step.values);
  const { next, conflicts } = modelApply(state, `Apply ${step.manager}`, step.values);
  return conflicts.length > 0 && step.do !== 'force' ? 'conflict' : next;
}

describe('server-side apply, beside a model of it', () => {
  it('loses nothing that is claimed, keeps nothing that is not, and tells each conflict', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 1, maxLength: 8 }), (steps) => {
        let live: ApiObject | undefined;
        let state = NOTHING;
        steps.forEach((step, now) => {
          const made = take(live, step, now * 1_000);
          const expected = expectedAfter(state, step);
          if (Array.isArray(made)) {
            const { conflicts } = modelApply(state, `Apply ${step.manager}`, step.values);
            expect(expected).to.equal('conflict');
            const told = new Set(made.map(modelled));
            expect([...told].toSorted()).to.deep.equal(conflicts.toSorted());
            return;
          }
          if (expected === 'conflict') throw new Error('a conflict was passed over');
          live = made as ApiObject;
          state = expected;
          expect(plain({ values: valuesOf(live), owners: ownersOf(live) })).to.deep.equal(
            plain(state),
          );
        });
      }),
      { numRuns: 600 },
    );
  });

  it('comes to the same in any order of those who agree', () => {
    const agreed = anyValues.map((values) => new Map([...values.keys()].map((path) => [path, 1])));
    fc.assert(
      fc.property(agreed, agreed, agreed, (one, two, three) => {
        const step = (manager: string, values: Values): Step => ({ manager, do: 'apply', values });
        const steps = [step('m1', one), step('m2', two), step('m3', three)];
        const end = (order: readonly Step[]) => {
          let live: ApiObject | undefined;
          for (const next of order) live = take(live, next, 0) as ApiObject;
          return live && plain({ values: valuesOf(live), owners: ownersOf(live) });
        };
        expect(end(steps)).to.deep.equal(end(steps.toReversed()));
      }),
      { numRuns: 200 },
    );
  });
});
