import { expect } from 'chai';
import fc from 'fast-check';
import { asTitanError, TitanError } from '../../../src/api/error.ts';
import { heldOffers } from '../../../src/mesos/held-offers.ts';
import type { FrameworkMetrics, Offer, OfferFate, OfferKeep } from '../../../src/mesos/port.ts';
import { virtualClock } from '../../../src/runtime/clock.ts';
import { aLaunch, quiet } from '../../support/mesos.ts';

type Step =
  | { readonly do: 'offer'; readonly agent: number }
  | { readonly do: 'launch'; readonly agent: number; readonly lost: boolean }
  | { readonly do: 'rescind'; readonly at: number }
  | { readonly do: 'keep' | 'release' | 'idle' | 'busy' | 'reconnect' | 'away' | 'back' }
  | { readonly do: 'wait'; readonly ms: number };

const away = () => new TitanError('ServiceUnavailable', 'the master is away');

/** A master that knows which offers it has out, and what it was told of each. */
function aMaster() {
  const out = new Set<string>();
  const told = new Map<string, string[]>();
  const master = {
    out,
    told,
    reachable: true,
    /** Takes the call, and then its answer is lost. */
    losing: false,
    take(what: string, ids: readonly string[]): void {
      if (!master.reachable) throw away();
      for (const id of ids) {
        told.set(id, [...(told.get(id) ?? []), what]);
        out.delete(id);
      }
      if (master.losing) throw away();
    },
    async accept(ids: readonly string[]) {
      await Promise.resolve();
      master.take('accept', ids);
    },
    async decline(ids: readonly string[]) {
      await Promise.resolve();
      master.take('decline', ids);
    },
  };
  return master;
}

function aCount() {
  const fates = new Map<OfferFate, number>();
  const count = {
    held: 0,
    of: (fate: OfferFate) => fates.get(fate) ?? 0,
    metrics: {
      event() {},
      connected() {},
      offers: (fate, number) => void fates.set(fate, (fates.get(fate) ?? 0) + number),
      held: (number) => {
        count.held = number;
      },
    } satisfies FrameworkMetrics,
  };
  return count;
}

function anOffer(id: string, agent: number): Offer {
  const resources = { cpus: 1, memoryMiB: 1, diskMiB: 1, ports: [] };
  return { id, agentId: `a${agent}`, hostname: 'h', resources, pieces: [], attributes: {} };
}

/** Held offers of these agents, one of each. */
function aShelfOf(agents: readonly number[]) {
  const clock = virtualClock();
  const count = aCount();
  const parts = { master: aMaster(), clock, log: quiet, metrics: count.metrics };
  const held = heldOffers({ ...parts, changed() {} });
  held.add(
    agents.map((agent) => anOffer(`o${agent}`, agent)),
    true,
  );
  return { clock, held, count };
}

async function play(steps: readonly Step[]) {
  const clock = virtualClock();
  const master = aMaster();
  const count = aCount();
  const held = heldOffers({ master, clock, log: quiet, metrics: count.metrics, changed() {} });
  const gone = new Set<string>();
  let wanted = true;
  let made = 0;
  const launches: Promise<unknown>[] = [];
  const keeps: OfferKeep[] = [];

  function launch(agent: number, lost: boolean): void {
    master.losing = lost;
    launches.push(held.launch(`a${agent}`, [aLaunch('t')], []).catch(asTitanError));
  }

  async function take(step: Step): Promise<void> {
    switch (step.do) {
      case 'offer': {
        const offer = anOffer(`o${made++}`, step.agent);
        master.out.add(offer.id);
        return held.add([offer], wanted);
      }
      case 'launch':
        launch(step.agent, step.lost);
        if (step.lost) await clock.settle();
        master.losing = false;
        return;
      case 'rescind': {
        const id = [...master.out][step.at];
        if (id === undefined) return;
        master.out.delete(id);
        gone.add(id);
        return held.rescind(id);
      }
      case 'keep':
        return void keeps.push(held.keep());
      case 'release':
        return keeps.shift()?.release();
      case 'idle':
        wanted = false;
        return held.giveBack();
      case 'busy':
        wanted = true;
        return;
      case 'reconnect':
        for (const id of master.out) gone.add(id);
        master.out.clear();
        return held.drop();
      case 'away':
      case 'back':
        master.reachable = step.do === 'back';
        return;
      case 'wait':
        return clock.advance(step.ms);
    }
  }

  for (const step of steps) await take(step);
  master.reachable = true;
  wanted = false;
  held.giveBack();
  await clock.advance(5_000);
  await Promise.all(launches);
  return { master, count, held, gone, made };
}

const agent = fc.nat(2);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('offer' as const), agent }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('launch' as const), agent, lost: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rescind' as const), at: fc.nat(3) }) },
  fc.constantFrom<Step>({ do: 'idle' }, { do: 'busy' }, { do: 'reconnect' }),
  fc.constantFrom<Step>({ do: 'away' }, { do: 'back' }, { do: 'keep' }, { do: 'release' }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.nat(90_000) }),
);

describe('held offers', () => {
  it('leave once each, whatever happens: accepted, declined, rescinded or lost with the connection', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 40 }), async (steps) => {
        const { master, count, held, gone, made } = await play(steps);
        expect([...master.out], 'still out at the master').to.deep.equal([]);
        expect([held.byAgent.size, count.held]).to.deep.equal([0, 0]);
        for (const [id, said] of master.told) {
          expect(said.filter((what) => what === 'accept').length, `${id} accepted`).to.be.at.most(
            1,
          );
          expect(said[0] === 'decline' && said.includes('accept'), `${id} used again`).to.equal(
            false,
          );
        }
        const ends: readonly OfferFate[] = ['accepted', 'declined', 'expired', 'rescinded', 'lost'];
        expect(count.of('received')).to.equal(made);
        expect(ends.reduce((sum, fate) => sum + count.of(fate), 0)).to.equal(made);
        expect(made - master.told.size).to.be.at.most(gone.size);
      }),
      { numRuns: 300 },
    );
  });

  it('are declined again until the master has heard it, and not after a rescind', async () => {
    const { master, count } = await play([
      { do: 'offer', agent: 0 },
      { do: 'offer', agent: 1 },
      { do: 'away' },
      { do: 'idle' },
      { do: 'wait', ms: 10_000 },
      { do: 'rescind', at: 1 },
    ]);
    expect([...master.told]).to.deep.equal([['o0', ['decline']]]);
    expect([count.of('declined'), count.of('rescinded')]).to.deep.equal([1, 1]);
  });

  it('expire one by one', async () => {
    const { count } = await play([
      { do: 'offer', agent: 0 },
      { do: 'wait', ms: 40_000 },
      { do: 'offer', agent: 0 },
      { do: 'wait', ms: 30_000 },
    ]);
    expect([count.of('expired'), count.of('declined')]).to.deep.equal([1, 1]);
  });

  it('are not given back for their age while somebody counts on them, but for so long at most', async () => {
    const { clock, held, count } = aShelfOf([0, 1]);
    const [first, second] = [held.keep(), held.keep()];
    const agents = () => [...held.byAgent.keys()];
    second.release();
    await clock.advance(100_000);
    expect(agents()).to.deep.equal(['a0', 'a1']);
    first.only(new Set(['a1']));
    await clock.advance(1_000);
    expect([agents(), count.of('expired')]).to.deep.equal([['a1'], 1]);
    await clock.advance(190_000);
    expect(agents()).to.deep.equal(['a1']);
    await clock.advance(11_000);
    expect(agents(), 'kept for five minutes at most').to.deep.equal([]);
  });

  it('are given back at once for their age when that is over', async () => {
    const { clock, held } = aShelfOf([0]);
    const keep = held.keep();
    await clock.advance(90_000);
    expect(held.byAgent.size).to.equal(1);
    keep.release();
    await clock.advance(1_000);
    expect(held.byAgent.size).to.equal(0);
  });
});
