import { expect } from 'chai';
import { LEADER_KEY, leadership, type Term } from '../../../src/runtime/leader.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import type { Store } from '../../../src/store/port.ts';
import { aWorld } from '../../support/clock.ts';
import { aRegistry, quietLog } from '../../support/registry.ts';

const TTL_MS = 10_000;

interface CandidateOptions extends ReturnType<typeof aWorld> {
  readonly store: Store;
  readonly onChange?: ((listener: () => void) => () => void) | undefined;
}

function aCandidate(identity: string, { store, clock, random, onChange }: CandidateOptions) {
  const stop = new AbortController();
  const terms: Term[] = [];
  const common = { store, clock, random, log: quietLog, onChange };
  const election = leadership({ ...common, identity, ttlMs: TTL_MS });
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

  it('is handed over within a second, to whoever is named', async () => {
    const world = aWorld();
    const store = memoryStore({ clock: world.clock });
    const a = aCandidate('a', { store, ...world });
    await world.clock.settle();
    const [b, c] = [aCandidate('b', { store, ...world }), aCandidate('c', { store, ...world })];
    await world.clock.advance(TTL_MS);
    a.terms[0]?.resign('c');
    await world.clock.advance(1_000);
    expect([a, b, c].map(({ terms }) => terms.length)).to.deep.equal([1, 0, 1]);
    c.terms[0]?.resign();
    await world.clock.advance(1_000);
    expect([a, b, c].map(({ terms }) => terms.length).toSorted()).to.deep.equal([1, 1, 1]);
    for (const each of [a, b, c]) each.stop();
  });

  it('is taken at once by one who is told that it has changed hands, as a registry tells', async () => {
    const world = aWorld();
    const { registry, store } = await aRegistry(world);
    const onChange = (listener: () => void) =>
      registry.onOther((key) => key === LEADER_KEY && listener());
    const a = aCandidate('a', { store, ...world });
    await world.clock.settle();
    const [b, c] = [
      aCandidate('b', { store, ...world, onChange }),
      aCandidate('c', { store, ...world, onChange }),
    ];
    await world.clock.advance(TTL_MS);
    const endAt = world.clock.now();
    a.terms[0]?.resign('c');
    await world.clock.settle();
    expect([b, c].map(({ terms }) => terms.length)).to.deep.equal([0, 1]);
    c.terms[0]?.resign();
    await world.clock.settle();
    expect([b, c].map(({ terms }) => terms.length)).to.deep.equal([1, 1]);
    expect(world.clock.now()).to.equal(endAt);
    for (const each of [a, b, c]) each.stop();
  });

  it('is left alone after a term whose work failed, though its end was told', async () => {
    const world = aWorld();
    const { registry, store } = await aRegistry(world);
    const onChange = (listener: () => void) => registry.onOther(listener);
    const common = { ...world, store, log: quietLog, onChange };
    const election = leadership({ ...common, identity: 'a', ttlMs: TTL_MS });
    const stop = new AbortController();
    let terms = 0;
    void election.hold(async () => {
      terms += 1;
      throw new Error('it fails');
    }, stop.signal);
    await world.clock.advance(TTL_MS);
    expect(terms).to.be.within(2, (2 * TTL_MS) / 500);
    stop.abort();
  });

  it('goes to any when the one that is named never comes', async () => {
    const world = aWorld();
    const store = memoryStore({ clock: world.clock });
    const a = aCandidate('a', { store, ...world });
    await world.clock.settle();
    const b = aCandidate('b', { store, ...world });
    a.terms[0]?.resign('nobody');
    await world.clock.advance(TTL_MS / 2);
    expect(b.terms).to.have.length(0);
    await world.clock.advance(2 * TTL_MS);
    expect(a.terms.length + b.terms.length).to.equal(2);
    for (const each of [a, b]) each.stop();
  });

  it('ends the term in time although the clock of the machine is set back', async () => {
    const world = aWorld();
    const store = memoryStore({ clock: world.clock });
    let away = false;
    let offsetMs = 0;
    const clock = { ...world.clock, now: () => world.clock.now() + offsetMs };
    const cut: Store = {
      ...store,
      keepLease: (lease) => (away ? new Promise(() => undefined) : store.keepLease(lease)),
    };
    const a = aCandidate('a', { store: cut, ...world, clock });
    await world.clock.advance(TTL_MS);
    away = true;
    offsetMs = -3_600_000;
    await world.clock.advance(TTL_MS);
    expect(a.terms[0]?.signal.aborted).to.equal(true);
  });
});
