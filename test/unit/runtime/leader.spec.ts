import { expect } from 'chai';
import { leadership, type Term } from '../../../src/runtime/leader.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import type { Store } from '../../../src/store/port.ts';
import { aWorld } from '../../support/clock.ts';
import { quietLog } from '../../support/registry.ts';

const TTL_MS = 10_000;

function aCandidate(
  identity: string,
  { store, clock, random }: { store: Store } & ReturnType<typeof aWorld>,
) {
  const stop = new AbortController();
  const terms: Term[] = [];
  const election = leadership({ store, clock, random, log: quietLog, identity, ttlMs: TTL_MS });
  void election.hold((term) => {
    terms.push(term);
    return new Promise((resolve) => {
      term.signal.addEventListener('abort', () => resolve());
    });
  }, stop.signal);
  return { terms, stop: () => stop.abort() };
}

describe('leadership', () => {
  it('has one leader at a time, and another soon after it leaves', async () => {
    const world = aWorld();
    const store = memoryStore({ clock: world.clock });
    const a = aCandidate('a', { store, ...world });
    const b = aCandidate('b', { store, ...world });
    await world.clock.advance(5 * TTL_MS);
    expect([a.terms.length, b.terms.length]).to.deep.equal([1, 0]);
    expect(a.terms[0]?.signal.aborted).to.equal(false);
    a.stop();
    await world.clock.advance(TTL_MS / 2);
    expect(b.terms).to.have.length(1);
    b.stop();
  });

  it('ends the term before the store gives the lease away, when it cannot be kept', async () => {
    const world = aWorld();
    const store = memoryStore({ clock: world.clock });
    let away = false;
    const cut: Store = {
      ...store,
      keepLease: (lease) => (away ? new Promise(() => undefined) : store.keepLease(lease)),
      revokeLease: (lease) => (away ? new Promise(() => undefined) : store.revokeLease(lease)),
    };
    const a = aCandidate('a', { store: cut, ...world });
    await world.clock.advance(TTL_MS);
    away = true;
    const b = aCandidate('b', { store, ...world });
    await world.clock.runUntil(() => a.terms[0]?.signal.aborted === true, 2 * TTL_MS);
    expect(b.terms).to.have.length(0);
    await world.clock.advance(2 * TTL_MS);
    expect(b.terms).to.have.length(1);
    b.stop();
  });

  it('gives a guard that fails once another leads', async () => {
    const world = aWorld();
    const store = memoryStore({ clock: world.clock });
    const a = aCandidate('a', { store, ...world });
    await world.clock.settle();
    a.stop();
    await world.clock.settle();
    const b = aCandidate('b', { store, ...world });
    await world.clock.advance(TTL_MS);
    const write = (term: Term | undefined) =>
      store.transact({
        when: term?.guard ?? [],
        write: [{ do: 'put', key: '/x', value: new Uint8Array() }],
      });
    const [deposed, leading] = [write(a.terms[0]), write(b.terms[0])];
    await world.clock.settle();
    expect([(await deposed).ok, (await leading).ok]).to.deep.equal([false, true]);
    b.stop();
  });

  it('takes over at once from a former life of the same name', async () => {
    const world = aWorld();
    const store = memoryStore({ clock: world.clock });
    const dead: Store = { ...store, keepLease: () => new Promise(() => undefined) };
    aCandidate('a', { store: dead, ...world });
    await world.clock.settle();
    const next = aCandidate('a', { store, ...world });
    await world.clock.advance(10);
    expect(next.terms).to.have.length(1);
    next.stop();
  });
});
