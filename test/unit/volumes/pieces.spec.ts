import { expect } from 'chai';
import type { Volume } from '../../../src/api/kinds.gen.ts';
import { VOLUME_LABELS } from '../../../src/api/volume.ts';
import type { ResourcePiece } from '../../../src/mesos/port.ts';
import { provisionOf, releaseOf } from '../../../src/volumes/pieces.ts';

const free: ResourcePiece = {
  name: 'disk',
  amount: { type: 'scalar', value: 500 },
  role: 'titan',
  reservations: [],
  revocable: false,
  shared: false,
};
const labels = { [VOLUME_LABELS.uid]: 'u1' };
const space: ResourcePiece = { ...free, reservations: [{ dynamic: true, role: 'titan', labels }] };
const data: ResourcePiece = { ...space, volume: { id: 'v', path: 'volume', readOnly: false } };
const another: ResourcePiece = {
  ...free,
  reservations: [{ dynamic: true, role: 'titan', labels: { [VOLUME_LABELS.uid]: 'u2' } }],
};

function aVolume(phase?: 'Ready'): Volume {
  const spec = { driver: 'mesos', size: '100Mi', reclaimPolicy: 'Delete' } as const;
  const metadata = { name: 'counter', namespace: 'default', uid: 'u1' };
  return { metadata, spec, ...(phase ? { status: { phase } } : {}) } as Volume;
}

/** What is asked of Mesos, in words; or the refusal. */
function asked(pieces: readonly ResourcePiece[], phase?: 'Ready'): string {
  const provision = provisionOf(aVolume(phase), { pieces, principal: undefined });
  return typeof provision === 'string'
    ? provision
    : provision.operations.map((one) => one.do).join(' ');
}

describe('what is asked of Mesos for a Volume', () => {
  const NO_DISK = /^the agent has no 100 MiB of disk in one piece that could be reserved/;
  const cases: readonly {
    readonly name: string;
    readonly pieces: readonly ResourcePiece[];
    readonly phase?: 'Ready';
    readonly asks: string | RegExp;
  }[] = [
    { name: 'disk that is free', pieces: [free], asks: 'reserve create' },
    { name: 'disk that is reserved for it', pieces: [free, space], asks: 'create' },
    { name: 'its data', pieces: [free, data], asks: '' },
    { name: 'its data, which was there', pieces: [data], phase: 'Ready', asks: '' },
    { name: 'nothing of what was there', pieces: [free], phase: 'Ready', asks: /is not among/ },
    { name: 'disk of another', pieces: [another], asks: NO_DISK },
    { name: 'disk in two small pieces', pieces: [50, 60].map(ofSize), asks: NO_DISK },
    { name: 'disk for every role', pieces: [{ ...free, role: '*' }], asks: /needs a role/ },
    { name: 'memory', pieces: [{ ...free, name: 'mem' }], asks: NO_DISK },
    { name: 'revocable disk', pieces: [{ ...free, revocable: true }], asks: NO_DISK },
    { name: 'disk of a provider', pieces: [{ ...free, providerId: 'p' }], asks: NO_DISK },
    ...['PATH', 'MOUNT', 'BLOCK', 'RAW'].map((type) => ({
      name: `disk with the source ${type}`,
      pieces: [{ ...free, diskSource: { type } }],
      asks: NO_DISK,
    })),
  ];
  for (const { name, pieces, phase, asks } of cases) {
    it(`of ${name}`, () => {
      if (typeof asks === 'string') expect(asked(pieces, phase)).to.equal(asks);
      else expect(asked(pieces, phase)).to.match(asks);
    });
  }

  it('when it is to end: only its own', () => {
    const steps = (pieces: readonly ResourcePiece[]) =>
      releaseOf(aVolume(), pieces).map((one) => one.do);
    expect([steps([free, another]), steps([space]), steps([data])]).to.deep.equal([
      [],
      ['unreserve'],
      ['destroy', 'unreserve'],
    ]);
  });
});

function ofSize(value: number): ResourcePiece {
  return { ...free, amount: { type: 'scalar', value } };
}
