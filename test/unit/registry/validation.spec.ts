import { expect } from 'chai';
import type { Schema } from '../../../src/registry/port.ts';
import { tidy } from '../../../src/registry/schema/tidy.ts';
import { duplicatesIn } from '../../../src/registry/schema/uniqueness.ts';
import { compileSchema } from '../../../src/registry/schema/validate.ts';
import {
  aRegistry,
  bodyOf,
  failure,
  failureText,
  jobBody,
  type TestRegistry,
} from '../../support/registry.ts';

const write = { manager: 'test' };

describe('validation', () => {
  describe('of a schema, in the words of Kubernetes', () => {
    const text: Schema = { type: 'string' };
    const cases: readonly (readonly [string, Schema, unknown, string])[] = [
      [
        'a missing field',
        {
          type: 'object',
          properties: { x: { type: 'object', required: ['y'], properties: { y: text } } },
        },
        { x: {} },
        'FieldValueRequired x.y: Required value',
      ],
      [
        'a wrong type',
        prop({ type: 'integer' }),
        { x: 'a' },
        'FieldValueTypeInvalid x: Invalid value: "string": x in body must be of type integer: "string"',
      ],
      [
        'a number for an integer',
        prop({ type: 'integer' }),
        { x: 1.5 },
        'FieldValueTypeInvalid x: Invalid value: "number": x in body must be of type integer: "number"',
      ],
      [
        'null',
        prop({ type: 'object' }),
        { x: null },
        'FieldValueTypeInvalid x: Invalid value: "null": x in body must be of type object: "null"',
      ],
      [
        'a small number',
        prop({ type: 'integer', minimum: 0 }),
        { x: -1 },
        'FieldValueInvalid x: Invalid value: -1: x in body should be greater than or equal to 0',
      ],
      [
        'a number at an excluded bound',
        prop({ type: 'number', maximum: 1, exclusiveMaximum: true }),
        { x: 1 },
        'FieldValueInvalid x: Invalid value: 1: x in body should be less than 1',
      ],
      [
        'a short text',
        prop({ type: 'string', minLength: 2 }),
        { x: 'a' },
        'FieldValueInvalid x: Invalid value: "a": x in body should be at least 2 chars long',
      ],
      [
        'a long text',
        prop({ type: 'string', maxLength: 2 }),
        { x: 'abc' },
        'FieldValueTooLong x: Too long: may not be more than 2 bytes',
      ],
      [
        'a text of another pattern',
        prop({ type: 'string', pattern: '^a$' }),
        { x: 'b' },
        `FieldValueInvalid x: Invalid value: "b": x in body should match '^a$'`,
      ],
      [
        'a value of no list',
        prop({ type: 'string', enum: ['a', 'b'] }),
        { x: 'zz' },
        'FieldValueNotSupported x: Unsupported value: "zz": supported values: "a", "b"',
      ],
      [
        'too many items',
        prop({ type: 'array', maxItems: 1, items: text }),
        { x: ['a', 'b'] },
        'FieldValueTooMany x: Too many: 2: must have at most 1 items',
      ],
      [
        'an item',
        prop({ type: 'array', items: text }),
        { x: ['a', 1] },
        'FieldValueTypeInvalid x[1]: Invalid value: "integer": x[1] in body must be of type string: "integer"',
      ],
      [
        'a number out of its format',
        prop({ type: 'integer', format: 'int32' }),
        { x: 2 ** 31 },
        'FieldValueInvalid x: Invalid value: 2147483648: x in body must be of type int32: 2147483648',
      ],
      [
        'no moment',
        prop({ type: 'string', format: 'date-time' }),
        { x: 'soon' },
        'FieldValueInvalid x: Invalid value: "soon": x in body must be of type date-time: "soon"',
      ],
      [
        'neither number nor text',
        prop({ 'x-kubernetes-int-or-string': true }),
        { x: true },
        'FieldValueTypeInvalid x: Invalid value: "boolean": x in body must be of type integer or string: "boolean"',
      ],
    ];
    for (const [name, schema, value, cause] of cases) {
      it(`tells of ${name}`, () => {
        const causes = compileSchema(schema)(value);
        expect(
          causes.map(({ reason, field, message }) => `${reason} ${field}: ${message}`),
        ).to.deep.equal([cause]);
      });
    }

    it('takes what holds: numbers and texts, null where it may be, unknown formats', () => {
      expect(
        compileSchema(prop({ 'x-kubernetes-int-or-string': true }))({ x: '1Gi' }),
      ).to.deep.equal([]);
      expect(compileSchema(prop({ 'x-kubernetes-int-or-string': true }))({ x: 4 })).to.deep.equal(
        [],
      );
      expect(compileSchema(prop({ type: 'string', nullable: true }))({ x: null })).to.deep.equal(
        [],
      );
      expect(compileSchema(prop({ type: 'string', format: 'odd' }))({ x: 'a' })).to.deep.equal([]);
    });

    const formats = {
      ipv4: [['10.0.0.1'], ['1.2.3', '256.1.1.1', '01.2.3.4', '::1', '']],
      ipv6: [
        ['::1', 'fe80::1:2', '::ffff:1.2.3.4'],
        ['1.2.3.4', 'fe80::1%eth0', ':::'],
      ],
      cidr: [
        ['10.0.0.0/8', '::/0'],
        ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/8/8', '/8', '::/129'],
      ],
      mac: [
        ['00:1a:2B:3c:4d:5e', '00-1a-2b-3c-4d-5e', '001a.2b3c.4d5e'],
        ['00:1a', '00:1a-2b:3c:4d:5e'],
      ],
      uri: [
        ['https://a.example/x?y#z', 'mailto:a@b.c', '/path'],
        ['a.example', 'http://a b', '/a\nb', ''],
      ],
      hostname: [
        ['a', 'a-1.example.com.', 'ä.example'],
        ['-a', 'a..b', 'a_b', 'a'.repeat(64), ''],
      ],
      email: [
        ['a.b+c@example.com', 'Ann B <a@b.c>'],
        ['a', 'a@', '@b', 'a b@c', 'a@b@c', '<a@b.c'],
      ],
      duration: [
        ['1h30m', '-1.5s', '0', '3 days', '2w'],
        ['1', 'h', 'soon', '1x', ''],
      ],
      uuid: [['01234567-89ab-cdef-0123-456789abcdef'], ['01234567', '']],
      uuid4: [['01234567-89ab-4def-8123-456789abcdef'], ['01234567-89ab-5def-8123-456789abcdef']],
      hexcolor: [
        ['#fff', '00ff00'],
        ['#ffff', 'red'],
      ],
      bsonobjectid: [['0123456789abcdef01234567'], ['0123']],
      password: [['whatever'], []],
    } as const;
    for (const [format, [good, bad]] of Object.entries(formats)) {
      it(`knows the format ${format}`, () => {
        const check = compileSchema(prop({ type: 'string', format }));
        for (const x of good) expect(check({ x }), x).to.deep.equal([]);
        for (const x of bad) {
          const says = `must be of type ${format}: ${JSON.stringify(x)}`;
          expect(check({ x })[0]?.message, x).to.match(new RegExp(`${RegExp.escape(says)}$`));
        }
      });
    }
  });

  describe('of keyed lists', () => {
    it('finds equal items of a set and equal keys of a map', () => {
      const set: Schema = {
        type: 'array',
        'x-kubernetes-list-type': 'set',
        items: { type: 'string' },
      };
      expect(duplicatesIn(prop(set), { x: ['a', 'b', 'a'] })).to.deep.equal([
        { reason: 'FieldValueDuplicate', message: 'Duplicate value: "a"', field: 'x[2]' },
      ]);
      const map: Schema = {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
        items: { type: 'object', properties: { name: { type: 'string' } } },
      };
      expect(duplicatesIn(prop(map), { x: [{ name: 'a' }, { name: 'a' }, {}] })).to.deep.equal([
        { reason: 'FieldValueDuplicate', message: 'Duplicate value: {"name":"a"}', field: 'x[1]' },
        { reason: 'FieldValueRequired', message: 'Required value', field: 'x[2].name' },
      ]);
    });
  });

  describe('tidying', () => {
    const schema: Schema = {
      type: 'object',
      properties: {
        a: { type: 'integer', default: 1 },
        deep: { type: 'object', default: {}, properties: { b: { type: 'string', default: 'x' } } },
        list: {
          type: 'array',
          items: { type: 'object', properties: { c: { type: 'string', default: 'y' } } },
        },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        map: { type: 'object', additionalProperties: { type: 'object', properties: {} } },
      },
    };

    it('adds defaults, also below defaults and in items, and for null', () => {
      const tidied = tidy(schema, { a: null, list: [{}] }, { unknown: [], defaults: true });
      expect(tidied).to.deep.equal({ a: 1, deep: { b: 'x' }, list: [{ c: 'y' }] });
    });

    it('drops what is unknown and says where, but not what may be anything', () => {
      const unknown: string[] = [];
      const value = JSON.parse(
        '{"zz":1,"constructor":1,"__proto__":{"p":1},"list":[{"q":2}],"free":{"any":{"x":1}},"map":{"k":{"n":1}}}',
      );
      const tidied = tidy(schema, value, { unknown, defaults: false });
      expect(tidied).to.deep.equal({ list: [{}], free: { any: { x: 1 } }, map: { k: {} } });
      expect(unknown.sort()).to.deep.equal([
        '__proto__',
        'constructor',
        'list[0].q',
        'map.k.n',
        'zz',
      ]);
      expect(({} as { p?: unknown }).p).to.equal(undefined);
    });

    it('shares what it does not change', () => {
      const value = { a: 2, deep: { b: 'x' }, list: [{ c: 'z' }] };
      expect(tidy(schema, value, { unknown: [], defaults: true })).to.equal(value);
    });
  });

  describe('through the registry', () => {
    let test: TestRegistry;
    const create = (body = jobBody(), options = {}) =>
      test.registry.create(test.definition('jobs'), 'default', body, { ...write, ...options });

    beforeEach(async () => {
      test = await aRegistry();
    });
    afterEach(() => test.stop());

    const invalid: readonly (readonly [string, Record<string, unknown>, string])[] = [
      [
        'one fault without brackets',
        { replicas: 'x' },
        '422 Invalid: Job.titan.dev "a" is invalid: spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"',
      ],
      [
        'several in brackets',
        { replicas: -1, numRetries: -1 },
        '422 Invalid: Job.titan.dev "a" is invalid: [spec.replicas: Invalid value: -1: spec.replicas in body should be greater than or equal to 0, spec.numRetries: Invalid value: -1: spec.numRetries in body should be greater than or equal to 0]',
      ],
      [
        'a missing field',
        { location: undefined },
        '422 Invalid: Job.titan.dev "a" is invalid: spec.location: Required value',
      ],
    ];
    for (const [name, spec, text] of invalid) {
      it(`tells of ${name}`, async () => {
        expect(await failureText(create(jobBody(spec)))).to.equal(text);
      });
    }

    it('merges what a rule finds into the same answer', async () => {
      const { details, reason } = await failure(create(jobBody({ location: 'dc1' })));
      expect(reason).to.equal('Invalid');
      expect(details).to.include({ name: 'a', group: 'titan.dev', kind: 'Job' });
      expect(details.causes?.map(({ field }) => field)).to.deep.equal(['spec.location']);
    });

    const names: readonly (readonly [string, Record<string, unknown>, string])[] = [
      ['a name', { name: 'A_b' }, 'metadata.name'],
      ['a label key', { labels: { 'a b': 'c' } }, 'metadata.labels'],
      ['a label value', { labels: { a: 'b c' } }, 'metadata.labels'],
      [
        'annotations over 256 KiB',
        { annotations: { a: 'x'.repeat(262_144) } },
        'metadata.annotations',
      ],
      [
        'an owner without uid',
        { ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: '' }] },
        'metadata.ownerReferences[0].uid',
      ],
      [
        'an owner of no version',
        { ownerReferences: [{ apiVersion: 'a/b/c', kind: 'X', name: 'x', uid: 'u' }] },
        'metadata.ownerReferences[0].apiVersion',
      ],
      [
        'an owner that goes by itself',
        { ownerReferences: [{ apiVersion: 'v1', kind: 'Event', name: 'x', uid: 'u' }] },
        'metadata.ownerReferences[0]',
      ],
      ['a finalizer', { finalizers: ['not ok'] }, 'metadata.finalizers[0]'],
    ];
    for (const [name, metadata, field] of names) {
      it(`checks ${name}`, async () => {
        const { reason, details } = await failure(create(jobBody({}, metadata)));
        expect(reason).to.equal('Invalid');
        expect(details.causes?.map((cause) => cause.field)).to.deep.equal([field]);
      });
    }

    it('names each field that an owner lacks', async () => {
      const path = 'metadata.ownerReferences[0]';
      expect(await failureText(create(jobBody({}, { ownerReferences: [{}] })))).to.equal(
        '422 Invalid: Job.titan.dev "a" is invalid: [' +
          `${path}.apiVersion: Invalid value: "": version must not be empty, ` +
          `${path}.kind: Invalid value: "": must not be empty, ` +
          `${path}.name: Invalid value: "": must not be empty, ` +
          `${path}.uid: Invalid value: "": must not be empty]`,
      );
    });

    it('refuses unknown and duplicate fields, warns of them, or passes over them', async () => {
      const { value } = jobBody({ bogus: 1, container: { zz: 1 } });
      const body = bodyOf(value, ['spec.cpus']);
      expect(await failureText(create(body, { fieldValidation: 'Strict' }))).to.equal(
        '400 BadRequest: Job in version "v1beta1" cannot be handled as a Job: strict decoding error: duplicate field "spec.cpus", unknown field "spec.bogus", unknown field "spec.container.zz"',
      );
      const warnings: string[] = [];
      const warn = (text: string) => warnings.push(text);
      const job = await create(body, { fieldValidation: 'Warn', warn });
      expect(warnings).to.deep.equal([
        'duplicate field "spec.cpus"',
        'unknown field "spec.bogus"',
        'unknown field "spec.container.zz"',
      ]);
      expect(job.spec).to.not.have.property('bogus');
      await create(jobBody({ bogus: 1 }, { name: 'b' }), { fieldValidation: 'Ignore', warn });
      expect(warnings).to.have.length(3);
    });
  });
});

function prop(schema: Schema): Schema {
  return { type: 'object', properties: { x: schema } };
}
