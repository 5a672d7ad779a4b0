import { expect } from 'chai';
import { JOB, TASK } from '../../src/api/kinds.gen.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import type { SimLife } from '../../src/sim/domain.ts';
import { SOUND, weakStore } from '../../src/sim/weak-store.ts';
import { memoryJournal } from '../support/journal.ts';
import { aSimWorld, type Place } from './world.ts';

/** Past the lease, and the restart of what has ended since. */
const OUTAGE_MS = 60_000;

/** Three tasks that run, under a control plane with a journal that may lose its store. */
async function aJournallingDomain() {
  const world = await aSimWorld();
  const [place] = world.places as readonly [Place];
  const { clock } = world;
  place.crash();
  const journal = memoryJournal();
  let life: SimLife | undefined;
  const weak = (seed: number) =>
    weakStore({
      store: place.store,
      clock,
      random: seededRandom(seed),
      rates: SOUND,
      isOn: () => true,
    });
  let own = weak(7);

  /** Another life, or another replica, begins; it has the journal only where told. */
  function begin(identity: string, hasJournal: boolean): SimLife {
    own = weak(8);
    life = place.domain.startLife({
      identity,
      random: seededRandom(identity.length + 40),
      fate: () => 'lives',
      garble: (event, deliver) => deliver(event),
      note: () => undefined,
      store: own.store,
      ...(hasJournal ? { journal } : {}),
    });
    return life;
  }

  begin('titan-1', true);
  await world.wait(place.apply({ location: 'dc1:3', restartOnSuccess: true }));
  await clock.advance(30_000);
  expect(place.running()).to.have.length(3);

  /** The instances that run, by their slots; each may only once. */
  function slots(): readonly string[] {
    const found = place.running().map((id) => id.replace(/-\d+\..*$/, ''));
    expect(new Set(found), 'each instance once').to.have.length(found.length);
    return found.toSorted();
  }

  return {
    ...world,
    place,
    journal,
    begin,
    slots,
    kill: () => life?.mortal.die(),
    away: () => own.away(OUTAGE_MS),
    end(taskId: string | undefined) {
      for (const machine of place.machines.machines) {
        if (taskId !== undefined && machine.taskIds().includes(taskId)) {
          machine.endTask(taskId, { how: 'exited', code: 1 });
        }
      }
    },
    /** For so long, and at each second no instance runs twice. */
    async pass(spanMs: number) {
      for (let passed = 0; passed < spanMs; passed += 1_000) {
        await clock.advance(1_000);
        slots();
      }
    },
  };
}

describe('while the store is away', () => {
  it('what ends is restarted in place, journalled first, and is a Task once the store is back', async () => {
    const { place, journal, slots, away, end, pass } = await aJournallingDomain();
    const [first] = place.running();
    const before = await place.tasks();
    away();
    await pass(20_000);
    end(first);
    await pass(15_000);
    expect(slots()).to.have.length(3);
    expect(place.running()).to.not.include(first);
    const kinds = journal.entries.map((entry) => Object(entry).kind);
    expect(kinds.filter((kind) => kind === 'restart')).to.have.length(1);
    expect(await place.tasks(), 'nothing is written').to.deep.equal(before);

    const running = place.running();
    await pass(OUTAGE_MS);
    expect(place.running(), 'it is kept').to.have.members([...running]);
    const live = (await place.tasks()).filter(({ status }) => status?.phase === 'Running');
    expect(live.map(({ status }) => status?.mesosTaskId)).to.have.members([...running]);
    const failed = (await place.tasks()).find(({ status }) => status?.mesosTaskId === first);
    expect(failed?.status?.phase ?? 'Failed').to.equal('Failed');
    expect(journal.entries).to.deep.equal([]);
  });

  it('nothing is scaled in or deleted, whatever is asked for elsewhere', async () => {
    const { place, away, pass, wait } = await aJournallingDomain();
    away();
    await pass(20_000);
    await wait(place.client.delete(JOB, { namespace: 'default', name: 'web' }));
    await pass(30_000);
    expect(place.running()).to.have.length(3);
    await pass(OUTAGE_MS);
    expect(place.running()).to.deep.equal([]);
  });

  for (const hasJournal of [true, false]) {
    const who = hasJournal ? 'its own next life' : 'another replica, which has no journal,';
    it(`who dies then is followed by ${who} that keeps what was restarted`, async () => {
      const { place, begin, slots, away, end, kill, pass } = await aJournallingDomain();
      const [first] = place.running();
      away();
      await pass(20_000);
      end(first);
      await pass(15_000);
      const running = place.running();
      kill();
      begin(hasJournal ? 'titan-1' : 'titan-2', hasJournal);
      await pass(120_000);
      expect(slots()).to.have.length(3);
      expect(place.running()).to.have.members([...running]);
      const known = (await place.client.list(TASK)).items.map(({ status }) => status?.mesosTaskId);
      expect(known).to.include.members([...running]);
    });
  }

  it('who is cut off from it alone, and overtaken, restarts nothing more', async () => {
    const { place, begin, slots, away, end, pass, journal } = await aJournallingDomain();
    away();
    await pass(12_000);
    begin('titan-2', false);
    await pass(20_000);
    end(place.running()[0]);
    await pass(60_000);
    expect(slots()).to.have.length(3);
    const restarts = journal.entries.filter((entry) => Object(entry).kind === 'restart');
    expect(restarts).to.deep.equal([]);
  });
});
