import { expect } from 'chai';
import fc from 'fast-check';
import { asTitanError } from '../../../src/api/error.ts';
import { encodeRecord, recordDecoder } from '../../../src/mesos/recordio.ts';

const record = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });

describe('RecordIO', () => {
  it('gives the same records however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(record), fc.array(fc.integer({ min: 1, max: 9 })), (records, cuts) => {
        const bytes = Buffer.from(records.map(encodeRecord).join(''));
        const decoder = recordDecoder();
        const read: string[] = [];
        let at = 0;
        for (const cut of cuts) {
          read.push(...decoder.push(bytes.subarray(at, at + cut)));
          at = Math.min(bytes.length, at + cut);
        }
        read.push(...decoder.push(bytes.subarray(at)));
        expect(read).to.deep.equal(records);
        expect(decoder.atBoundary).to.equal(true);
      }),
    );
  });

  it('knows when it stands inside a record', () => {
    const decoder = recordDecoder();
    decoder.push(Buffer.from('5\nab'));
    expect(decoder.atBoundary).to.equal(false);
    expect(decoder.push(Buffer.from('cde'))).to.deep.equal(['abcde']);
    decoder.push(Buffer.from('1'));
    expect(decoder.atBoundary).to.equal(false);
  });

  for (const bytes of ['x\n', '-1\n', '\n', '1.5\nx', '123456789012345678901234567890']) {
    it(`refuses ${JSON.stringify(bytes)}`, () => {
      expect(() => recordDecoder().push(Buffer.from(bytes))).to.throw(/event stream is broken/);
    });
  }

  it('refuses a record over its bound before reading it', () => {
    try {
      recordDecoder(10).push(Buffer.from('11\n'));
      expect.fail('it was taken');
    } catch (error) {
      expect(asTitanError(error)).to.include({ reason: 'ServiceUnavailable' });
    }
  });

  it('never hangs or misreads on arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          const records = recordDecoder(100).push(bytes);
          expect(records.join('').length).to.be.at.most(bytes.length);
        } catch (error) {
          expect(asTitanError(error).reason).to.equal('ServiceUnavailable');
        }
      }),
    );
  });
});
