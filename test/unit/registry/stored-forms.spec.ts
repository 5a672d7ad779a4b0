import { expect } from 'chai';
import fc from 'fast-check';
import { JOB } from '../../../src/api/kinds.gen.ts';
import type { ApiObject } from '../../../src/api/object.ts';
import type { Conversion, StoredForms, StoredRecord } from '../../../src/api/stored-forms.ts';
import { formOf } from '../../../src/registry/schema/form.ts';
import { virtualClock } from '../../../src/runtime/clock.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import { aRegistry, jobBody } from '../../support/registry.ts';

const write = { manager: 'test' };
const key = { namespace: 'default', name: 'a' };
const RECORD = '/titan/registry/titan.dev/jobs/default/a';

/** A field of the spec that had another name. */
function renamed(from: string, to: string): Conversion {
  const rename = (a: string, b: string) => (record: StoredRecord) => {
    const { [a]: moved, ...rest } = record.spec as StoredRecord;
    return { ...record, spec: moved === undefined ? rest : { ...rest, [b]: moved } };
  };
  return { up: rename(from, to), down: rename(to, from) };
}

const CORES = [renamed('cores', 'cpus')];
const CASES: { name: string; forms: StoredForms; stored: StoredRecord; object: StoredRecord }[] = [
  {
    name: 'the release that brings a form reads the form before, and writes it',
    forms: { conversions: CORES, written: 1 },
    stored: { spec: { cores: 2, more: 1 } },
    object: { spec: { cpus: 2, more: 1 } },
  },
  {
    name: 'the release after it writes the new one',
    forms: { conversions: CORES, written: 2 },
    stored: { spec: { cpus: 2 }, storedForm: 2 },
    object: { spec: { cpus: 2 } },
  },
  {
    name: 'several changes are made one after the other',
    forms: { conversions: [renamed('cpu', 'cores'), ...CORES], written: 1 },
    stored: { spec: { cpu: 2 } },
    object: { spec: { cpus: 2 } },
  },
  {
    name: 'a kind that has never changed is stored as it is',
    forms: { conversions: [], written: 1 },
    stored: { spec: { cpus: 2 } },
    object: { spec: { cpus: 2 } },
  },
];

const asObject = (record: StoredRecord) => record as unknown as ApiObject & { metadata: never };

describe('the form in which a kind is stored', () => {
  for (const { name, forms, stored, object } of CASES) {
    it(name, () => {
      const form = formOf(forms);
      expect(form.read(asObject(stored))).to.deep.equal(object);
      expect(form.write(asObject(object))).to.deep.equal(stored);
    });
  }

  it('is read by the release that brings it though that writes the one before', () => {
    const form = formOf({ conversions: CORES, written: 1 });
    const record = { spec: { cpus: 2 }, storedForm: 2 };
    expect(form.read(asObject(record))).to.deep.equal({ spec: { cpus: 2 } });
  });

  it('is not guessed at by a release that does not know it', () => {
    for (const conversions of [[], CORES]) {
      const form = formOf({ conversions, written: 1 });
      const read = () => form.read(asObject({ spec: { cpus: 2 }, storedForm: 3 }));
      expect(read).to.throw(
        `in form 3, and this release knows forms up to ${conversions.length + 1}`,
      );
    }
  });

  it('changes to and fro without a loss, whichever is written and whatever else is in the record', () => {
    const names = ['a', 'b', 'c', 'd'];
    const conversions = names.slice(1).map((to, index) => renamed(names[index] ?? '', to));
    const served = fc.record(
      { d: fc.jsonValue(), other: fc.jsonValue(), e: fc.integer() },
      { requiredKeys: [] },
    );
    const written = fc.integer({ min: 1, max: conversions.length + 1 });
    fc.assert(
      fc.property(served, written, written, (spec, one, other) => {
        const object = asObject({ kind: 'Job', spec });
        const [first, second] = [one, other].map((each) => formOf({ conversions, written: each }));
        const record = first?.write(object) as unknown as ApiObject;
        expect(second?.read(record)).to.deep.equal(object);
        const again = second?.write(second.read(record) as never) as unknown as ApiObject;
        expect(first?.write(first.read(again) as never)).to.deep.equal(record);
      }),
    );
  });

  it('differs among replicas of two releases over one store: both read and write, and one from before lets it be', async () => {
    const clock = virtualClock();
    const store = memoryStore({ clock });
    const over = { store, clock };
    const stored = async () => {
      const entry = await store.get(RECORD);
      return JSON.parse(new TextDecoder().decode(entry?.value));
    };
    const bringing = await aRegistry({
      ...over,
      forms: { Job: { conversions: CORES, written: 1 } },
    });
    const after = await aRegistry({ ...over, forms: { Job: { conversions: CORES, written: 2 } } });
    const jobs = bringing.definition('jobs');
    await bringing.registry.create(jobs, 'default', jobBody({ cpus: 2 }, { name: 'a' }), write);
    expect(await stored())
      .to.nested.include({ 'spec.cores': 2 })
      .and.not.have.property('storedForm');
    await clock.settle();
    const client = after.registry.client({ manager: 'test' });
    const read = await client.get(JOB, key);
    expect(read.spec).to.include({ cpus: 2 }).and.not.have.property('cores');
    await client.update(JOB, { ...read, spec: { ...read.spec, cpus: 3 } });
    expect(await stored()).to.nested.include({ 'spec.cpus': 3, storedForm: 2 });
    await clock.settle();
    const seen = await bringing.registry.get(jobs, key);
    expect(seen.object.spec).to.include({ cpus: 3 });
    expect(seen.object).to.not.have.property('storedForm');
    const { items } = await bringing.registry.list(jobs, {});
    expect(Buffer.from(items[0]?.bytes ?? []).toString()).to.not.include('storedForm');

    const before = await aRegistry(over);
    const refusal = await before.client.get(JOB, key).catch((thrown: unknown) => thrown);
    expect(String(refusal)).to.include('it is stored in form 2');
    expect(before.registry.unreadable(jobs.kind)).to.have.length(1);
    expect(await stored()).to.nested.include({ 'spec.cpus': 3, storedForm: 2 });
    for (const each of [bringing, after, before]) await each.stop();
  });
});
