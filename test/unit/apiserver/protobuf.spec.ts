import { expect } from 'chai';
import { asTitanError } from '../../../src/api/error.ts';
import { parseProtobuf } from '../../../src/apiserver/body/protobuf.ts';
import { bytesField, integerField, readFields } from '../../../src/apiserver/body/wire.ts';

function envelope(apiVersion: string, kind: string, raw: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from('k8s\0'),
    bytesField(1, [bytesField(1, apiVersion), bytesField(2, kind)]),
    bytesField(2, raw),
  ]);
}

describe('parseProtobuf', () => {
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
      bytesField(900, 'a field of a later version'),
    ]);
    expect(parseProtobuf(envelope('v1', 'ConfigMap', raw)).value).to.deep.equal({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name: 'c', namespace: 'default', generation: 0, labels: { app: 'web' } },
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
