import { expect } from 'chai';
import { createCalm } from '../../../controllers/rebalance/calm.ts';

function aWorld() {
  const listeners = new Set<() => void>();
  const source = {
    onChange(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return {
    calm: createCalm([source]),
    change() {
      for (const listener of listeners) listener();
    },
    listeners,
  };
}

describe('the calm in which nothing is to be moved', () => {
  it('holds from when it was found until something changes', () => {
    const { calm, change } = aWorld();
    expect(calm.holds(0)).to.equal(false);
    calm.look(0)();
    expect(calm.holds(1_000)).to.equal(true);
    change();
    expect(calm.holds(1_000)).to.equal(false);
  });

  it('is not found where something changed while it was looked', () => {
    const { calm, change } = aWorld();
    const found = calm.look(0);
    change();
    found();
    expect(calm.holds(0)).to.equal(false);
  });

  it('ends by itself after ten minutes, and hears nothing once it is stopped', () => {
    const { calm, listeners } = aWorld();
    calm.look(0)();
    expect([calm.holds(599_999), calm.holds(600_000)]).to.deep.equal([true, false]);
    calm.stop();
    expect(listeners.size).to.equal(0);
  });
});
