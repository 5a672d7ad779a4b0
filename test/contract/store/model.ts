import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Condition,
  type Operation,
  PLACES,
  type Revision,
  type Store,
} from '../../../src/store/port.ts';
import { attempt, del, eventsUpToNow, type MakeStore, put, text } from './harness.ts';

/** What a key held last, and before; the model of a store is nothing but this. */
interface Held {
  readonly value: string;
  readonly revision: Revision;
}

interface Step {
  readonly conditions: readonly { readonly key: string; readonly holds: boolean }[];
  readonly writes: readonly { readonly key: string; readonly value: string | undefined }[];
}

const key = fc.constantFrom('a', 'b', 'b/c', 'd');
const step: fc.Arbitrary<Step> = fc.record({
  conditions: fc.array(fc.record({ key, holds: fc.boolean() }), { maxLength: 2 }),
  writes: fc.uniqueArray(
    fc.record({ key, value: fc.option(fc.string({ maxLength: 3 }), { nil: undefined }) }),
    { maxLength: 4, selector: (written) => written.key },
  ),
});

export function agreesWithModel(make: MakeStore): void {
  it('does what a map with a history would do, whatever is asked of it', async () => {
    const { store, stop } = await make();
    let run = 0;
    const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      run += 1;
      await play(store, `/model/${run}/`, steps);
    });
    await fc.assert(property, { numRuns: 60, endOnFailure: true });
    await stop();
  }).timeout(60_000);
}

async function play(store: Store, root: string, steps: readonly Step[]): Promise<void> {
  const start = await store.revision();
  const held = new Map<string, Held>();
  const moments: { readonly at: Revision; readonly state: string[] }[] = [];
  const events: string[] = [];
  for (const { conditions, writes } of steps) {
    const when = conditions.map((wanted) => conditionFor(wanted, root, held));
    const operations = writes.map((written): Operation => {
      const name = root + written.key;
      return written.value === undefined ? del(name) : put(name, written.value);
    });
    const result = await attempt(store, when, ...operations);
    expect(result.ok).to.equal(conditions.every(({ holds }) => holds));
    if (!result.ok) {
      const found = result.found.map((entry) => entry && [entry.revision, text(entry.value)]);
      expect(found).to.deep.equal(
        conditions.map(({ key: name }) => {
          const now = held.get(root + name);
          return now && [now.revision, now.value];
        }),
      );
      continue;
    }
    for (const [i, { key: name, value }] of writes.entries()) {
      events.push(...apply(held, root + name, { value, revision: result.revisions[i] ?? 0 }));
    }
    moments.push({ at: (await store.range(root)).revision, state: stateOf(held) });
  }
  for (const { at, state } of moments) {
    const { entries } = await store.range(root, { at });
    expect(entries.map((e) => `${e.key}=${text(e.value)}@${e.revision}`)).to.deep.equal(state);
  }
  const seen = await eventsUpToNow(store, root, start);
  expect(seen.map(({ line, revision }) => `${line}@${revision}`)).to.deep.equal(events);
}

function conditionFor(
  wanted: Step['conditions'][number],
  root: string,
  held: ReadonlyMap<string, Held>,
): Condition {
  const revision = held.get(root + wanted.key)?.revision ?? 0;
  if (wanted.holds) return { key: root + wanted.key, revision };
  return { key: root + wanted.key, revision: revision === 0 ? 1 : revision - PLACES };
}

function apply(
  held: Map<string, Held>,
  name: string,
  { value, revision }: { readonly value: string | undefined; readonly revision: Revision },
): string[] {
  const before = held.get(name);
  if (value !== undefined) {
    held.set(name, { value, revision });
    return [`${name}=${value}@${revision}`];
  }
  held.delete(name);
  return before === undefined ? [] : [`${name} gone (was ${before.value})@${revision}`];
}

function stateOf(held: ReadonlyMap<string, Held>): string[] {
  return [...held]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { value, revision }]) => `${name}=${value}@${revision}`);
}
