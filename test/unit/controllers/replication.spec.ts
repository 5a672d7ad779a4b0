import { expect } from 'chai';
import { planReplica } from '../../../controllers/replication/plan.ts';
import type { Job } from '../../../src/api/kinds.gen.ts';
import { aJob } from '../../support/builders.ts';

/** A job from `<uid> g<generation> <written>[ deleting]`. */
function aReplica(line: string): Job {
  const [uid = '', generation = 'g1', written = '', deleting] = line.split(' ');
  return aJob(
    {},
    {
      uid,
      generation: Number(generation.slice(1)),
      annotations: { 'titan.dev/written': written },
      ...(deleting === undefined ? {} : { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    },
  );
}

function decide(local: string | undefined, peer: string, dead: readonly string[] = []): string {
  const step = planReplica({
    local: local === undefined ? undefined : aReplica(local),
    peers: new Map([['dc2', aReplica(peer)]]),
    isDead: (uid) => dead.includes(uid),
  });
  return 'job' in step && step.do !== 'status' ? `${step.do} ${step.job.metadata.uid}` : step.do;
}

describe('planReplica', () => {
  const cases: readonly (readonly [
    name: string,
    local: string | undefined,
    peer: string,
    does: string,
    dead?: readonly string[],
  ])[] = [
    ['takes what is new', undefined, 'u1 g1 t1/dc2', 'take u1'],
    ['takes a higher generation', 'u1 g1 t9/dc1', 'u1 g2 t1/dc2', 'take u1'],
    ['takes a later write of the same generation', 'u1 g2 t1/dc1', 'u1 g2 t2/dc2', 'take u1'],
    ['breaks ties by the domain of the write', 'u1 g2 t1/dc1', 'u1 g2 t1/dc2', 'take u1'],
    ['keeps what is newer here', 'u1 g3 t1/dc1', 'u1 g2 t9/dc2', 'status'],
    ['leaves alone what is the same', 'u1 g2 t1/dc1', 'u1 g2 t1/dc1', 'status'],
    ['deletes what is being deleted there', 'u1 g2 t1/dc1', 'u1 g1 t1/dc1 deleting', 'delete u1'],
    ['deletes what has a tombstone', 'u1 g2 t1/dc1', 'u1 g2 t1/dc1', 'delete u1', ['u1']],
    ['takes nothing that is being deleted', undefined, 'u1 g2 t1/dc2 deleting', 'nothing'],
    ['brings nothing back', undefined, 'u1 g2 t1/dc2', 'nothing', ['u1']],
    ['waits while its own is on its way out', 'u1 g1 t1/dc1 deleting', 'u2 g2 t1/dc2', 'nothing'],
    ['gives way to another of the same name', 'u1 g1 t1/dc1', 'u2 g1 t2/dc2', 'delete u1'],
    ['does not give way to a lesser one', 'u1 g2 t1/dc1', 'u2 g1 t2/dc2', 'status'],
  ];

  for (const [name, local, peer, does, dead] of cases) {
    it(name, () => {
      expect(decide(local, peer, dead)).to.equal(does);
    });
  }

  it('agrees with its peer on the winner, whichever side it is on', () => {
    const replicas = [
      'u1 g1 t1/dc1',
      'u2 g1 t1/dc2',
      'u1 g2 t1/dc1',
      'u2 g1 t2/dc1',
      'u1 g1 t1/dc2',
    ];
    for (const a of replicas) {
      for (const b of replicas) {
        const gives = [decide(a, b), decide(b, a)].filter((does) => does !== 'status');
        expect(gives.length, `${a} and ${b}`).to.equal(a === b ? 0 : 1);
      }
    }
  });

  it("takes each domain's word for its own counts, and for no other's", () => {
    const entry = (name: string, running: number) => ({ name, running });
    const local: Job = { ...aReplica('u1 g1 t1/dc1'), status: { domains: [entry('dc1', 1)] } };
    const peer: Job = {
      ...aReplica('u1 g1 t1/dc1'),
      status: { domains: [entry('dc1', 99), entry('dc2', 2)] },
    };
    const step = planReplica({ local, peers: new Map([['dc2', peer]]), isDead: () => false });
    expect(step.do === 'status' ? step.status.domains : []).to.deep.equal([
      entry('dc1', 1),
      entry('dc2', 2),
    ]);
  });

  it('forgets what a domain had that has nothing of the job as it is now', () => {
    const entry = (name: string, running: number) => ({ name, running });
    const here = {
      ...aReplica('u1 g1 t1/dc1'),
      status: { domains: [entry('dc1', 1), entry('dc2', 3)] },
    };
    const kept = (observedGeneration: number) => {
      const peer = {
        ...aReplica('u1 g1 t1/dc1'),
        status: { observedGeneration, domains: [entry('dc1', 1)] },
      };
      const step = planReplica({
        local: here,
        peers: new Map([['dc2', peer]]),
        isDead: () => false,
      });
      return step.do === 'status' ? step.status.domains?.map(({ name }) => name) : [];
    };
    expect([kept(0), kept(1)]).to.deep.equal([['dc1', 'dc2'], ['dc1']]);
  });
});
