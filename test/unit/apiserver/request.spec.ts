import { expect } from 'chai';
import fc from 'fast-check';
import { asTitanError } from '../../../src/api/error.ts';
import { warningHeaders } from '../../../src/apiserver/errors.ts';
import { negotiateForm } from '../../../src/apiserver/negotiate.ts';
import { dryRun, fieldValidation, flag, whole } from '../../../src/apiserver/query.ts';
import { createRouter, parseRoute } from '../../../src/apiserver/route.ts';

function outcome(action: () => unknown): unknown {
  try {
    return action();
  } catch (thrown) {
    const { reason, message } = asTitanError(thrown);
    return `${reason}: ${message}`;
  }
}

describe('parseRoute', () => {
  const at = { type: 'resource', group: 'titan.dev', version: 'v1beta1', plural: 'jobs' };
  const core = { type: 'resource', group: '', version: 'v1' };
  const cases: [string, unknown][] = [
    ['/', { type: 'other', path: '/' }],
    ['//version/', { type: 'other', path: '/version' }],
    ['/api/v1', { type: 'other', path: '/api/v1' }],
    ['/apis/titan.dev/v1beta1/', { type: 'other', path: '/apis/titan.dev/v1beta1' }],
    ['/apis/titan.dev/v1beta1/jobs', at],
    ['/apis/titan.dev/v1beta1/namespaces/n/jobs', { ...at, namespace: 'n' }],
    ['/apis/titan.dev/v1beta1/namespaces/n/jobs/x', { ...at, namespace: 'n', name: 'x' }],
    [
      '/apis/titan.dev/v1beta1/namespaces/n/jobs/x/scale',
      { ...at, namespace: 'n', name: 'x', subresource: 'scale' },
    ],
    ['/api/v1/namespaces', { ...core, plural: 'namespaces' }],
    ['/api/v1/namespaces/n', { ...core, plural: 'namespaces', name: 'n' }],
    [
      '/api/v1/namespaces/n/status',
      { ...core, plural: 'namespaces', name: 'n', subresource: 'status' },
    ],
    ['/api/v1/namespaces/n/events', { ...core, plural: 'events', namespace: 'n' }],
    [
      '/api/v1/namespaces/n/events/a%3Ab',
      { ...core, plural: 'events', namespace: 'n', name: 'a:b' },
    ],
    ['/api/v1/namespaces/a/b/c/d/e', { type: 'other', path: '/api/v1/namespaces/a/b/c/d/e' }],
    ['/api/v1/events/a%2Fb', `BadRequest: invalid resource name "a/b": [may not contain '/']`],
    ['/api/v1/events/..', `BadRequest: invalid resource name "..": [may not be '..']`],
    ['/api/v1/events/%2e%2e', `BadRequest: invalid resource name "..": [may not be '..']`],
    ['/api/v1/events/%zz', 'BadRequest: invalid URL escape in "%zz"'],
    [
      '/api/v1/events/a%00b',
      'BadRequest: invalid resource name "a\\u0000b": [may not contain control characters]',
    ],
  ];
  for (const [path, expected] of cases) {
    it(`reads ${path}`, () => {
      expect(outcome(() => parseRoute(path))).to.deep.equal(expected);
    });
  }

  const word = fc.constantFrom(
    'api',
    'apis',
    'v1',
    'namespaces',
    'jobs',
    'scale',
    'status',
    'a.b:c',
  );
  const odd = fc.constantFrom('', '%2e', '..', '%', 'a%2Fb', '.x');
  const segment = fc.oneof({ weight: 12, arbitrary: word }, { weight: 1, arbitrary: odd });
  const anyPath = fc
    .array(segment, { minLength: 1, maxLength: 9 })
    .map((segments) => `/${segments.join('/')}`);

  it('reads a plain path as it reads one with a needless slash at its end', () => {
    fc.assert(
      fc.property(anyPath, (path) => {
        expect(outcome(() => parseRoute(path))).to.deep.equal(
          outcome(() => parseRoute(`${path}/`)),
        );
      }),
    );
  });

  it('reads a path the same whatever a router remembers of others', () => {
    const places = ['/api/v1/namespaces', '/apis/jobs/v1/jobs', '/api/v1/namespaces/api/jobs'];
    const near = fc.tuple(fc.constantFrom(...places), fc.array(segment, { maxLength: 3 }));
    const path = fc.oneof(
      anyPath,
      near.map(([place, rest]) => [place, ...rest].join('/')),
    );
    fc.assert(
      fc.property(fc.array(path, { maxLength: 30 }), (paths) => {
        const route = createRouter();
        for (const one of paths) {
          expect(outcome(() => route(one))).to.deep.equal(outcome(() => parseRoute(one)));
        }
      }),
    );
  });
});

describe('negotiateForm', () => {
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const cases: [string | undefined, unknown][] = [
    [undefined, { as: 'Object' }],
    ['*/*', { as: 'Object' }],
    ['application/json', { as: 'Object' }],
    [`${table},application/json`, { as: 'Table', version: 'v1' }],
    ['application/json; as=Table; g=meta.k8s.io; v=v1beta1', { as: 'Table', version: 'v1beta1' }],
    ['application/vnd.kubernetes.protobuf,application/json', { as: 'Object' }],
    [`${table};q=0.5,application/json;q=0.9`, { as: 'Object' }],
    ['application/json;as=Table;v=v9;g=meta.k8s.io, */*', { as: 'Object' }],
    [
      'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
      { as: 'PartialObjectMetadataList', version: 'v1' },
    ],
    ['text/html', 'NotAcceptable: only the following media types are accepted: application/json'],
  ];
  for (const [header, form] of cases) {
    it(`answers ${header ?? 'no Accept header'}`, () => {
      expect(outcome(() => negotiateForm(header))).to.deep.equal(form);
    });
  }
});

describe('query', () => {
  const flags: [string, unknown][] = [
    ['', false],
    ['watch', true],
    ['watch=1', true],
    ['watch=t', true],
    ['watch=True', true],
    ['watch=TRUE', true],
    ['watch=0', false],
    ['watch=False', false],
    ['watch=FALSE', false],
    ['watch=', true],
    ['watch=yes', true],
    ['watch=F', true],
  ];
  for (const [text, value] of flags) {
    it(`reads the flag in ?${text}`, () => {
      expect(outcome(() => flag(new URLSearchParams(text), 'watch'))).to.equal(value);
    });
  }

  const numbers: [string, unknown][] = [
    ['', undefined],
    ['limit=', undefined],
    ['limit=500', 500],
    ['limit=-1', -1],
    ['limit=1.5', 'BadRequest: strconv.ParseInt: parsing "1.5": invalid syntax'],
    [
      'limit=99999999999999999999',
      'BadRequest: strconv.ParseInt: parsing "99999999999999999999": value out of range',
    ],
  ];
  for (const [text, value] of numbers) {
    it(`reads the number in ?${text}`, () => {
      expect(outcome(() => whole(new URLSearchParams(text), 'limit'))).to.equal(value);
    });
  }

  it('refuses options that have no such value', () => {
    expect(outcome(() => dryRun(['Some'], 'CreateOptions'))).to.equal(
      'Invalid: CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
    );
    const query = new URLSearchParams('fieldValidation=Loose');
    expect(outcome(() => fieldValidation(query, 'PatchOptions'))).to.include(
      'Invalid: PatchOptions',
    );
  });
});

describe('warningHeaders', () => {
  it('quotes, drops repetitions, and holds only what a header may', () => {
    expect(warningHeaders(['unknown field "a"', 'unknown field "a"', 'é\r\nX: y\\'])).to.deep.equal(
      ['299 - "unknown field \\"a\\""', '299 - "???X: y\\\\"'],
    );
  });

  it('is always fit to be sent', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 50 }), (texts) => {
        const headers = warningHeaders(texts);
        expect(headers.length).to.be.at.most(32);
        for (const header of headers) expect(header).to.match(/^299 - "[\x20-\x7e]*"$/);
      }),
    );
  });
});
