import { expect } from 'chai';
import type { ApiObject } from '../../../src/api/object.ts';
import { humanDuration } from '../../../src/apiserver/table/duration.ts';
import { compilePath } from '../../../src/apiserver/table/jsonpath.ts';
import { makePrinter } from '../../../src/apiserver/table/table.ts';
import type { Definition, PrinterColumn } from '../../../src/registry/port.ts';

const S = 1000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;

describe('humanDuration', () => {
  const cases: [number, string][] = [
    [-2 * S, '<invalid>'],
    [Number.NaN, '<invalid>'],
    [-1.5 * S, '0s'],
    [0, '0s'],
    [59.9 * S, '59s'],
    [119 * S, '119s'],
    [2 * M, '2m'],
    [4 * M + 10 * S, '4m10s'],
    [10 * M + 10 * S, '10m'],
    [179 * M, '179m'],
    [3 * H, '3h'],
    [7 * H + 59 * M, '7h59m'],
    [8 * H + 59 * M, '8h'],
    [47 * H, '47h'],
    [2 * D, '2d'],
    [3 * D + 4 * H, '3d4h'],
    [8 * D + 4 * H, '8d'],
    [729 * D, '729d'],
    [730 * D, '2y'],
    [800 * D, '2y70d'],
    [3000 * D, '8y'],
  ];
  for (const [spanMs, text] of cases) {
    it(`writes ${spanMs} ms as ${text}`, () => {
      expect(humanDuration(spanMs)).to.equal(text);
    });
  }
});

describe('compilePath', () => {
  const object = {
    spec: { name: 'web', list: [{ a: 1 }, { a: 2 }], zero: 0 },
    metadata: { labels: { 'app.kubernetes.io/name': 'x' } },
    status: {
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'Late', status: 'False' },
      ],
    },
  };
  const cases: [string, unknown[]][] = [
    ['.spec.name', ['web']],
    ['{.spec.name}', ['web']],
    ['$.spec.name', ['web']],
    ['.spec.zero', [0]],
    ['.spec.none.deeper', []],
    ['.spec.list[0].a', [1]],
    ['.spec.list[-1].a', [2]],
    ['.spec.list[*].a', [1, 2]],
    ['.spec.list[9].a', []],
    ['.metadata.labels.app\\.kubernetes\\.io/name', ['x']],
    [".metadata.labels['app.kubernetes.io/name']", ['x']],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    [".status.conditions[?(@.type!='Ready')].status", ['False']],
    ['.spec.constructor', []],
    ['.spec[', []],
    ['', [object]],
  ];
  for (const [path, found] of cases) {
    it(`finds ${JSON.stringify(found).slice(0, 30)} at ${path}`, () => {
      expect(compilePath(path)(object)).to.deep.equal(found);
    });
  }
});

function aDefinition(plural: string, columns: readonly PrinterColumn[]): Definition {
  return {
    kind: { group: '', version: 'v1', kind: 'Thing', plural, namespaced: true },
    listKind: 'ThingList',
    singular: 'thing',
    shortNames: [],
    categories: [],
    verbs: [],
    schema: {},
    columns,
    selectableFields: [],
    status: false,
    builtIn: false,
  };
}

const metadata = {
  name: 'a',
  uid: 'u',
  resourceVersion: '7',
  generation: 1,
  creationTimestamp: '2026-11-22T09:00:00Z',
};
const now = Date.parse('2026-11-22T09:37:00Z');

function print(definition: Definition, object: unknown) {
  const printer = makePrinter(definition, {
    clock: { now: () => now },
    include: 'None',
    version: 'v1',
  });
  const names = (JSON.parse(printer.heads) as { name: string }[]).map(({ name }) => name);
  return { names, ...JSON.parse(printer.row(object as ApiObject)) };
}

describe('makePrinter', () => {
  it('shows the name, then each column by its type', () => {
    const column = (name: string, type: string, jsonPath: string) => ({ name, type, jsonPath });
    const definition = aDefinition('things', [
      column('Text', 'string', '.spec.text'),
      column('Number as text', 'string', '.spec.count'),
      column('List as text', 'string', '.spec.list'),
      column('Count', 'integer', '.spec.count'),
      column('Not a count', 'integer', '.spec.text'),
      column('Share', 'number', '.spec.share'),
      column('On', 'boolean', '.spec.on'),
      column('None', 'string', '.spec.none'),
      column('Null', 'string', '.spec.null'),
      column('Age', 'date', '.metadata.creationTimestamp'),
      column('No time', 'date', '.spec.text'),
    ]);
    const spec = { text: 'x', count: 3, list: ['a', 1], share: 0.5, on: false, null: null };
    expect(print(definition, { metadata, spec })).to.deep.include({
      cells: ['a', 'x', '3', '["a",1]', 3, null, 0.5, false, null, null, '37m', '<invalid>'],
    });
  });

  it('shows the age where a kind names no columns', () => {
    expect(print(aDefinition('things', []), { metadata })).to.deep.equal({
      names: ['Name', 'Age'],
      cells: ['a', '37m'],
    });
  });

  const builtIns = [
    { plural: 'namespaces', object: { metadata }, cells: ['a', 'Active', '37m'] },
    {
      plural: 'configmaps',
      object: { metadata, data: { x: '', y: '' }, binaryData: { z: '' } },
      cells: ['a', '3', '37m'],
    },
    {
      plural: 'events',
      object: {
        metadata,
        type: 'Normal',
        reason: 'Started',
        message: 'Task started ',
        involvedObject: { kind: 'Job', name: 'web' },
        source: { component: 'job' },
        firstTimestamp: '2026-11-22T09:00:00Z',
        lastTimestamp: '2026-11-22T09:36:00Z',
        count: 2,
      },
      cells: ['60s', 'Normal', 'Started', 'job/web', '', 'job', 'Task started', '37m', '2', 'a'],
    },
    {
      plural: 'events',
      object: { metadata },
      cells: ['<unknown>', null, null, '/', '', '', '', '<unknown>', '1', 'a'],
    },
  ];
  for (const { plural, object, cells } of builtIns) {
    it(`shows ${plural} as kubectl knows them`, () => {
      expect(print(aDefinition(plural, []), object).cells).to.deep.equal(cells);
    });
  }
});
