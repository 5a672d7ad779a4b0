import { expect } from 'chai';
import { asTitanError } from '../../../src/api/error.ts';
import { parseAgentsSpec, portsOfAgent } from '../../../src/mesos/local/agents-spec.ts';

describe('parseAgentsSpec', () => {
  const good = {
    '16x16cpu,64GiB': { count: 16, cpus: 16, memoryMiB: 65_536, diskMiB: 1_048_576 },
    '1x0.5cpus, 512MiB': { count: 1, cpus: 0.5, memoryMiB: 512, diskMiB: 1_048_576 },
    '4x8cpu,32GiB,500GiB disk': { count: 4, cpus: 8, memoryMiB: 32_768, diskMiB: 512_000 },
  };
  for (const [text, expected] of Object.entries(good)) {
    it(`reads ${text}`, () => expect(parseAgentsSpec(text)).to.deep.equal(expected));
  }

  for (const text of [
    '',
    '16',
    '16x16',
    '0x1cpu,1GiB',
    '1x0cpu,1GiB',
    '2x2cpu',
    '2x2cpu,4',
    '2x2cpu,4GB',
    '2x2cpu,4GiB,1GiB disk,x',
    '-1x1cpu,1GiB',
  ]) {
    it(`refuses ${JSON.stringify(text)} and says what it expects`, () => {
      try {
        parseAgentsSpec(text);
        expect.fail('it was taken');
      } catch (error) {
        expect(asTitanError(error).reason).to.equal('Invalid');
        expect(asTitanError(error).message).to.match(/such as 16x16cpu,64GiB/);
      }
    });
  }

  it('keeps the ports of agents apart', () => {
    const all = Array.from({ length: 16 }, (_, index) => portsOfAgent(index, 16));
    for (const [index, { begin }] of all.entries()) {
      if (index > 0) expect(begin).to.be.greaterThan(all[index - 1]?.end ?? 0);
    }
  });
});
