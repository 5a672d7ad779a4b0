import { expect } from 'chai';
import fc from 'fast-check';
import { asTitanError } from '../../../src/api/error.ts';
import { ACCESS } from '../../../src/apiserver/body/messages/access.ts';
import { CORE } from '../../../src/apiserver/body/messages/core.ts';
import { deleteOptions } from '../../../src/apiserver/body/messages/meta.ts';
import { parseProtobuf } from '../../../src/apiserver/body/protobuf.ts';
import {
  bytesField,
  doubleField,
  integerField,
  readFields,
} from '../../../src/apiserver/body/wire.ts';

function envelope(apiVersion: string, kind: string, raw: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from('k8s\0'),
    bytesField(1, [bytesField(1, apiVersion), bytesField(2, kind)]),
    bytesField(2, raw),
  ]);
}

describe('parseProtobuf', () => {
  it('reads integers of 64 bits exactly', () => {
    const spec = integerField(4, -(2n ** 63n));
    const raw = Buffer.concat([bytesField(1, [bytesField(1, 'a')]), bytesField(2, spec)]);
    const { value } = parseProtobuf(envelope('authentication.k8s.io/v1', 'TokenRequest', raw));
    expect(value).to.deep.include({ spec: { expirationSeconds: -(2n ** 63n) } });
  });

  it('reads a ConfigMap', () => {
    const meta = Buffer.concat([
      bytesField(1, 'c'),
      bytesField(3, 'default'),
      bytesField(5, ''),
      integerField(7, 0),
      bytesField(8, []),
      bytesField(11, [bytesField(1, 'app'), bytesField(2, 'web')]),
    ]);
    const raw = Buffer.concat([
      bytesField(1, meta),
      bytesField(2, [bytesField(1, 'key'), bytesField(2, 'value')]),
      bytesField(2, [bytesField(1, 'empty')]),
      bytesField(3, [bytesField(1, 'b'), bytesField(2, Buffer.from([0, 255]))]),
      integerField(4, 1),
      bytesField(900, ''),
    ]);
    expect(parseProtobuf(envelope('v1', 'ConfigMap', raw)).value).to.deep.equal({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name: 'c', namespace: 'default', labels: { app: 'web' } },
      data: { key: 'value', empty: '' },
      binaryData: { b: 'AP8=' },
      immutable: true,
    });
  });

  it('reads DeleteOptions of any version', () => {
    const raw = Buffer.concat([
      integerField(1, 30),
      bytesField(2, [bytesField(1, 'u-1')]),
      bytesField(4, 'Background'),
      bytesField(5, 'All'),
    ]);
    expect(parseProtobuf(envelope('titan.dev/v1beta1', 'DeleteOptions', raw)).value).to.include({
      kind: 'DeleteOptions',
      gracePeriodSeconds: 30,
      propagationPolicy: 'Background',
    });
    expect(parseProtobuf(envelope('v1', 'DeleteOptions', raw)).value)
      .to.have.property('dryRun')
      .that.deep.equals(['All']);
  });

  it('reads moments, of which 0 is none, and negative numbers', () => {
    const raw = Buffer.concat([
      bytesField(6, [integerField(1, 1_795_339_174)]),
      bytesField(7, [integerField(1, 0)]),
      integerField(8, -1),
      bytesField(10, [integerField(1, 1_795_339_174), integerField(2, 1_500_000)]),
    ]);
    expect(parseProtobuf(envelope('v1', 'Event', raw)).value).to.deep.equal({
      kind: 'Event',
      apiVersion: 'v1',
      firstTimestamp: '2026-11-22T09:19:34Z',
      count: -1,
      eventTime: '2026-11-22T09:19:34.001500Z',
    });
  });

  const read: readonly (readonly [string, string, readonly Uint8Array[], object])[] = [
    [
      'v1',
      'Secret',
      [
        bytesField(2, [bytesField(1, 'a'), bytesField(2, Buffer.from([255]))]),
        bytesField(3, 'Opaque'),
        bytesField(4, [bytesField(1, 'b'), bytesField(2, 'text')]),
      ],
      { data: { a: '/w==' }, type: 'Opaque', stringData: { b: 'text' } },
    ],
    [
      'v1',
      'ServiceAccount',
      [
        bytesField(2, [bytesField(3, 's')]),
        bytesField(3, [bytesField(1, 'p')]),
        integerField(4, 0),
      ],
      {
        secrets: [{ name: 's' }],
        imagePullSecrets: [{ name: 'p' }],
        automountServiceAccountToken: false,
      },
    ],
    [
      'rbac.authorization.k8s.io/v1',
      'ClusterRole',
      [
        bytesField(2, [
          bytesField(1, 'get'),
          bytesField(1, 'list'),
          bytesField(2, ''),
          bytesField(3, 'secrets'),
          bytesField(4, 's'),
        ]),
        bytesField(3, [bytesField(1, [bytesField(1, [bytesField(1, 'l'), bytesField(2, 'v')])])]),
      ],
      {
        rules: [
          { verbs: ['get', 'list'], apiGroups: [''], resources: ['secrets'], resourceNames: ['s'] },
        ],
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { l: 'v' } }] },
      },
    ],
    [
      'rbac.authorization.k8s.io/v1',
      'RoleBinding',
      [
        bytesField(2, [bytesField(1, 'User'), bytesField(2, 'g'), bytesField(3, 'jane')]),
        bytesField(3, [bytesField(1, 'g'), bytesField(2, 'Role'), bytesField(3, 'r')]),
      ],
      {
        subjects: [{ kind: 'User', apiGroup: 'g', name: 'jane' }],
        roleRef: { apiGroup: 'g', kind: 'Role', name: 'r' },
      },
    ],
    [
      'authorization.k8s.io/v1',
      'SubjectAccessReview',
      [
        bytesField(2, [
          bytesField(1, [bytesField(2, 'get'), bytesField(5, 'jobs'), bytesField(6, 'status')]),
          bytesField(3, 'jane'),
          bytesField(4, 'dev'),
          bytesField(5, [
            bytesField(1, 'k'),
            bytesField(2, [bytesField(1, 'v'), bytesField(1, 'w')]),
          ]),
        ]),
      ],
      {
        spec: {
          resourceAttributes: { verb: 'get', resource: 'jobs', subresource: 'status' },
          user: 'jane',
          groups: ['dev'],
          extra: { k: ['v', 'w'] },
        },
      },
    ],
    [
      'coordination.k8s.io/v1',
      'Lease',
      [
        bytesField(2, [
          bytesField(1, 'me'),
          integerField(2, 15),
          bytesField(4, [integerField(1, 1_795_339_174), integerField(2, 1_500_000)]),
          integerField(5, 0),
        ]),
      ],
      {
        spec: {
          holderIdentity: 'me',
          leaseDurationSeconds: 15,
          renewTime: '2026-11-22T09:19:34.001500Z',
          leaseTransitions: 0,
        },
      },
    ],
    [
      'authentication.k8s.io/v1',
      'TokenRequest',
      [bytesField(2, [bytesField(1, 'titan'), integerField(4, 600)])],
      { spec: { audiences: ['titan'], expirationSeconds: 600 } },
    ],
  ];
  for (const [apiVersion, kind, parts, content] of read) {
    it(`reads a ${kind}`, () => {
      const { value } = parseProtobuf(envelope(apiVersion, kind, Buffer.concat(parts)));
      expect(value).to.deep.equal({ kind, apiVersion, ...content });
    });
  }

  const kinds = [
    ...Object.entries({ ...CORE, ...ACCESS }),
    ['v1/DeleteOptions', deleteOptions],
  ] as const;

  it('fails only with errors of the client, whatever bytes a message is made of', () => {
    const part: fc.Arbitrary<Buffer> = fc.letrec<{ part: Buffer }>((tie) => ({
      part: fc.oneof(
        { depthSize: 'small' },
        fc
          .tuple(fc.integer({ min: 1, max: 18 }), fc.bigInt(0n, 2n ** 64n - 1n))
          .map(([n, v]) => integerField(n, v)),
        fc
          .tuple(fc.integer({ min: 1, max: 18 }), fc.uint8Array({ maxLength: 12 }))
          .map(([n, v]) => bytesField(n, v)),
        fc
          .tuple(fc.integer({ min: 1, max: 18 }), fc.array(tie('part'), { maxLength: 4 }))
          .map(([n, v]) => bytesField(n, v)),
        fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
      ),
    })).part;
    const any = fc.tuple(
      fc.constantFrom(...kinds.map(([name]) => name)),
      fc.array(part, { maxLength: 6 }),
    );
    fc.assert(
      fc.property(any, ([name, parts]) => {
        const cut = name.lastIndexOf('/');
        try {
          parseProtobuf(envelope(name.slice(0, cut), name.slice(cut + 1), Buffer.concat(parts)));
        } catch (thrown) {
          expect(asTitanError(thrown).reason).to.equal('BadRequest');
        }
      }),
      { numRuns: 3_000 },
    );
  });

  const refused = [
    { name: 'no envelope', bytes: Buffer.from('{}'), reason: 'BadRequest' },
    {
      name: 'another kind',
      bytes: envelope('v1', 'Pod', Buffer.alloc(0)),
      reason: 'UnsupportedMediaType',
    },
    {
      name: 'a kind called like a method',
      bytes: envelope('', 'constructor', Buffer.alloc(0)),
      reason: 'UnsupportedMediaType',
    },
    {
      name: 'a field that the message does not have',
      bytes: envelope('v1', 'ConfigMap', bytesField(900, 'of a later version')),
      reason: 'BadRequest',
    },
    {
      name: 'a field of fixed width',
      bytes: envelope('v1', 'ConfigMap', doubleField(9, 1)),
      reason: 'BadRequest',
    },
    {
      name: 'a text that is no UTF-8',
      bytes: envelope('v1', 'Secret', bytesField(3, Buffer.from([0xff]))),
      reason: 'BadRequest',
    },
    {
      name: 'a moment that no date can name',
      bytes: envelope('v1', 'Event', bytesField(6, [integerField(1, 2 ** 52)])),
      reason: 'BadRequest',
    },
    {
      name: 'a list of kinds that are known',
      bytes: envelope('v1', 'List', bytesField(2, [bytesField(1, '{}')])),
      reason: 'UnsupportedMediaType',
    },
    {
      name: 'a cut field',
      bytes: envelope('v1', 'ConfigMap', Buffer.from([0x0a, 0x7f, 0x00])),
      reason: 'BadRequest',
    },
    {
      name: 'a number without end',
      bytes: envelope('v1', 'ConfigMap', Buffer.alloc(12, 0xff)),
      reason: 'BadRequest',
    },
    {
      name: 'a field of the wrong type',
      bytes: envelope('v1', 'ConfigMap', integerField(1, 1)),
      reason: 'BadRequest',
    },
  ];
  for (const { name, bytes, reason } of refused) {
    it(`refuses ${name}`, () => {
      let thrown: unknown;
      try {
        parseProtobuf(bytes);
      } catch (error) {
        thrown = error;
      }
      expect(asTitanError(thrown).reason).to.equal(reason);
    });
  }
});

describe('wire format', () => {
  it('reads what it writes', () => {
    const bytes = Buffer.concat([integerField(3, 300), bytesField(20, 'text')]);
    expect([...readFields(bytes)]).to.deep.equal([
      { number: 3, type: 'varint', value: 300n },
      { number: 20, type: 'bytes', value: Buffer.from('text') },
    ]);
  });
});
